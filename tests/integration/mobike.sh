#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The address of gateway a's WAN interface changes under traffic: the IKE SA and the CHILD_SA stay (RFC 4555).
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario mobike
lab_two_sites

gateway_config gw-a <<END
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    startup: ADD
    local: { address_family: IPV4, identifier: gw-a, subnets: [10.1.0.0/24] }
    remote: { endpoint: 192.0.2.2, identifier: gw-b, subnets: [10.2.0.0/24] }
    authentication: { psk: {} }
    ike: { mobike: true }
secrets: [{ name: shared, psk: "$PSK" }]
END
gateway_config gw-b <<END
tunnels:
  - name: to-a
    enabled: true
    profile: MODERN
    local: { address_family: IPV4, identifier: gw-b, subnets: [10.2.0.0/24] }
    remote: { endpoint: any, identifier: gw-a, subnets: [10.1.0.0/24] }
    authentication: { psk: {} }
    ike: { mobike: true }
secrets: [{ name: shared, psk: "$PSK" }]
END
gateway_start gw-a
gateway_start gw-b

peer_of_b() { sas gw-b '[.ike_sas[].remote_host] | join(" ")'; }
peer_of_b_is() { [[ $(peer_of_b) == "$1" ]]; }

both_support_it() {
  bring_up
  expect 'a says MOBIKE' has_extension gw-a MOBIKE
  expect 'b says MOBIKE' has_extension gw-b MOBIKE
  expect 'ping' wait_until 3 can_ping host-a 10.2.0.2
}

a_new_address_takes_over_under_traffic() {
  local ike children
  ike=$(ike_spis gw-a)
  children=$(child_spis gw-a)
  ip netns exec "$LAB-host-a" ping -q -i 0.01 -c 1000 -W 1 10.2.0.2 >"$LAB_DIR/ping.log" 2>&1 &
  local stream=$!
  wait_until 3 ping_runs
  on gw-a ip address del 192.0.2.1/24 dev wan
  lab_address gw-a wan 192.0.2.11/24
  on gw-a ip route replace default via 192.0.2.2
  expect 'b follows' wait_until 10 peer_of_b_is 192.0.2.11
  expect 'the same IKE SA' [ "$(ike_spis gw-a)" = "$ike" ]
  expect 'the same CHILD_SA' [ "$(child_spis gw-a)" = "$children" ]
  wait "$stream" || true
  local lost
  lost=$(sed -n 's/.* \([0-9.]*\)% packet loss.*/\1/p' "$LAB_DIR/ping.log")
  expect "traffic went on: $lost % lost" [ "${lost%.*}" -lt 30 ]
  expect 'a to b' can_ping host-a 10.2.0.2
  expect 'b to a' can_ping host-b 10.1.0.2
}
ping_runs() { on gw-a ip -s link show culvert0 | grep -q culvert0 && can_ping host-a 10.2.0.2; }

and_back_again() {
  on gw-a ip address del 192.0.2.11/24 dev wan
  lab_address gw-a wan 192.0.2.1/24
  on gw-a ip route replace default via 192.0.2.2
  expect 'b follows' wait_until 10 peer_of_b_is 192.0.2.1
  expect 'ping' wait_until 3 can_ping host-a 10.2.0.2
  expect 'one of each' one_of_each gw-b
}

run both_support_it a_new_address_takes_over_under_traffic and_back_again
