#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A masquerading router in front of gateway a: both find it, float to port 4500, and follow it when its mapping changes.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario nat
lab_two_sites nat

two_gateways_behind_nat

both_find_the_nat_and_float() {
  capture_start gw-b wan "$LAB_DIR/wan.pcap"
  bring_up
  expect 'ping' wait_until 2 can_ping host-a 10.2.0.2
  capture_stop
  # b, too, says that it is behind one, because its datapath wants UDP: so a sees two, and b calls it FORCED.
  expect 'a knows that it is behind one' [ "$(sas gw-a '.ike_sas[0].nat')" = BOTH ]
  expect 'b says that it asked for it' [ "$(sas gw-b '.ike_sas[0].nat')" = FORCED ]
  expect 'b sees the router' [ "$(sas gw-b '.ike_sas[0].remote_host')" = 192.0.2.254 ]
  expect 'ESP in UDP 4500' [ "$(capture_count "$LAB_DIR/wan.pcap" 'udp port 4500 and not udp[8:4] == 0')" -gt 0 ]
  expect 'no protocol 50' [ "$(capture_count "$LAB_DIR/wan.pcap" 'ip proto 50')" = 0 ]
}

b_reaches_a_through_it() { expect 'ping' can_ping host-b 10.1.0.2; }

# RFC 7296 2.23: the side that is not behind the NAT follows the source of an authenticated packet.
a_new_mapping_is_followed() {
  on router nft flush ruleset
  on router nft -f - <<'END'
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat
    oifname "wan" ip protocol udp masquerade to :61000-61100
    oifname "wan" masquerade
  }
}
END
  on router conntrack -F >/dev/null 2>&1
  expect 'a to b' wait_until 5 can_ping host-a 10.2.0.2
  expect 'b to a, at the new port' wait_until 5 can_ping host-b 10.1.0.2
  expect 'the same SA' one_of_each gw-b
}

# 20 s is the interval of keepalives; a mapping that nobody refreshes would be lost.
keepalives_hold_the_mapping() {
  capture_start gw-b wan "$LAB_DIR/keepalive.pcap"
  wait_until 30 sees_keepalive || expect 'a keepalive' false
  capture_stop
}
sees_keepalive() {
  [[ $(capture_count "$LAB_DIR/keepalive.pcap" 'udp dst port 4500 and udp[4:2] == 9 and udp[8] == 0xff') -gt 0 ]]
}

run both_find_the_nat_and_float b_reaches_a_through_it a_new_mapping_is_followed keepalives_hold_the_mapping
