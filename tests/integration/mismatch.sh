#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The two ends disagree: `up` fails with the diagnosis, and `explain` names the field to look at, on both sides.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario mismatch
lab_two_sites
two_gateways

# Site b as it is in the other tests, but for one thing.
# disagree PSK IDENTIFIER IKE_PROPOSAL ESP_PROPOSAL LOCAL_SUBNET
disagree() {
  gateway_config gw-b <<END
tunnels:
  - name: to-a
    enabled: true
    profile: MODERN
    startup: ADD
    local: { address: 192.0.2.2, identifier: $2, subnets: [$5] }
    remote: { endpoint: 192.0.2.1, identifier: gw-a, subnets: [10.1.0.0/24] }
    authentication: { psk: {} }
    ike: { proposals: [$3] }
    esp: { proposals: [$4] }
secrets: [{ name: shared, psk: "$1" }]
END
  expect_exit 0 apply gw-b
}
IKE=aes256gcm16-prfsha384-x25519
ESP=aes256gcm16-x25519

# says SIDE TUNNEL FIELD CODE…: the last diagnosis names the field and is one of the codes.
says() {
  local gateway=$1 tunnel=$2 field=$3
  shift 3
  gateway_ctl "$gateway" explain "$tunnel" -o json >"$LAB_DIR/explained"
  local code
  code=$(jq -r '.history[0].code' "$LAB_DIR/explained")
  expect "$gateway: one of $*, not $code" grep -qw -- "$code" <<<"$*"
  # shellcheck disable=SC2016  # jq's variable, not the shell's
  expect "$gateway names $field: $(jq -c '.history[0] | {field, fixes}' "$LAB_DIR/explained")" \
    jq -e --arg field "$field" '.history[0].field | contains($field)' "$LAB_DIR/explained"
  expect "$gateway says what to do" jq -e '.history[0].fixes | length > 0' "$LAB_DIR/explained"
}

fails() { expect_exit 1 gateway_ctl gw-a up to-b --wait 5s; }

different_keys() {
  disagree 'another key altogether' gw-b "$IKE" "$ESP" 10.2.0.0/24
  fails
  says gw-a to-b secrets PEER_REFUSED_AUTHENTICATION
  says gw-b to-a secrets PSK_MISMATCH
}

different_identity() {
  disagree "$PSK" gw-x "$IKE" "$ESP" 10.2.0.0/24
  fails
  # AUTHENTICATION_FAILED is all that the peer may say (RFC 7296 2.21.2): a can only tell where to look.
  says gw-a to-b secrets PEER_REFUSED_AUTHENTICATION
  expect_exit 0 gateway_ctl gw-a explain to-b
  expect_says remote.identifier
  says gw-b to-a local.identifier PEER_ID_MISMATCH
}

different_ike_proposals() {
  disagree "$PSK" gw-b aes128-sha256-modp2048 "$ESP" 10.2.0.0/24
  fails
  says gw-a to-b ike.proposals IKE_PROPOSAL_MISMATCH
  says gw-b to-a ike.proposals IKE_PROPOSAL_MISMATCH
}

different_esp_proposals() {
  disagree "$PSK" gw-b "$IKE" aes128-sha256-x25519 10.2.0.0/24
  fails
  says gw-a to-b esp.proposals ESP_PROPOSAL_MISMATCH
  says gw-b to-a esp.proposals ESP_PROPOSAL_MISMATCH
}

different_subnets() {
  disagree "$PSK" gw-b "$IKE" "$ESP" 10.9.0.0/24
  fails
  says gw-a to-b subnets TRAFFIC_SELECTORS_UNACCEPTABLE
  says gw-b to-a subnets TRAFFIC_SELECTORS_UNACCEPTABLE
}

nobody_there() {
  kill -TERM "$(gateway_pid gw-b)"
  expect 'b has ended' wait_until 10 lab_empty gw-b
  expect_exit 8 gateway_ctl gw-a up to-b --wait 2s
}

no_such_tunnel() {
  expect_exit 5 gateway_ctl gw-a up to-nowhere
  expect_exit 5 gateway_ctl gw-a explain to-nowhere
}

agreement_again() {
  disagree "$PSK" gw-b "$IKE" "$ESP" 10.2.0.0/24
  bring_up
  expect 'ping' wait_until 2 can_ping host-a 10.2.0.2
}

run different_keys different_identity different_ike_proposals different_esp_proposals different_subnets no_such_tunnel \
  agreement_again nobody_there
