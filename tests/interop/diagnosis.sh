#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Misconfigurations against strongSwan: what culvert says when it calls, and when it is called. tests/diagnosis has every
# case between two of our own; a foreign peer answers with other notifies, or with none.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
scenario diagnosis
lab_two_sites

IKE=aes256gcm16-prfsha384-x25519
ESP=aes256gcm16-x25519
CBC=aes256-sha256-modp2048

# NAME | what differs: OUR_… here, THEIR_… at strongSwan | what we say when we call | and when we are called
ROWS=(
  "the_ike_ciphers | THEIR_IKE=aes128gcm16-prfsha384-x25519 | IKE_PROPOSAL_MISMATCH ike.proposals | IKE_PROPOSAL_MISMATCH ike.proposals"
  "the_ike_hashes | OUR_IKE=$CBC THEIR_IKE=aes256-sha1-modp2048 | IKE_PROPOSAL_MISMATCH ike.proposals | IKE_PROPOSAL_MISMATCH ike.proposals"
  "the_prfs | THEIR_IKE=aes256gcm16-prfsha256-x25519 | IKE_PROPOSAL_MISMATCH ike.proposals | IKE_PROPOSAL_MISMATCH ike.proposals"
  "the_ike_groups | THEIR_IKE=aes256gcm16-prfsha384-modp2048 | IKE_PROPOSAL_MISMATCH ike.proposals | IKE_PROPOSAL_MISMATCH ike.proposals"
  "gcm_against_cbc | THEIR_IKE=$CBC | IKE_PROPOSAL_MISMATCH ike.proposals | IKE_PROPOSAL_MISMATCH ike.proposals"
  "the_esp_ciphers | THEIR_ESP=aes128gcm16-x25519 | ESP_PROPOSAL_MISMATCH esp.proposals | ESP_PROPOSAL_MISMATCH esp.proposals"
  "the_esp_hashes | OUR_ESP=aes256-sha256 THEIR_ESP=aes256-sha1 | ESP_PROPOSAL_MISMATCH esp.proposals | ESP_PROPOSAL_MISMATCH esp.proposals"
  "esp_gcm_against_cbc | THEIR_ESP=aes256-sha256 | ESP_PROPOSAL_MISMATCH esp.proposals | ESP_PROPOSAL_MISMATCH esp.proposals"
  "the_keys | THEIR_PSK=anotherkey | PEER_REFUSED_AUTHENTICATION secrets[shared].psk | PSK_MISMATCH secrets[shared].psk"
  "our_secret_is_for_another | OUR_ENDPOINT=any OUR_PEER=0.0.0.0 OUR_SELECTOR=gw-q | - | NO_SECRET_FOR_PEER secrets"
  "their_own_name | THEIR_ID=gw-x | PEER_REFUSED_AUTHENTICATION secrets[shared].psk | PEER_ID_MISMATCH remote.identifier"
  "our_name_at_them | THEIR_PEER=gw-c | PEER_REFUSED_AUTHENTICATION secrets[shared].psk | PEER_ID_MISMATCH local.identifier"
  "our_own_name | OUR_ID=gw-z | PEER_REFUSED_AUTHENTICATION secrets[shared].psk | PEER_ID_MISMATCH local.identifier"
  "their_name_here | OUR_PEER=gw-y OUR_SELECTOR=gw-y | PEER_REFUSED_AUTHENTICATION secrets[shared].psk | PEER_ID_MISMATCH remote.identifier"
  "their_name_is_a_mail_address_here | OUR_PEER=gw-b@x OUR_SELECTOR=gw-b@x | PEER_REFUSED_AUTHENTICATION secrets[shared].psk | PEER_ID_MISMATCH remote.identifier"
  "their_networks | THEIR_TS=10.9.0.0/24 | TRAFFIC_SELECTORS_UNACCEPTABLE remote.subnets | TRAFFIC_SELECTORS_UNACCEPTABLE remote.subnets"
  "our_networks_at_them | THEIR_REMOTE_TS=10.8.0.0/24 | TRAFFIC_SELECTORS_UNACCEPTABLE remote.subnets | TRAFFIC_SELECTORS_UNACCEPTABLE local.subnets"
  "our_networks | OUR_TS=10.7.0.0/24 | TRAFFIC_SELECTORS_UNACCEPTABLE remote.subnets | TRAFFIC_SELECTORS_UNACCEPTABLE local.subnets"
  "less_than_asked_for | THEIR_TS=10.2.0.0/25 | NARROWED remote.subnets | NARROWED remote.subnets"
  "our_tunnel_is_disabled | OUR_ENABLED=false | - | TUNNEL_DISABLED enabled"
  "our_tunnel_waits | OUR_STARTUP=IGNORE | - | TUNNEL_HELD_DOWN startup"
  "our_tunnel_names_another_peer | OUR_ENDPOINT=192.0.2.9 | - | NO_TUNNEL_FOR_PEER remote.endpoint"
)

# Both as they should be, but for the assignments; the tunnel is called $TUNNEL, so that each test has a history of its own.
disagree() {
  local OUR_IKE=$IKE OUR_ESP=$ESP OUR_ID=gw-a OUR_PEER=gw-b OUR_TS=10.1.0.0/24 OUR_SELECTOR=gw-b OUR_ENABLED=true
  local OUR_STARTUP=ADD OUR_ENDPOINT=192.0.2.2
  local THEIR_IKE=$IKE THEIR_ESP=$ESP THEIR_ID=gw-b THEIR_PEER=gw-a THEIR_TS=10.2.0.0/24 THEIR_REMOTE_TS=10.1.0.0/24
  local THEIR_PSK=$PSK assignment
  for assignment in $1; do local "${assignment?}"; done
  gateway_config gw-a <<END
tunnels:
  - name: $TUNNEL
    enabled: $OUR_ENABLED
    profile: MODERN
    startup: $OUR_STARTUP
    local: { address: 192.0.2.1, identifier: $OUR_ID, subnets: [$OUR_TS] }
    remote: { endpoint: $OUR_ENDPOINT, identifier: $OUR_PEER, subnets: [10.2.0.0/24] }
    authentication: { psk: {} }
    ike: { proposals: [$OUR_IKE] }
    esp: { proposals: [$OUR_ESP] }
secrets: [{ name: shared, psk: "$PSK", selectors: [$OUR_SELECTOR] }]
END
  strongswan_psk gw-b 192.0.2.2 192.0.2.1 "$THEIR_ID" "$THEIR_PEER" "$THEIR_TS" "$THEIR_REMOTE_TS" "$THEIR_PSK" \
    "$THEIR_IKE" "$THEIR_ESP"
  if [[ -e $(gateway_dir gw-a)/pid ]]; then
    swanctl gw-b --terminate --ike to-us --timeout 5 >/dev/null 2>&1 || true
    strongswan_load gw-b
    expect_exit 0 apply gw-a
    expect 'nothing is left of before' wait_until 5 no_sas gw-a
  else
    strongswan_start gw-b
    gateway_start gw-a
  fi
}

told() { gateway_ctl gw-a explain "$TUNNEL" -o json >"$LAB_DIR/explained" && jq -e '.history | length > 0' "$LAB_DIR/explained"; }

# says CODE FIELD: in the tunnel's diagnosis, with causes and something to do.
says() {
  local field=$2
  [[ $field == secrets* ]] || field="tunnels[$TUNNEL].$field"
  expect 'a diagnosis' wait_until 5 told
  # shellcheck disable=SC2016  # jq's variables, not the shell's
  expect "$1 $field, not $(jq -c '.history[-1] | {code, field, summary}' "$LAB_DIR/explained")" \
    jq -e --arg code "$1" --arg field "$field" \
    '.history[-1] | .code == $code and .field == $field' "$LAB_DIR/explained"
  expect 'causes and fixes' jq -e '.history[-1] | (.likely_causes | length > 0) and (.fixes | length > 0)' "$LAB_DIR/explained"
}

we_call() {
  TUNNEL=we-${1//_/-}
  disagree "$2"
  gateway_ctl gw-a up "$TUNNEL" --wait 5s >/dev/null 2>&1 || true
  # shellcheck disable=SC2086  # a code and a field
  says $3
}

they_call() {
  TUNNEL=they-${1//_/-}
  disagree "$2"
  swanctl gw-b --initiate --child to-us --timeout 3 >/dev/null 2>&1 || true
  # shellcheck disable=SC2086
  says $3
}

# The groups of ESP meet at the first rekey only (RFC 7296 1.2).
the_pfs_groups_when_we_rekey() {
  TUNNEL=pfs-we
  disagree THEIR_ESP=aes256gcm16-modp2048
  expect_exit 0 gateway_ctl gw-a up "$TUNNEL" --wait 10s
  expect_exit 0 gateway_ctl gw-a rekey "$TUNNEL" --child
  says ESP_PROPOSAL_MISMATCH esp.proposals
}

the_pfs_groups_when_they_rekey() {
  TUNNEL=pfs-they
  disagree THEIR_ESP=aes256gcm16-modp2048
  expect_exit 0 gateway_ctl gw-a up "$TUNNEL" --wait 10s
  swanctl gw-b --rekey --child to-us >/dev/null 2>&1 || true
  says ESP_PROPOSAL_MISMATCH esp.proposals
}

their_delete() {
  TUNNEL=deleted
  disagree ''
  expect_exit 0 gateway_ctl gw-a up "$TUNNEL" --wait 10s
  expect_exit 0 swanctl gw-b --terminate --ike to-us
  expect 'a diagnosis' wait_until 5 told
  expect 'PEER_DELETED' jq -e '.history[-1].code == "PEER_DELETED"' "$LAB_DIR/explained"
}

their_daemon_is_dead() {
  TUNNEL=dead
  disagree ''
  lab_kill_all gw-b KILL
  expect 'charon is dead' wait_until 5 lab_empty gw-b
  gateway_ctl gw-a up "$TUNNEL" --wait 40s >/dev/null 2>&1 || true
  says PORT_UNREACHABLE remote.endpoint
}

TESTS=()
for row in "${ROWS[@]}"; do
  IFS='|' read -r name edits we they <<<"${row// | /|}"
  if [[ $we != - ]]; then
    eval "we_call__$name() { we_call '$name' '$edits' '$we'; }"
    TESTS+=("we_call__$name")
  fi
  eval "they_call__$name() { they_call '$name' '$edits' '$they'; }"
  TESTS+=("they_call__$name")
done
run "${TESTS[@]}" the_pfs_groups_when_we_rekey the_pfs_groups_when_they_rekey their_delete their_daemon_is_dead
