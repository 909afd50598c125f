#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The path between the gateways is narrower than either interface says (RFC 1191, RFC 4301 8.2.1): the gateway learns it
# from the router's ICMP, tells its own hosts, and TCP goes through whole.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario path_mtu
lab_two_sites nat
WAN_MTU=1300
on router ip link set wan mtu $WAN_MTU
on gw-b ip link set wan mtu $WAN_MTU

two_gateways_behind_nat
bring_up >/dev/null || lab_die 'the tunnel does not come up'

# The inner MTU that gateway a gives its route into the tunnel.
route_mtu() { on gw-a ip route show table 220 10.2.0.0/24 | sed -n 's/.* mtu \([0-9]*\).*/\1/p'; }
# long_ping HOW: an echo request of 1328 octets, with DF or without (ping's -M: "do", "dont").
long_ping() { on host-a ping -c 1 -W 1 -M "$1" -s 1300 10.2.0.2 >"$LAB_DIR/ping" 2>&1; }
# The first goes out and meets the router, the second meets what the kernel learned from that.
route_is_narrow() {
  long_ping 'do'
  [[ $(route_mtu) -lt $WAN_MTU ]]
}

the_router_teaches_the_route() {
  expect 'nothing is known yet' [ "$(route_mtu)" -gt "$WAN_MTU" ]
  expect 'the route says so' wait_until 5 route_is_narrow
  expect 'the same tunnel, the same SA' one_of_each gw-a
}

the_host_is_told() {
  on host-a ip route flush cache
  expect_not 'an answer' long_ping 'do'
  expect 'the MTU of the route' grep -qE "mtu ?= ?$(route_mtu)" "$LAB_DIR/ping"
  expect 'fragments of it pass' long_ping 'dont'
}

bulk_tcp_goes_through() { expect 'intact' copy host-a host-b 10.2.0.2 20; }

what_did_not_fit_is_counted() {
  local drops
  drops=$(metric gw-a 'ipsec_child_drops_total{tunnel="to-b",child="to-b",direction="out",reason="mtu"}')
  expect 'a drop for its reason' [ "${drops%.*}" -gt 0 ]
}

run the_router_teaches_the_route the_host_is_told bulk_tcp_goes_through what_did_not_fit_is_counted
