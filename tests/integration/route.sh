#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# startup ROUTE: silent until there is traffic; the first packet is held, brings the tunnel up, and is delivered. The same
# for a peer that DPD found dead (dpd.action TRAP).
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario route
lab_two_sites
gateway_psk gw-a a b "$PSK" '' '' 'startup: ROUTE'
gateway_psk gw-b b a "$PSK" '' '' 'startup: ADD'
capture_start gw-a wan "$LAB_DIR/wan.pcap"
gateway_start gw-a
gateway_start gw-b

nothing_is_said_before_there_is_traffic() {
  expect 'ROUTED' wait_until 5 tunnel_is gw-a ROUTED
  expect 'no IKE packet' [ "$(capture_count "$LAB_DIR/wan.pcap" 'udp port 500 or udp port 4500')" = 0 ]
}

the_first_packet_arrives() {
  # One echo request alone: it is answered only if it was held and sent.
  expect 'one of one' on host-a ping -q -c 1 -W 5 10.2.0.2
  expect 'UP' wait_until 5 tunnel_is gw-a UP
  expect 'one of each' one_of_each gw-a
}

nothing_left_in_clear() {
  capture_stop || true # it is the script's child, not this test's
  wan_was_clean "$LAB_DIR/wan.pcap"
}

# dpd.action TRAP: a dead peer is left alone until there is traffic for it.
a_dead_peer_is_trapped() {
  gateway_psk gw-a a b "$PSK" '' '' 'startup: START' 'dpd: { delay: 1s, timeout: 2s, action: TRAP }'
  expect_exit 0 apply gw-a
  expect 'UP' wait_until 10 tunnel_is gw-a UP
  lab_kill_all gw-b KILL
  expect 'ROUTED' wait_until 15 tunnel_is gw-a ROUTED
  gateway_start gw-b
  expect 'ROUTED still, though the peer is back' tunnel_is gw-a ROUTED
}

its_traffic_asks_for_it_again() {
  expect 'ping' wait_until 10 can_ping host-a 10.2.0.2
  expect 'UP' wait_until 5 tunnel_is gw-a UP
}

run nothing_is_said_before_there_is_traffic the_first_packet_arrives nothing_left_in_clear \
  a_dead_peer_is_trapped its_traffic_asks_for_it_again
