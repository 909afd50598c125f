#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Addresses by configuration payload: gateway b gives from a pool, gateway a asks and puts them on its tunnel interface.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario virtual_ips
lab_two_sites

# client WANTED
client() {
  gateway_config gw-a <<END
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    startup: ADD
    local: { address: 192.0.2.1, identifier: gw-a, virtual_ips: [$1] }
    remote: { endpoint: 192.0.2.2, identifier: gw-b, subnets: [10.2.0.0/24, 'fd02::/64'] }
    authentication: { psk: {} }
secrets: [{ name: shared, psk: "$PSK" }]
END
}
# server RANGES
server() {
  gateway_config gw-b <<END
tunnels:
  - name: to-a
    enabled: true
    profile: MODERN
    local: { address: 192.0.2.2, identifier: gw-b, subnets: [10.2.0.0/24, 'fd02::/64'] }
    remote: { endpoint: any, virtual_ip_pools: [road] }
    authentication: { psk: {} }
pools: [{ name: road, ranges: [$1], dns: [10.2.0.53] }]
secrets: [{ name: shared, psk: "$PSK" }]
END
}
client '0.0.0.0, "::"'
server '10.3.0.0/24, "fd03::10-fd03::20"'
gateway_start gw-a
gateway_start gw-b

on_the_box() { on gw-a ip -o address show dev culvert0 | awk '{ print $4 }' | grep -v '^fe80' | sort | tr '\n' ' '; }
on_the_box_is() { [[ $(on_the_box) == "$1" ]]; }

the_client_gets_an_address_of_each_family() {
  bring_up
  expect 'both on the tunnel interface' [ "$(on_the_box)" = '10.3.0.1/32 fd03::10/128 ' ]
  expect 'status says so here' [ "$(sas gw-a '.ike_sas[0].local_vips | join(" ")')" = '10.3.0.1 fd03::10' ]
  expect 'and there' [ "$(sas gw-b '.ike_sas[0].remote_vips | join(" ")')" = '10.3.0.1 fd03::10' ]
  expect 'selectors are narrowed to them' \
    [ "$(sas gw-a '.ike_sas[0].child_sas[0].local_ts | join(" ")')" = '10.3.0.1/32 fd03::10/128' ]
}

its_own_packets_carry_them() {
  capture_start host-b lan "$LAB_DIR/lan.pcap"
  expect 'IPv4' wait_until 3 can_ping gw-a 10.2.0.2
  expect 'IPv6' wait_until 3 can_ping gw-a fd02::2
  capture_stop
  expect 'the source is the virtual address' [ "$(capture_count "$LAB_DIR/lan.pcap" 'icmp and src 10.3.0.1')" -gt 0 ]
  expect 'and so in IPv6' [ "$(capture_count "$LAB_DIR/lan.pcap" 'icmp6 and src fd03::10')" -gt 0 ]
}

the_site_reaches_the_client() { expect 'ping' wait_until 3 can_ping host-b 10.3.0.1; }

they_survive_rekeys() {
  expect_exit 0 gateway_ctl gw-a rekey to-b
  expect 'one of each' wait_until 10 one_of_each gw-a
  expect 'the same addresses' [ "$(on_the_box)" = '10.3.0.1/32 fd03::10/128 ' ]
  expect 'ping' wait_until 3 can_ping gw-a 10.2.0.2
}

they_go_with_the_tunnel_and_come_back_the_same() {
  bring_down
  expect 'off the interface' wait_until 3 on_the_box_is ''
  bring_up
  expect 'the same' [ "$(on_the_box)" = '10.3.0.1/32 fd03::10/128 ' ]
}

an_empty_pool_is_named_on_both_sides() {
  bring_down
  client '0.0.0.0'
  server '"fd03::10-fd03::20"'
  expect_exit 0 apply gw-b
  expect_exit 0 apply gw-a
  expect_exit 1 gateway_ctl gw-a up to-b --wait 5s
  expect_says VIRTUAL_IP_MISSING
  gateway_ctl gw-b explain to-a -o json | jq -e '.history[0].code == "ADDRESS_POOL_EMPTY"'
}

run the_client_gets_an_address_of_each_family its_own_packets_carry_them the_site_reaches_the_client \
  they_survive_rekeys they_go_with_the_tunnel_and_come_back_the_same an_empty_pool_is_named_on_both_sides
