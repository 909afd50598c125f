#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# IKEv1 from behind a masquerading router (RFC 3947) to strongSwan, in both modes, with rekeys.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
# shellcheck source=tests/interop/peer_ikev1.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer_ikev1.sh"
scenario ikev1_nat
lab_two_sites nat
export OUR_ADDRESS='' THEIR_REMOTE_ADDRESS=%any

through_the_router() { # MODE CONNECTION
  our_v1 "mode: $1, proposals: [$V1_IKE]"
  their_v1 "proposals = $V1_IKE
    $2"
  both_v1
  capture_start gw-b wan "$LAB_DIR/wan.pcap"
  we_initiate
  traffic_flows
  capture_stop
  expect 'ESP in UDP 4500' [ "$(capture_count "$LAB_DIR/wan.pcap" 'udp port 4500 and not udp[8:4] == 0')" -gt 0 ]
  expect 'no protocol 50' [ "$(capture_count "$LAB_DIR/wan.pcap" 'ip proto 50')" = 0 ]
}
main_mode_floats() { through_the_router MAIN ''; }
aggressive_mode_floats() { through_the_router AGGRESSIVE 'aggressive = yes'; }
# A Quick Mode of theirs within 3 s of one of ours is taken for one that crossed it, and Quick Mode does not say what it
# replaces.
no_crossing() { [[ $(sas gw-a '[.ike_sas[].child_sas[] | .install_time | tonumber] | min') -gt 3 ]]; }
they_rekey_the_child_through_it() {
  expect 'our own Quick Mode is past' wait_until 6 no_crossing
  rekeyed child_spis child_spis_differ swanctl gw-b --rekey --child to-us
}
we_rekey_the_ike_sa_through_it() { rekeyed ike_spis ike_spis_differ gateway_ctl gw-a rekey to-b --ike; }

run main_mode_floats they_rekey_the_child_through_it we_rekey_the_ike_sa_through_it aggressive_mode_floats
