#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A sample of the suites end to end, above all those that no foreign peer can try: each with traffic both ways and after
# a rekey. Every combination of the manual's lists is in services/iked/engine/suites_test.cc.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario suites
lab_two_sites

# suite IKE_PROPOSAL ESP_PROPOSAL SUITE_SHOWN [EXTRA…]: EXTRA lines go into both tunnels.
suite() {
  local ike=$1 esp=$2 shown=$3
  shift 3
  gateway_psk gw-a a b "$PSK" "$ike" "$esp" 'startup: ADD' "$@"
  gateway_psk gw-b b a "$PSK" "$ike" "$esp" 'startup: ADD' "$@"
  if [[ -e $(gateway_dir gw-a)/pid ]]; then
    bring_down
    expect_exit 0 apply gw-a
    expect_exit 0 apply gw-b
  else
    gateway_start gw-a
    gateway_start gw-b
  fi
  bring_up
  expect "the suite is $shown" [ "$(sas gw-a '.ike_sas[0].suite + " " + .ike_sas[0].child_sas[0].suite')" = "$shown" ]
  expect 'a to b' wait_until 3 can_ping host-a 10.2.0.2
  expect_exit 0 gateway_ctl gw-a rekey to-b --child
  expect 'one CHILD_SA again' wait_until 5 one_of_each gw-a
  expect 'b to a' wait_until 3 can_ping host-b 10.1.0.2
}

des_and_modp768() { suite des-md5-modp768 des-md5-modp768 'des-md5-modp768 des-md5'; }
triple_des_and_modp1536() { suite 3des-sha1-modp1536 3des-sha1-modp1536 '3des-sha1-modp1536 3des-sha1'; }
the_largest() { suite aes256-sha512-modp8192 aes256-sha512-modp8192 'aes256-sha512-modp8192 aes256-sha512'; }
curve448() { suite aes256gcm16-prfsha512-x448 aes256gcm16-x448 'aes256gcm16-prfsha512-x448 aes256gcm16'; }
sha256_of_96_bits() { suite aes256-sha256-modp2048 aes128-sha256_96 'aes256-sha256-modp2048 aes128-sha256_96'; }

# With 128 bits at one side a packet ends four octets away from a whole block: dropped and counted, for nothing in the
# negotiation could tell.
truncation_at_one_side_only() {
  gateway_psk gw-b b a "$PSK" aes256-sha256-modp2048 aes128-sha256 'startup: ADD'
  bring_down
  expect_exit 0 apply gw-b
  bring_up
  expect_not 'a reaches b' can_ping host-a 10.2.0.2
  expect 'malformed packets at b' [ "$(metric gw-b "$DROPS")" -gt 0 ]
}
DROPS='ipsec_child_drops_total{tunnel="to-a",child="to-a",direction="in",reason="malformed"}'

run des_and_modp768 triple_des_and_modp1536 the_largest curve448 sha256_of_96_bits truncation_at_one_side_only
