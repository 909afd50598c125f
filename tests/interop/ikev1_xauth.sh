#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What stands between the phases of IKEv1, with strongSwan in both roles: XAUTH, and addresses by Mode Config.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
# shellcheck source=tests/interop/peer_ikev1.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer_ikev1.sh"
scenario ikev1_xauth
lab_two_sites
LAB_CHARON_PLUGINS+=' xauth-generic'

# ---- XAUTH --------------------------------------------------------------------------------------------------------------

ASK_US='remote-1 { auth = psk
      id = gw-a }
    remote-2 { auth = xauth }'
ANSWER_US='local-1 { auth = psk
      id = gw-b }
    local-2 { auth = xauth
      xauth_id = alice }'

# we_are_the_client PASSWORD [MODE CONNECTION]
we_are_the_client() {
  our_v1 "${2:+mode: $2, allow_weak_aggressive_psk: true, }proposals: [$V1_IKE]" \
    "xauth: { enabled: true, username: alice, password: $1 }"
  their_v1 "proposals = $V1_IKE
    ${3:-}" '' "$ASK_US"
  both_v1
}
# we_are_the_server PASSWORD
we_are_the_server() {
  our_v1 "proposals: [$V1_IKE]" "xauth: { enabled: true, users: [{ name: alice, password: $1 }] }"
  their_v1 "proposals = $V1_IKE" "$ANSWER_US"
  both_v1
}
we_answer_xauth() {
  we_are_the_client s3cret
  we_initiate
  traffic_flows
  expect 'status tells it' [ "$(sas gw-a '.ike_sas[0].local_auth')" = psk+xauth ]
}
we_answer_xauth_after_aggressive_mode() {
  we_are_the_client s3cret AGGRESSIVE 'aggressive = yes'
  we_initiate
  traffic_flows
}
we_answer_xauth_with_a_wrong_password() {
  we_are_the_client wrong
  expect_exit 1 gateway_ctl gw-a up to-b --wait 15s
  expect_says XAUTH_FAILED xauth.password
}
we_ask_by_xauth() {
  we_are_the_server s3cret
  they_initiate
  traffic_flows
  expect 'status tells it' [ "$(sas gw-a '.ike_sas[0].remote_auth')" = psk+xauth ]
}
we_ask_by_xauth_and_get_a_wrong_password() {
  we_are_the_server another
  expect_not 'they are up' swanctl gw-b --initiate --child to-us --timeout 5
  gateway_ctl gw-a explain to-b -o json | jq -e '.history[0] | .code == "XAUTH_FAILED" and (.field | contains("xauth.users"))'
  expect 'the ISAKMP SA is gone' wait_until 5 no_sas gw-a
}
they_want_xauth_and_we_have_none() {
  our_v1 "proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE" "$ANSWER_US"
  both_v1
  expect_not 'they are up' swanctl gw-b --initiate --child to-us --timeout 5
  gateway_ctl gw-a explain to-b -o json | jq -e '.history[0] | .code == "AUTH_METHOD_MISMATCH"'
}

# ---- Mode Config --------------------------------------------------------------------------------------------------------

they_give_us_an_address() {
  OUR_LOCAL='virtual_ips: [0.0.0.0]' our_v1 "proposals: [$V1_IKE]"
  THEIR_POOLS='pools { road { addrs = 10.3.0.0/24 } }' \
    their_v1 "proposals = $V1_IKE
    pools = road" '' '' "$(their_v1_child to-us 10.2.0.0/24 dynamic)"
  both_v1
  we_initiate
  expect 'status tells it' [ "$(sas gw-a '.ike_sas[0].local_vips | join(" ")')" = 10.3.0.1 ]
  expect 'it is on the box' on gw-a ping -q -c 1 -W 3 -I 10.3.0.1 10.2.0.2
}
their_sas_show() { their_sas | grep -qF "$1"; }
we_give_them_an_address() {
  OUR_REMOTE='virtual_ip_pools: [road]' OUR_REST='pools: [{ name: road, ranges: [10.4.0.0/24], dns: [10.1.0.53] }]' \
    our_v1 "proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE
    vips = 0.0.0.0" '' '' "$(their_v1_child to-us dynamic 10.1.0.0/24)"
  both_v1
  they_initiate
  expect 'status tells it' [ "$(sas gw-a '.ike_sas[0].remote_vips | join(" ")')" = 10.4.0.1 ]
  expect 'they have it' their_sas_show 10.4.0.1
}

run we_answer_xauth we_answer_xauth_after_aggressive_mode we_answer_xauth_with_a_wrong_password we_ask_by_xauth \
  we_ask_by_xauth_and_get_a_wrong_password they_want_xauth_and_we_have_none they_give_us_an_address \
  we_give_them_an_address
