#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# IKEv1 between two of our own: messages counted, the manual's defaults with nothing else typed, the gate of aggressive
# mode, and what each side says when the two disagree.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario ikev1
lab_two_sites

# tunnel SITE OTHER [LINE…]: with the manual's defaults, but that a test says `up` itself.
tunnel() {
  local number=1 peer=2 site=$1 other=$2
  shift 2
  if [[ $site == b ]]; then number=2 peer=1; fi
  gateway_config "gw-$site" <<END
tunnels:
  - name: to-$other
    enabled: true
    startup: ADD
    local: { address: 192.0.2.$number, ${IDENTIFIERS:+identifier: gw-$site,} subnets: [10.$number.0.0/24] }
    remote: { endpoint: 192.0.2.$peer, ${IDENTIFIERS:+identifier: gw-$other,} subnets: [10.$peer.0.0/24] }
$(if (($#)); then printf '    %s\n' "$@"; fi)
secrets: [{ name: shared, psk: "${OUR_PSK:-$PSK}" }]
END
}
tunnel a b
tunnel b a
gateway_start gw-a
gateway_start gw-b

# both LINES_OF_A LINES_OF_B: applied with no SA left of before.
both() {
  bring_down
  tunnel a b "$1"
  OUR_PSK=${PSK_OF_B:-} tunnel b a "$2"
  expect_exit 0 apply gw-a
  expect_exit 0 apply gw-b
}
flows() {
  expect 'a to b' wait_until 3 can_ping host-a 10.2.0.2
  expect 'b to a' wait_until 3 can_ping host-b 10.1.0.2
}
# counted MESSAGES EXCHANGE: 2 is Main Mode, 4 Aggressive Mode; it comes up with so many messages in phase 1, and three of Quick Mode.
counted() {
  capture_start gw-a wan "$LAB_DIR/wan.pcap"
  bring_up
  flows
  capture_stop
  expect "$1 messages in phase 1" [ "$(ikev1_messages "$LAB_DIR/wan.pcap" "$2")" = "$1" ]
  expect '3 of Quick Mode' [ "$(ikev1_messages "$LAB_DIR/wan.pcap" 32)" = 3 ]
  wan_was_clean "$LAB_DIR/wan.pcap"
}

# fields.md 4: 6 + 3.
the_manuals_defaults_come_up_in_nine_messages() {
  counted 6 2
  expect 'IKEv1' [ "$(sas gw-a '.ike_sas[0].version')" = 1 ]
  expect 'the suite of the manual' [ "$(sas gw-a '.ike_sas[0].suite')" = 3des-sha1-modp1536 ]
  expect 'with PFS from the start' [ "$(sas gw-a '.ike_sas[0].child_sas[0].pfs')" = modp1536 ]
  expect 'the same SAs at the other end' [ "$(child_spis gw-a)" = "$(child_spis gw-b)" ]
}

AGGRESSIVE='ike: { mode: AGGRESSIVE, allow_weak_aggressive_psk: true }'
SHUT='ike: { mode: AGGRESSIVE }'

# fields.md 4 and 5: 3 + 3.
aggressive_mode_with_the_gate_open_comes_up_in_six() {
  both "$SHUT" "$AGGRESSIVE" # the initiator needs no flag
  counted 3 4
}

# says GATEWAY TUNNEL CODE FIELD: its last diagnosis.
says() {
  gateway_ctl "$1" explain "$2" -o json >"$LAB_DIR/explained"
  # shellcheck disable=SC2016  # jq's variables, not the shell's
  expect "$1: $3 $4, not $(jq -c '.history[0] | {code, field}' "$LAB_DIR/explained")" \
    jq -e --arg code "$3" --arg field "$4" '.history[0] | .code == $code and (.field | contains($field))' \
    "$LAB_DIR/explained"
}
fails() { expect_exit 1 gateway_ctl gw-a up to-b --wait 15s; }

aggressive_mode_with_the_gate_shut_is_refused() {
  both "$AGGRESSIVE" "$SHUT" # the flag of the initiator opens nothing
  fails
  says gw-b to-a AGGRESSIVE_PSK_REFUSED ike.allow_weak_aggressive_psk
}

aggressive_mode_finds_the_key_by_name() {
  export IDENTIFIERS=1
  both "$AGGRESSIVE" "$AGGRESSIVE"
  sed -i 's/^secrets.*/secrets: [{ name: shared, psk: "'"$PSK"'", selectors: [gw-a] }]/' "$(gateway_dir gw-b)/culvert.yaml"
  expect_exit 0 apply gw-b
  bring_up
  flows
  unset IDENTIFIERS
}

the_modes_differ() {
  both "$AGGRESSIVE" 'ike: { mode: MAIN }'
  fails
  says gw-b to-a MODE_MISMATCH ike.mode
}

the_keys_differ() {
  PSK_OF_B='another key altogether' both '' ''
  fails
  says gw-a to-b PSK_MISMATCH secrets
  says gw-b to-a PSK_MISMATCH secrets
}

the_algorithms_differ() {
  both '' 'ike: { proposals: [aes256-sha256-modp2048] }'
  fails
  says gw-a to-b IKE_PROPOSAL_MISMATCH ike.proposals
  says gw-b to-a IKE_PROPOSAL_MISMATCH ike.proposals
}

the_esp_algorithms_differ() {
  both '' 'esp: { proposals: [aes256-sha256-modp2048] }'
  fails
  says gw-a to-b ESP_PROPOSAL_MISMATCH esp.proposals
  says gw-b to-a ESP_PROPOSAL_MISMATCH esp.proposals
}

# IKEv1 does not narrow.
the_masks_differ() {
  both '' ''
  sed -i 's|10.1.0.0/24|10.1.0.0/16|' "$(gateway_dir gw-b)/culvert.yaml"
  expect_exit 0 apply gw-b
  fails
  says gw-a to-b TRAFFIC_SELECTORS_UNACCEPTABLE subnets
  says gw-b to-a TRAFFIC_SELECTORS_UNACCEPTABLE remote.subnets
}

the_versions_differ() {
  both 'ike: { proposals: [aes128-sha256-modp2048] }' 'ike: { version: IKEV2, proposals: [aes128-sha256-modp2048] }'
  expect_exit 8 gateway_ctl gw-a up to-b --wait 3s
  says gw-b to-a VERSION_MISMATCH ike.version
}

version_is() { [[ $(sas gw-a '[.ike_sas[].version] | join(" ")') == "$1" ]]; }
auto_answers_both_and_begins_with_ikev2() {
  local version known='proposals: [aes128-sha256-modp2048]'
  for version in IKEV1 IKEV2 AUTO; do
    both "ike: { version: $version, $known }" "ike: { version: AUTO, $known }"
    bring_up
    expect "$version" version_is "$([[ $version == IKEV1 ]] && echo 1 || echo 2)"
    flows
  done
}

the_secret_of_main_mode_is_found_by_address() {
  expect_exit 0 gateway_ctl gw-a secret explain --ike-version IKEV1 --mode MAIN --remote-id gw-b --remote-address 192.0.2.2
  expect_says shared
}

# A wrong key may be noise that somebody else made: b waits on for 30 s, so this comes last.
run the_manuals_defaults_come_up_in_nine_messages aggressive_mode_with_the_gate_open_comes_up_in_six \
  aggressive_mode_with_the_gate_shut_is_refused aggressive_mode_finds_the_key_by_name the_modes_differ \
  the_algorithms_differ the_esp_algorithms_differ the_masks_differ the_versions_differ \
  auto_answers_both_and_begins_with_ikev2 the_secret_of_main_mode_is_found_by_address the_keys_differ
