#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A tunnel between two of our own: up, traffic intact, nothing in clear, and what is said about it.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario tunnel
lab_two_sites
two_gateways

comes_up_in_less_than_a_second() {
  local started
  started=$(now_ms)
  bring_up
  expect 'less than a second' [ $(($(now_ms) - started)) -lt 1000 ]
  expect 'one IKE SA and one CHILD_SA' one_of_each gw-a
  expect 'the same at the other end' [ "$(child_spis gw-a)" = "$(child_spis gw-b)" ]
}

carries_pings_both_ways() {
  expect 'a to b' can_ping host-a 10.2.0.2
  expect 'b to a' can_ping host-b 10.1.0.2
}

carries_a_stream_of_bytes_intact() {
  local megabytes=${TESTS_ALL:+1024}
  expect 'a to b' copy host-a host-b 10.2.0.2 "${megabytes:-100}"
  expect 'b to a' copy host-b host-a 10.1.0.2 "${megabytes:-100}"
}

the_wan_sees_nothing_in_clear() {
  capture_start gw-a wan "$LAB_DIR/wan.pcap"
  on host-a ping -q -c 50 -i 0.01 10.2.0.2
  on host-b ping -q -c 50 -i 0.01 10.1.0.2
  capture_stop
  expect '200 packets of the tunnel' [ "$(capture_count "$LAB_DIR/wan.pcap" "$LAB_TUNNEL_FILTER")" -ge 200 ]
  wan_was_clean "$LAB_DIR/wan.pcap"
}

status_tells_peer_suite_and_traffic() {
  expect_exit 0 gateway_ctl gw-a status
  expect_says to-b UP 192.0.2.2 aes256gcm16-prfsha384-x25519 '1 tunnel, 1 up'
  expect_exit 0 gateway_ctl gw-a status -o json
  jq -e '.tunnels[0] | .name == "to-b" and .state == "UP" and (.ike_sas[0].child_sas[0].bytes_in | tonumber) > 0' \
    "$LAB_DIR/said"
}

metrics_tell_the_same() {
  expect 'up' [ "$(metric gw-a 'ipsec_tunnel_up{tunnel="to-b"}')" = 1 ]
  expect 'one CHILD_SA' [ "$(metric gw-a 'ipsec_child_sas{tunnel="to-b",child="to-b",state="INSTALLED"}')" = 1 ]
  local packets
  packets=$(metric gw-a 'ipsec_child_packets_total{tunnel="to-b",child="to-b",direction="in"}')
  expect 'packets were counted' [ "${packets%.*}" -ge 50 ]
  expect 'no process was restarted' [ "$(metric gw-a 'ipsec_process_restarts_total{process="iked"}')" = 0 ]
}

down_closes_both_ends() {
  expect_exit 0 gateway_ctl gw-a down to-b
  expect 'no SA here' wait_until 5 no_sas gw-a
  expect 'no SA there: it saw the Delete' wait_until 5 no_sas gw-b
  expect_not 'no ping' can_ping host-a 10.2.0.2
}

# What an operator took down is down for the peer too, until the operator says `up`.
stays_down_until_up() {
  expect_exit 1 gateway_ctl gw-b up to-a --wait 5s
  expect_says 'look at'
  bring_up
  expect 'ping' wait_until 2 can_ping host-a 10.2.0.2
}

run comes_up_in_less_than_a_second carries_pings_both_ways carries_a_stream_of_bytes_intact \
  the_wan_sees_nothing_in_clear status_tells_peer_suite_and_traffic metrics_tell_the_same down_closes_both_ends \
  stays_down_until_up
