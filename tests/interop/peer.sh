# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# culvert as gateway a, Debian's strongSwan as gateway b. Source it after tap.sh.

# ours IKE_PROPOSAL ESP_PROPOSAL [EXTRA…]: gateway a's configuration.
ours() {
  gateway_psk gw-a a b "$PSK" "$1" "$2" 'startup: ADD' "${@:3}"
}

# theirs IKE_PROPOSAL ESP_PROPOSAL [PSK [REMOTE_SUBNET]]: gateway b's.
theirs() {
  strongswan_psk gw-b 192.0.2.2 192.0.2.1 gw-b gw-a 10.2.0.0/24 "${4:-10.1.0.0/24}" "${3:-$PSK}" "$1" "$2"
}

# Both started with these proposals, or switched to them, with no SA left of before.
# peers IKE_PROPOSAL ESP_PROPOSAL
peers() {
  if [[ -e $(gateway_dir gw-a)/pid ]]; then
    both_down
    ours "$1" "$2"
    theirs "$1" "$2"
    strongswan_load gw-b
    expect_exit 0 apply gw-a
  else
    ours "$1" "$2"
    theirs "$1" "$2"
    strongswan_start gw-b
    gateway_start gw-a
  fi
}

# `down` takes an earlier `up` back, but would refuse the peer until the next; disabling and enabling forgets it.
both_down() {
  local file
  gateway_ctl gw-a down to-b >/dev/null 2>&1 || true
  file=$(gateway_dir gw-a)/culvert.yaml
  sed 's/enabled: true/enabled: false/' "$file" >"$LAB_DIR/disabled.yaml"
  expect_exit 0 gateway_ctl gw-a apply -f "$LAB_DIR/disabled.yaml"
  swanctl gw-b --terminate --ike to-us --timeout 5 >/dev/null 2>&1 || true
  expect 'culvert is down' wait_until 5 no_sas gw-a
  expect 'strongSwan is down' wait_until 5 their_sas_are 0
  expect_exit 0 apply gw-a
}

we_initiate() { expect_exit 0 gateway_ctl gw-a up to-b --wait 10s; }
they_initiate() { expect_exit 0 swanctl gw-b --initiate --child to-us --timeout 10; }

their_sas() { swanctl gw-b --list-sas; }
their_sas_are() { [[ $(their_sas | grep -c '^to-us: #.*ESTABLISHED') == "$1" ]]; }
their_children_are() { [[ $(their_sas | grep -c 'INSTALLED') == "$1" ]]; }

traffic_flows() {
  expect 'a to b' wait_until 3 can_ping host-a 10.2.0.2
  expect 'b to a' wait_until 3 can_ping host-b 10.1.0.2
}

child_spis_differ() { [[ $(child_spis gw-a) != "$1" ]]; }
ike_spis_differ() { [[ $(ike_spis gw-a) != "$1" ]]; }

# rekeyed LIST CHECK COMMAND…: under a packet a millisecond; one of each is left at both ends.
rekeyed() {
  local list=$1 check=$2 before
  shift 2
  before=$("$list" gw-a)
  stream_start host-a 10.2.0.2 1
  expect_exit 0 "$@"
  expect 'new keys' wait_until 10 "$check" "$before"
  stream_lost_nothing
  expect 'one of each here' wait_until 10 one_of_each gw-a
  expect 'one IKE SA there' wait_until 10 their_sas_are 1
  expect 'one CHILD_SA there' wait_until 10 their_children_are 1
}
