#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fields.md 19: short lives, many rekeys by their timers, no packet lost.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/lifetime.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lifetime.sh"
scenario lifetime
lab_two_sites
gateway_psk gw-a a b "$PSK" '' '' 'startup: ADD' "$SHORT_IKE_LIVES" "$SHORT_LIVES"
gateway_psk gw-b b a "$PSK" aes256gcm16-prfsha384-x25519 aes256gcm16-x25519 'startup: ADD'
gateway_start gw-a
gateway_start gw-b
bring_up >/dev/null || lab_die 'the tunnel does not come up'

no_packet_is_lost() {
  lives_through_rekeys
  expect 'one of each is left' wait_until 10 one_of_each gw-a
  expect 'at the other end too' wait_until 10 one_of_each gw-b
}

run no_packet_is_lost
