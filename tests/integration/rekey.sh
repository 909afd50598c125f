#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# New keys under traffic: no packet is lost, and one IKE SA and one CHILD_SA are left.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario rekey
lab_two_sites
two_gateways
bring_up >/dev/null || lab_die 'the tunnel does not come up'

child_is_new() { [[ $(child_spis gw-a) != "$1" ]] && one_of_each gw-a && one_of_each gw-b; }
ike_is_new() { [[ $(ike_spis gw-a) != "$1" ]] && one_of_each gw-a && one_of_each gw-b; }

# rekeys_without_loss GATEWAY TUNNEL PART CHECK BEFORE: three times under a stream of a packet a millisecond.
rekeys_without_loss() {
  local gateway=$1 tunnel=$2 part=$3 list=$4 check=$5 round before
  stream_start host-a 10.2.0.2 3
  for round in 1 2 3; do
    before=$("$list" gw-a)
    expect_exit 0 gateway_ctl "$gateway" rekey "$tunnel" "$part"
    # A retired SA receives through its grace of 5 s, and is then gone.
    expect "rekeyed, round $round" wait_until 10 differs "$list" "$before"
  done
  stream_lost_nothing
  expect 'one of each is left' wait_until 10 "$check" "$before"
}

differs() { [[ $("$1" gw-a) != "$2" ]]; }

child_rekey_by_its_initiator() { rekeys_without_loss gw-a to-b --child child_spis child_is_new; }
child_rekey_by_its_responder() { rekeys_without_loss gw-b to-a --child child_spis child_is_new; }
ike_rekey_by_its_initiator() { rekeys_without_loss gw-a to-b --ike ike_spis ike_is_new; }
ike_rekey_by_its_responder() { rekeys_without_loss gw-b to-a --ike ike_spis ike_is_new; }

# RFC 7296 2.8.1: of two rekeys at once one survives.
both_ends_at_once() {
  local before
  before=$(child_spis gw-a)
  stream_start host-a 10.2.0.2 3
  gateway_ctl gw-a rekey to-b --child &
  gateway_ctl gw-b rekey to-a --child
  wait $!
  expect 'one of each is left' wait_until 10 child_is_new "$before"
  stream_lost_nothing
}

counters_do_not_go_back() {
  local series before after
  series='ipsec_child_packets_total{tunnel="to-b",child="to-b",direction="in"}'
  before=$(metric gw-a "$series")
  expect_exit 0 gateway_ctl gw-a rekey to-b --child
  can_ping host-a 10.2.0.2
  after=$(metric gw-a "$series")
  expect 'more than before' [ "${after%.*}" -gt "${before%.*}" ]
}

run child_rekey_by_its_initiator child_rekey_by_its_responder ike_rekey_by_its_initiator ike_rekey_by_its_responder \
  both_ends_at_once counters_do_not_go_back
