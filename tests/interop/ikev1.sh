#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# IKEv1 with strongSwan, either side beginning: both modes by key and by certificate, suites, PFS, several pairs of
# subnets, rekeys of both phases, dead peers, and disagreement.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
# shellcheck source=tests/interop/peer_ikev1.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer_ikev1.sh"
# shellcheck source=tests/pki.sh
. "$TESTS_ROOT/pki.sh"
scenario ikev1
lab_two_sites
lab_address host-b lan 10.2.1.2/24
lab_address gw-b lan 10.2.1.1/24
LAB_CHARON_PLUGINS+=' pkcs8'
SWANCTL_DIR=$(strongswan_dir gw-b) # where swanctl looks for certificates and keys
export SWANCTL_DIR

pki_ca root rsa
pki_issue gw-a rsa root DNS:gw-a
pki_issue gw-b rsa root DNS:gw-b
mkdir -p "$SWANCTL_DIR"/{x509,x509ca,private}
cp "$(pki_file root.pem)" "$SWANCTL_DIR/x509ca/"
cp "$(pki_file gw-b.pem)" "$SWANCTL_DIR/x509/"
cp "$(pki_file gw-b.key)" "$SWANCTL_DIR/private/"

# ---- modes and ways to authenticate -------------------------------------------------------------------------------------

# counted INITIATE MESSAGES EXCHANGE: with so many messages in phase 1, and three of Quick Mode.
counted() {
  capture_start gw-a wan "$LAB_DIR/wan.pcap"
  comes_up "$1"
  capture_stop
  expect "$2 messages of phase 1" [ "$(ikev1_messages "$LAB_DIR/wan.pcap" "$3")" = "$2" ]
  expect '3 of Quick Mode' [ "$(ikev1_messages "$LAB_DIR/wan.pcap" 32)" = 3 ]
}
# comes_up INITIATE [AUTH]
comes_up() {
  "$1"
  traffic_flows
  expect 'IKEv1' [ "$(sas gw-a '.ike_sas[0].version')" = 1 ]
  expect 'as we were told' [ "$(sas gw-a '.ike_sas[0].local_auth')" = "${2:-psk}" ]
  expect 'one of each' one_of_each gw-a
}

by_key() { # MODE CONNECTION
  our_v1 "mode: $1, allow_weak_aggressive_psk: true, proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE
    $2"
  both_v1
}
by_certificate() {
  OUR_REST="certificates:
  - { name: own, certificate_file: $(pki_file gw-a.pem), private_key_file: $(pki_file gw-a.key) }
  - { name: ca, certificate_file: $(pki_file root.pem) }" \
    our_v1 "mode: $1, proposals: [$V1_IKE]" 'authentication: { x509: { certificate: own, ca: [ca] } }'
  their_v1 "proposals = $V1_IKE
    $2" 'local { auth = pubkey
      certs = gw-b.pem
      id = gw-b }' 'remote { auth = pubkey
      id = gw-a }'
  both_v1
}
main_by_key() {
  by_key MAIN ''
  counted "$1" 6 2
}
aggressive_by_key() {
  by_key AGGRESSIVE 'aggressive = yes'
  counted "$1" 3 4
}
main_by_certificate() {
  by_certificate MAIN ''
  comes_up "$1" rsa
}
aggressive_by_certificate() {
  by_certificate AGGRESSIVE 'aggressive = yes'
  comes_up "$1" rsa
}
we_main_by_key() { main_by_key we_initiate; }
they_main_by_key() { main_by_key they_initiate; }
we_aggressive_by_key() { aggressive_by_key we_initiate; }
they_aggressive_by_key() { aggressive_by_key they_initiate; }
we_main_by_certificate() { main_by_certificate we_initiate; }
they_main_by_certificate() { main_by_certificate they_initiate; }
we_aggressive_by_certificate() { aggressive_by_certificate we_initiate; }
they_aggressive_by_certificate() { aggressive_by_certificate they_initiate; }

# ---- suites -------------------------------------------------------------------------------------------------------------

# Pairs "IKE_PROPOSAL ESP_PROPOSAL": each word of the manual at least once; --all: every combination of them in phase 1.
pairs() {
  local cipher hash group
  echo '3des-sha1-modp1536 3des-sha1-modp1536'
  if [[ $TESTS_ALL ]]; then
    for cipher in des 3des aes128 aes192 aes256; do
      for hash in md5 sha1 sha256 sha384 sha512; do
        for group in modp768 modp1024 modp1536 modp2048 modp3072 modp4096; do
          echo "$cipher-$hash-$group $cipher-$hash-$group"
        done
      done
    done
    return
  fi
  echo 'des-md5-modp768 des-md5-modp768'
  echo '3des-md5-modp1024 3des-md5'
  echo 'aes128-sha256-modp2048 aes128-sha256'
  echo 'aes192-sha384-modp3072 aes192-sha384-modp3072'
  echo 'aes256-sha512-modp4096 aes256-sha512-modp4096'
  echo 'aes128-sha1-ecp256 aes128gcm16-ecp256'
  echo 'aes256-sha384-ecp384 aes256gcm16-ecp384'
  echo 'aes256-sha512-ecp521 aes192gcm16'
}
suite() {
  local ike=$1 esp=$2 initiate=$3
  OUR_ESP="esp: { proposals: [$esp] }" our_v1 "proposals: [$ike]"
  their_v1 "proposals = $ike" '' '' "$(their_v1_child to-us 10.2.0.0/24 10.1.0.0/24 "$esp")"
  both_v1
  "$initiate"
  traffic_flows
  expect "our suite is $ike" [ "$(sas gw-a '.ike_sas[0].suite')" = "$ike" ]
}
SUITES=()
while read -r ike esp; do
  name=${ike//-/_}__${esp//-/_}
  eval "we_${name}() { suite $ike $esp we_initiate; }; they_${name}() { suite $ike $esp they_initiate; }"
  SUITES+=("we_$name" "they_$name")
done < <(pairs)

# ---- life ---------------------------------------------------------------------------------------------------------------

usual() {
  our_v1 "proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE"
  both_v1
}
# Who called rekeys: a negotiation of one side within a few seconds of the other's is taken for one that crossed it.
up_for_rekeys() {
  usual
  "$1"
  traffic_flows
}
we_are_up_for_rekeys() { up_for_rekeys we_initiate; }
we_rekey_the_child() { rekeyed child_spis child_spis_differ gateway_ctl gw-a rekey to-b --child; }
we_rekey_the_ike_sa() { rekeyed ike_spis ike_spis_differ gateway_ctl gw-a rekey to-b --ike; }
they_are_up_for_rekeys() { up_for_rekeys they_initiate; }
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

our_children_are() { [[ $(sas gw-a '[.ike_sas[].child_sas[] | select(.state == "INSTALLED")] | length') == "$1" ]]; }
two_pairs() {
  OUR_REMOTE='subnets: [10.2.0.0/24, 10.2.1.0/24]' our_v1 "proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE" '' '' \
    "$(their_v1_child to-us 10.2.0.0/24 10.1.0.0/24 && their_v1_child second 10.2.1.0/24 10.1.0.0/24)"
  both_v1
}
two_carry() {
  expect 'two CHILD_SAs' wait_until 5 our_children_are 2
  expect 'one IKE SA' [ "$(sas gw-a '.ike_sas | length')" = 1 ]
  traffic_flows
  expect 'the second pair' wait_until 3 can_ping host-a 10.2.1.2
}
we_two_pairs() { two_pairs; we_initiate; two_carry; }
they_two_pairs() {
  two_pairs
  they_initiate
  expect_exit 0 swanctl gw-b --initiate --child second --timeout 10
  two_carry
}

# RFC 3706.
they_probe_us_and_we_answer() {
  our_v1 "proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE
    dpd_delay = 1s
    dpd_timeout = 3s"
  both_v1
  they_initiate
  expect 'they hear our answer' wait_until 5 their_log_has 'N(DPD_ACK)'
  expect 'and keep us' their_sas_are 1
}
their_log_has() { strongswan_log gw-b | grep -qF "$1"; }
a_dead_peer_is_noticed() {
  our_v1 "proposals: [$V1_IKE]" 'dpd: { enabled: true, delay: 1s, timeout: 3s, action: CLEAR }'
  their_v1 "proposals = $V1_IKE"
  both_v1
  we_initiate
  lab_kill_all gw-b KILL
  expect 'charon is dead' wait_until 5 lab_empty gw-b
  expect 'noticed' wait_until 10 no_sas gw-a
  gateway_ctl gw-a explain to-b -o json | jq -e '.history[0].code == "DEAD_PEER"'
  strongswan_v1
}
their_reboot_is_noticed_by_initial_contact() {
  usual
  we_initiate
  lab_kill_all gw-b KILL
  expect 'charon is dead' wait_until 5 lab_empty gw-b
  strongswan_v1
  they_initiate
  expect 'one of each, not two' wait_until 5 one_of_each gw-a
  traffic_flows
}

# ---- disagreement -------------------------------------------------------------------------------------------------------

# we_fail CODE FIELD, they_fail CODE FIELD: who is called, and what our side says of it.
we_fail() {
  expect_exit 1 gateway_ctl gw-a up to-b --wait 15s
  expect_says "$1" "$2"
}
they_fail() {
  expect_not 'they are up' swanctl gw-b --initiate --child to-us --timeout 5
  gateway_ctl gw-a explain to-b -o json >"$LAB_DIR/explained"
  # shellcheck disable=SC2016  # jq's variables, not the shell's
  expect "$1 $2, not $(jq -c '.history[0] | {code, field}' "$LAB_DIR/explained")" \
    jq -e --arg code "$1" --arg field "$2" '.history[0] | .code == $code and (.field | contains($field))' \
    "$LAB_DIR/explained"
}
different_keys() {
  our_v1 "mode: $1, allow_weak_aggressive_psk: true, proposals: [$V1_IKE]"
  THEIR_PSK='not the same key' their_v1 "proposals = $V1_IKE
    $2"
  both_v1
}
we_different_keys_in_main_mode() { different_keys MAIN ''; we_fail PSK_MISMATCH 'secrets[shared].psk'; }
they_different_keys_in_main_mode() { different_keys MAIN ''; they_fail PSK_MISMATCH 'secrets[shared].psk'; }
we_different_keys_in_aggressive_mode() {
  different_keys AGGRESSIVE 'aggressive = yes'
  we_fail PSK_MISMATCH 'secrets[shared].psk'
}
different_ike_proposals() {
  our_v1 "proposals: [$V1_IKE]"
  their_v1 'proposals = aes256-sha512-modp3072'
  both_v1
}
we_different_ike_proposals() { different_ike_proposals; we_fail IKE_PROPOSAL_MISMATCH ike.proposals; }
they_different_ike_proposals() { different_ike_proposals; they_fail IKE_PROPOSAL_MISMATCH ike.proposals; }
different_esp_proposals() {
  our_v1 "proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE" '' '' "$(their_v1_child to-us 10.2.0.0/24 10.1.0.0/24 aes256-sha512-modp3072)"
  both_v1
}
we_different_esp_proposals() { different_esp_proposals; we_fail ESP_PROPOSAL_MISMATCH esp.proposals; }
they_different_esp_proposals() { different_esp_proposals; they_fail ESP_PROPOSAL_MISMATCH esp.proposals; }
# IKEv1 does not narrow: the pair must be the same.
a_wider_pair() {
  our_v1 "proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE" '' '' "$(their_v1_child to-us 10.2.0.0/24 10.0.0.0/8)"
  both_v1
}
they_a_wider_pair() { a_wider_pair; they_fail TRAFFIC_SELECTORS_UNACCEPTABLE subnets; }
they_aggressive_to_our_main_mode() {
  our_v1 "proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE
    aggressive = yes"
  both_v1
  they_fail MODE_MISMATCH ike.mode
}
they_aggressive_through_the_shut_gate() {
  our_v1 "mode: AGGRESSIVE, proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE
    aggressive = yes"
  both_v1
  they_fail AGGRESSIVE_PSK_REFUSED allow_weak_aggressive_psk
}
they_ikev2_to_our_ikev1() {
  our_v1 "proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE"
  sed -i 's/version = 1/version = 2/' "$(strongswan_dir gw-b)/swanctl.conf"
  both_v1
  they_fail VERSION_MISMATCH ike.version
}

# A wrong key may be noise that somebody else made: we wait on for 30 s, so that comes last.
run we_main_by_key they_main_by_key we_aggressive_by_key they_aggressive_by_key we_main_by_certificate \
  they_main_by_certificate we_aggressive_by_certificate they_aggressive_by_certificate "${SUITES[@]}" \
  we_are_up_for_rekeys we_rekey_the_child we_rekey_the_ike_sa they_are_up_for_rekeys they_rekey_the_child \
  they_rekey_the_ike_sa they_delete we_delete we_two_pairs they_two_pairs they_probe_us_and_we_answer \
  a_dead_peer_is_noticed their_reboot_is_noticed_by_initial_contact we_different_keys_in_main_mode \
  we_different_keys_in_aggressive_mode we_different_ike_proposals they_different_ike_proposals \
  we_different_esp_proposals they_different_esp_proposals they_a_wider_pair they_aggressive_to_our_main_mode \
  they_aggressive_through_the_shut_gate they_ikev2_to_our_ikev1 they_different_keys_in_main_mode
