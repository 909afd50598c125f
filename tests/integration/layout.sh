#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A CHILD_SA for each pair of subnets (child_sa_layout PER_PAIR): 3 x 2 of them under one IKE SA, each with a life of
# its own.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario layout
lab_two_sites
lab_address host-a lan 10.1.1.2/24 10.1.2.2/24
lab_address gw-a lan 10.1.1.1/24 10.1.2.1/24
lab_address host-b lan 10.2.1.2/24
lab_address gw-b lan 10.2.1.1/24

# sites SUBNETS_OF_A: both configurations.
sites() {
  site gw-a 1 a 2 b "$1" '10.2.0.0/24, 10.2.1.0/24'
  site gw-b 2 b 1 a '10.2.0.0/24, 10.2.1.0/24' "$1"
}
site() {
  gateway_config "$1" <<END
tunnels:
  - name: to-$5
    enabled: true
    profile: MODERN
    startup: ADD
    child_sa_layout: PER_PAIR
    local: { address: 192.0.2.$2, identifier: gw-$3, subnets: [$6] }
    remote: { endpoint: 192.0.2.$4, identifier: gw-$5, subnets: [$7] }
    authentication: { psk: {} }
secrets: [{ name: shared, psk: "$PSK" }]
END
}
sites '10.1.0.0/24, 10.1.1.0/24, 10.1.2.0/24'
gateway_start gw-a
gateway_start gw-b

children_are() { [[ $(sas "$1" '[.ike_sas[].child_sas[] | select(.state == "INSTALLED")] | length') == "$2" ]]; }
each_pair_carries() {
  local from to
  for from in "$@"; do
    for to in 10.2.0.2 10.2.1.2; do
      expect "$from to $to" wait_until 3 on host-a ping -q -c 1 -W 1 -I "$from" "$to"
    done
  done
}

three_by_two_subnets_are_six_child_sas() {
  bring_up
  expect 'six' wait_until 5 children_are gw-a 6
  expect 'six there' wait_until 5 children_are gw-b 6
  expect 'one IKE SA' [ "$(sas gw-a '.ike_sas | length')" = 1 ]
  each_pair_carries 10.1.0.2 10.1.1.2 10.1.2.2
}

ike_sa_is_not() { [[ $(ike_spis gw-a) != "$1" && $(sas gw-a '.ike_sas | length') == 1 ]]; }

they_survive_a_rekey_of_the_ike_sa() {
  local children ike
  children=$(child_spis gw-a)
  ike=$(ike_spis gw-a)
  expect_exit 0 gateway_ctl gw-a rekey to-b --ike
  expect 'another IKE SA' wait_until 5 ike_sa_is_not "$ike"
  expect 'the same six' [ "$(child_spis gw-a)" = "$children" ]
  each_pair_carries 10.1.0.2 10.1.1.2 10.1.2.2
}

# The spis of the CHILD_SAs that carry the subnets that stay.
lasting() {
  sas "$1" '[.ike_sas[].child_sas[] | select(.local_ts + .remote_ts | index("10.1.1.0/24") | not) | .spi_in] | sort | join(" ")'
}

removing_one_subnet_deletes_its_own_alone() {
  local ike rest
  ike=$(ike_spis gw-a)
  rest=$(lasting gw-a)
  expect 'four lasting ones' [ "$(wc -w <<<"$rest")" = 4 ]
  sites '10.1.0.0/24, 10.1.2.0/24'
  expect_exit 0 apply gw-a
  expect_exit 0 apply gw-b
  expect 'four left' wait_until 5 children_are gw-a 4
  expect 'four left there' wait_until 5 children_are gw-b 4
  expect 'the same IKE SA' [ "$(ike_spis gw-a)" = "$ike" ]
  expect 'the same four' [ "$(child_spis_in gw-a)" = "$rest" ]
  each_pair_carries 10.1.0.2 10.1.2.2
}
child_spis_in() { sas "$1" '[.ike_sas[].child_sas[] | .spi_in] | sort | join(" ")'; }

adding_it_again_adds_its_own_alone() {
  local rest
  rest=$(child_spis_in gw-a)
  sites '10.1.0.0/24, 10.1.1.0/24, 10.1.2.0/24'
  expect_exit 0 apply gw-b
  expect_exit 0 apply gw-a
  expect_exit 0 gateway_ctl gw-a up to-b --wait 10s
  expect 'six again' wait_until 5 children_are gw-a 6
  expect 'four of them the same' [ "$(lasting gw-a)" = "$rest" ]
  each_pair_carries 10.1.0.2 10.1.1.2 10.1.2.2
}

run three_by_two_subnets_are_six_child_sas they_survive_a_rekey_of_the_ike_sa \
  removing_one_subnet_deletes_its_own_alone adding_it_again_adds_its_own_alone
