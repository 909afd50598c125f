#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A life with strongSwan: rekeys and deletes by either side, disagreement, dead peers, traffic intact.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
scenario interop
lab_two_sites

IKE=aes256gcm16-prfsha384-x25519
ESP=aes256gcm16-x25519

up_in_less_than_a_second_and_intact() {
  local started
  peers "$IKE" "$ESP"
  started=$(now_ms)
  we_initiate
  expect 'less than a second' [ $(($(now_ms) - started)) -lt 1000 ]
  traffic_flows
  expect 'a to b' copy host-a host-b 10.2.0.2 20
  expect 'b to a' copy host-b host-a 10.1.0.2 20
}

we_rekey_the_child() { rekeyed child_spis child_spis_differ gateway_ctl gw-a rekey to-b --child; }
we_rekey_the_ike_sa() { rekeyed ike_spis ike_spis_differ gateway_ctl gw-a rekey to-b --ike; }
they_rekey_the_child() { rekeyed child_spis child_spis_differ swanctl gw-b --rekey --child to-us; }
they_rekey_the_ike_sa() { rekeyed ike_spis ike_spis_differ swanctl gw-b --rekey --ike to-us; }

they_delete() {
  expect_exit 0 swanctl gw-b --terminate --ike to-us
  expect 'we saw it' wait_until 5 no_sas gw-a
}

we_delete() {
  we_initiate
  expect_exit 0 gateway_ctl gw-a down to-b
  expect 'they saw it' wait_until 5 their_sas_are 0
}

their_reboot_is_noticed_by_initial_contact() {
  we_initiate
  traffic_flows
  lab_kill_all gw-b KILL
  expect 'charon is dead' wait_until 5 lab_empty gw-b
  strongswan_start gw-b
  they_initiate
  expect 'one of each, not two' wait_until 5 one_of_each gw-a
  traffic_flows
}

a_different_key_is_named() {
  both_down
  theirs "$IKE" "$ESP" 'not the same key'
  strongswan_load gw-b
  expect_exit 1 gateway_ctl gw-a up to-b --wait 5s
  expect_says PEER_REFUSED_AUTHENTICATION
  swanctl gw-b --initiate --child to-us --timeout 5 || true
  gateway_ctl gw-a explain to-b -o json | jq -e 'any(.history[]; .code == "PSK_MISMATCH")'  # our own next attempt may be in front
}

a_different_proposal_is_named() {
  peers "$IKE" "$ESP"
  both_down
  theirs aes128-sha256-modp2048 "$ESP"
  strongswan_load gw-b
  expect_exit 1 gateway_ctl gw-a up to-b --wait 5s
  expect_says IKE_PROPOSAL_MISMATCH ike.proposals
}

a_wider_offer_is_narrowed() {
  both_down
  theirs "$IKE" "$ESP" "$PSK" 10.0.0.0/8
  strongswan_load gw-b
  they_initiate
  traffic_flows
  expect 'narrowed to our subnet' [ "$(sas gw-a '.ike_sas[0].child_sas[0].local_ts[0]')" = 10.1.0.0/24 ]
}

run up_in_less_than_a_second_and_intact we_rekey_the_child we_rekey_the_ike_sa they_rekey_the_child \
  they_rekey_the_ike_sa they_delete we_delete their_reboot_is_noticed_by_initial_contact a_different_key_is_named \
  a_different_proposal_is_named a_wider_offer_is_narrowed
