#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Short lives with strongSwan: many rekeys by our timers, no packet lost.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
# shellcheck source=tests/lifetime.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lifetime.sh"
scenario interop-life
lab_two_sites
gateway_psk gw-a a b "$PSK" '' '' 'startup: ADD' "$SHORT_IKE_LIVES" "$SHORT_LIVES"
theirs aes256gcm16-prfsha384-x25519 aes256gcm16-x25519
strongswan_start gw-b
gateway_start gw-a
one_of_each_there() {
  expect 'one IKE SA there' wait_until 10 their_sas_are 1
  expect 'one CHILD_SA there' wait_until 10 their_children_are 1
}

we_rekey_by_our_timers() {
  we_initiate
  expect 'three of each' wait_until 30 both_rekeyed 3
  one_of_each_there
  traffic_flows
}

# A long run, for a machine that does nothing else: charon's socket and TUN queue hold 0.1 s of this traffic, and what
# overflows there is not ours to answer for.
no_packet_is_lost_when_we_rekey() {
  lives_through_rekeys
  one_of_each_there
}

if [[ -n $TESTS_ALL ]]; then
  run we_rekey_by_our_timers no_packet_is_lost_when_we_rekey
else
  run we_rekey_by_our_timers
fi
