#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# encapsulation: FORCE and AUTO give UDP 4500 alone on a datapath that prefers it; NEVER gives protocol 50 alone.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario encapsulation
lab_two_sites

# with_encapsulation WORD: both ends so configured, up, and 20 pings captured.
with_encapsulation() {
  if [[ -e $(gateway_dir gw-a)/pid ]]; then
    gateway_psk gw-a a b "$PSK" '' '' 'startup: ADD' "encapsulation: $1"
    gateway_psk gw-b b a "$PSK" '' '' 'startup: ADD' "encapsulation: $1"
    bring_down
    expect_exit 0 apply gw-a
    expect_exit 0 apply gw-b
  else
    two_gateways "encapsulation: $1"
  fi
  bring_up
  expect 'ping' wait_until 2 can_ping host-a 10.2.0.2
  capture_start gw-a wan "$LAB_DIR/wan.pcap"
  on host-a ping -q -c 20 -i 0.01 10.2.0.2
  capture_stop
}
esp() { capture_count "$LAB_DIR/wan.pcap" 'ip proto 50'; }
esp_in_udp() { capture_count "$LAB_DIR/wan.pcap" 'udp port 4500 and not udp[8:4] == 0'; }

force_shows_no_protocol_50() {
  with_encapsulation FORCE
  expect 'ESP in UDP' [ "$(esp_in_udp)" -ge 40 ]
  expect 'no protocol 50' [ "$(esp)" = 0 ]
  expect 'status says so' [ "$(sas gw-a '.ike_sas[0].nat')" = FORCED ]
}

auto_is_force_on_this_datapath() {
  with_encapsulation AUTO
  expect 'ESP in UDP' [ "$(esp_in_udp)" -ge 40 ]
  expect 'no protocol 50' [ "$(esp)" = 0 ]
  expect 'status says so' [ "$(sas gw-a '.ike_sas[0].nat')" = FORCED ]
}

never_shows_protocol_50_alone() {
  with_encapsulation NEVER
  expect 'protocol 50' [ "$(esp)" -ge 40 ]
  expect 'no ESP in UDP' [ "$(esp_in_udp)" = 0 ]
}

# RFC 3948 2.2 and UDP_GRO: the kernel hands over several datagrams as one, and looks at the first alone.
ike_behind_esp_reaches_iked() {
  with_encapsulation FORCE
  expect 'iked answers what espd received' on gw-b python3 "$TESTS_ROOT/coalesced.py" 192.0.2.1
}

run force_shows_no_protocol_50 auto_is_force_on_this_datapath never_shows_protocol_50_alone ike_behind_esp_reaches_iked
