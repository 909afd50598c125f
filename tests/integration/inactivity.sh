#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# esp.inactivity on a tunnel that begins with traffic: it ends with it as well, and begins again.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario inactivity
lab_two_sites
gateway_psk gw-a a b "$PSK" '' '' 'startup: ROUTE' 'esp: { inactivity: 3s }'
gateway_psk gw-b b a "$PSK" '' '' 'startup: ADD'
gateway_start gw-a
gateway_start gw-b
wait_until 5 tunnel_is gw-a ROUTED

no_child_sas() { [[ $(sas "$1" '[.ike_sas[].child_sas[]] | length') == 0 ]]; }
failures() { gateway_ctl gw-a explain to-b -o json | jq '.history | length'; }

traffic_keeps_it() {
  expect 'the first packet arrives' on host-a ping -q -c 1 -W 5 10.2.0.2
  local spis
  spis=$(child_spis gw-a)
  expect 'six seconds of traffic' on host-a ping -q -c 7 -i 1 -W 1 10.2.0.2
  expect 'the same CHILD_SA' [ "$(child_spis gw-a)" = "$spis" ]
}

one_direction_is_enough() {
  local spis
  spis=$(child_spis gw-a)
  on host-b nft 'add table inet mute; add chain inet mute in { type filter hook input priority 0; policy drop; }'
  on host-a ping -q -c 7 -i 1 -W 1 10.2.0.2 || true
  on host-b nft delete table inet mute
  expect 'the same CHILD_SA' [ "$(child_spis gw-a)" = "$spis" ]
}

silence_closes_it_on_both_sides() {
  expect 'ROUTED' wait_until 8 tunnel_is gw-a ROUTED
  expect 'none at a' no_child_sas gw-a
  expect 'none at b' wait_until 2 no_child_sas gw-b
  expect 'it is no failure' [ "$(failures)" = 0 ]
  expect 'the IKE SA stays' [ "$(sas gw-a '.ike_sas | length')" = 1 ]
}

the_next_packet_opens_it_again() {
  local ike
  ike=$(ike_spis gw-a)
  expect 'the packet arrives' on host-a ping -q -c 1 -W 5 10.2.0.2
  expect 'UP' wait_until 5 tunnel_is gw-a UP
  expect 'under the same IKE SA' [ "$(ike_spis gw-a)" = "$ike" ]
}

run traffic_keeps_it one_direction_is_enough silence_closes_it_on_both_sides the_next_packet_opens_it_again
