#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# With strongSwan: a CHILD_SA a pair, addresses by configuration payload, MOBIKE and childless IKE SAs, each in both roles.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
scenario extensions
lab_two_sites
lab_address host-a lan 10.1.1.2/24 10.1.2.2/24
lab_address gw-a lan 10.1.1.1/24 10.1.2.1/24
lab_address host-b lan 10.2.1.2/24
lab_address gw-b lan 10.2.1.1/24

# our_tunnel LOCAL REMOTE [EXTRA…]: lines of the tunnel.
our_tunnel() {
  gateway_config gw-a <<END
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    startup: ADD
    local: { identifier: gw-a, $1 }
    remote: { identifier: gw-b, $2 }
    authentication: { psk: {} }
$(shift 2 && (($#)) && printf '    %s\n' "$@")
secrets: [{ name: shared, psk: "$PSK" }]
$POOLS
END
}
POOLS=

# their_connection CONNECTION CHILDREN [POOLS]: pieces of swanctl.conf.
their_connection() {
  strongswan_config gw-b <<END
connections {
  to-us {
    version = 2
    local_addrs = %any
    remote_addrs = 192.0.2.1
    proposals = aes256gcm16-prfsha384-x25519
    $1
    local { auth = psk
      id = gw-b }
    remote { auth = psk
      id = gw-a }
    children { $2 }
  }
}
$3
secrets {
  ike-1 { secret = "$PSK" }
}
END
}
their_child() { printf '%s { local_ts = %s\n remote_ts = %s\n esp_proposals = aes256gcm16-x25519 }\n' "$1" "$2" "$3"; }

# Both with what was written last.
both() {
  if [[ -e $(gateway_dir gw-a)/pid ]]; then
    both_down
    strongswan_load gw-b
  else
    strongswan_start gw-b 'install_virtual_ip = yes'
    gateway_start gw-a
  fi
}

our_children_are() { [[ $(sas gw-a '[.ike_sas[].child_sas[] | select(.state == "INSTALLED")] | length') == "$1" ]]; }

six_pairs() {
  local a b
  for a in 0 1 2; do for b in 0 1; do their_child "pair-$a-$b" "10.2.$b.0/24" "10.1.$a.0/24"; done; done
}
our_six() {
  our_tunnel 'subnets: [10.1.0.0/24, 10.1.1.0/24, 10.1.2.0/24]' 'endpoint: 192.0.2.2, subnets: [10.2.0.0/24, 10.2.1.0/24]' "child_sa_layout: $1"
}
six_carry() {
  expect 'six CHILD_SAs' wait_until 10 our_children_are 6
  expect 'six there' wait_until 5 their_children_are 6
  expect 'the first pair' wait_until 3 on host-a ping -q -c 1 -W 1 -I 10.1.0.2 10.2.0.2
  expect 'the last pair' wait_until 3 on host-a ping -q -c 1 -W 1 -I 10.1.2.2 10.2.1.2
}

per_pair_with_a_child_for_each() {
  their_connection '' "$(six_pairs)" ''
  our_six PER_PAIR
  both
  we_initiate
  six_carry
}

auto_learns_it_from_them() {
  our_six AUTO
  both
  we_initiate
  six_carry
}

they_give_us_an_address() {
  their_connection 'pools = road' "$(their_child to-us 10.2.0.0/24 dynamic)" 'pools { road { addrs = 10.3.0.0/24 } }'
  our_tunnel 'virtual_ips: [0.0.0.0]' 'endpoint: 192.0.2.2, subnets: [10.2.0.0/24]'
  both
  we_initiate
  expect 'status tells it' [ "$(sas gw-a '.ike_sas[0].local_vips | join(" ")')" = 10.3.0.1 ]
  expect 'it is on the box' on gw-a ping -q -c 1 -W 3 -I 10.3.0.1 10.2.0.2
}

their_sas_show() { their_sas | grep -qF "$1"; }

we_give_them_an_address() {
  POOLS='pools: [{ name: road, ranges: [10.4.0.0/24], dns: [10.1.0.53] }]'
  their_connection 'vips = 0.0.0.0' "$(their_child to-us dynamic 10.1.0.0/24)" ''
  our_tunnel 'subnets: [10.1.0.0/24]' 'endpoint: 192.0.2.2, virtual_ip_pools: [road]'
  both
  they_initiate
  expect 'status tells it' [ "$(sas gw-a '.ike_sas[0].remote_vips | join(" ")')" = 10.4.0.1 ]
  expect 'they have it' their_sas_show 10.4.0.1
  POOLS=
}

mobile() {
  their_connection 'mobike = yes' "$(their_child to-us 10.2.0.0/24 10.1.0.0/24)" ''
  our_tunnel 'address_family: IPV4, subnets: [10.1.0.0/24]' "$1, subnets: [10.2.0.0/24]" 'ike: { mobike: true }'
  both
}
# move NAMESPACE FROM TO PEER
move() {
  on "$1" ip address del "$2/24" dev wan
  lab_address "$1" wan "$3/24"
  on "$1" ip route replace default via "$4"
}
their_peer_is() { their_sas | grep -q "remote .*@ $1\["; }
our_peer_is() { [[ $(sas gw-a '[.ike_sas[].remote_host] | join(" ")') == "$1" ]]; }

they_follow_our_address() {
  mobile 'endpoint: 192.0.2.2'
  we_initiate
  traffic_flows
  local ike
  ike=$(ike_spis gw-a)
  move gw-a 192.0.2.1 192.0.2.11 192.0.2.2
  expect 'they follow' wait_until 10 their_peer_is 192.0.2.11
  expect 'the same IKE SA' [ "$(ike_spis gw-a)" = "$ike" ]
  expect 'a to b' wait_until 5 can_ping host-a 10.2.0.2
  move gw-a 192.0.2.11 192.0.2.1 192.0.2.2
  expect 'and back' wait_until 10 their_peer_is 192.0.2.1
  expect 'a to b' wait_until 5 can_ping host-a 10.2.0.2
}

we_follow_their_address() {
  mobile 'endpoint: any'
  they_initiate
  traffic_flows
  local ike
  ike=$(ike_spis gw-a)
  move gw-b 192.0.2.2 192.0.2.12 192.0.2.1
  expect 'we follow' wait_until 10 our_peer_is 192.0.2.12
  expect 'the same IKE SA' [ "$(ike_spis gw-a)" = "$ike" ]
  expect 'b to a' wait_until 5 can_ping host-b 10.1.0.2
}

# RFC 6023; strongSwan is told to do it or nothing.
childless() {
  their_connection 'childless = force' "$(their_child to-us 10.2.0.0/24 10.1.0.0/24)" ''
  our_tunnel 'subnets: [10.1.0.0/24]' 'endpoint: 192.0.2.2, subnets: [10.2.0.0/24]' 'ike: { childless: true }'
  both
  "$1"
  expect 'it is childless' has_extension gw-a CHILDLESS
  expect 'PFS from the start' [ "$(sas gw-a '.ike_sas[0].child_sas[0].pfs')" = x25519 ]
  traffic_flows
}
we_make_it_childless() { childless we_initiate; }
they_make_it_childless() { childless they_initiate; }

run per_pair_with_a_child_for_each auto_learns_it_from_them they_give_us_an_address we_give_them_an_address \
  we_make_it_childless they_make_it_childless they_follow_our_address we_follow_their_address
