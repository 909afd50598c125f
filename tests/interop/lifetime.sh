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
# Where the machine is busy, charon takes its time with what waits there: that must be delay, and not loss.
on gw-b ip link set ipsec0 txqueuelen 10000

no_packet_is_lost_when_we_rekey() {
  we_initiate
  lives_through_rekeys
  expect 'one IKE SA there' wait_until 10 their_sas_are 1
  expect 'one CHILD_SA there' wait_until 10 their_children_are 1
}

run no_packet_is_lost_when_we_rekey
