#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Changing the configuration of a gateway that carries traffic.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario configuration
lab_two_sites
two_gateways
bring_up >/dev/null || lab_die 'the tunnel does not come up'

FILE=$(gateway_dir gw-a)/culvert.yaml
revision() { gateway_ctl gw-a revision list -o json | jq -r '[.revisions[] | select(.running)][0].revision'; }
same_sas() { [[ $(child_spis gw-a) == "$1" ]]; }

a_broken_file_changes_nothing() {
  local spis before
  spis=$(child_spis gw-a)
  before=$(revision)
  sed 's/subnets: \[10.1.0.0/subnets: [10.1.0.300/' "$FILE" >"$LAB_DIR/broken.yaml"
  expect_exit 3 gateway_ctl gw-a apply -f "$LAB_DIR/broken.yaml"
  expect_says broken.yaml:5: 'tunnels[to-b].local.subnets' BAD_SUBNET
  echo 'tunnels: [' >"$LAB_DIR/broken.yaml"
  expect_exit 3 gateway_ctl gw-a apply -f "$LAB_DIR/broken.yaml"
  expect_exit 3 gateway_ctl gw-a validate -f "$LAB_DIR/broken.yaml"
  expect 'the same revision' [ "$(revision)" = "$before" ]
  expect 'the same SAs' same_sas "$spis"
  expect 'and traffic' can_ping host-a 10.2.0.2
}

# A second tunnel to a peer that is not there.
with_another_tunnel() {
  sed '/^secrets:/,$d' "$FILE"
  cat <<END
  - name: other
    enabled: true
    profile: MODERN
    startup: ADD
    local: { address: 192.0.2.1, identifier: gw-a, subnets: [10.1.0.0/24] }
    remote: { endpoint: 192.0.2.77, identifier: gw-z, subnets: [10.77.0.0/24] }
    authentication: { psk: {} }
secrets: [{ name: shared, psk: "$PSK" }]
END
}

another_tunnel_leaves_this_one_alone() {
  local spis
  spis=$(child_spis gw-a)
  with_another_tunnel >"$LAB_DIR/two.yaml"
  stream_start host-a 10.2.0.2 3
  expect_exit 0 gateway_ctl gw-a apply -f "$LAB_DIR/two.yaml" --dry-run
  expect_says 'Nothing was changed' '+ other: added'
  expect_exit 0 gateway_ctl gw-a apply -f "$LAB_DIR/two.yaml"
  expect 'there are two' wait_until 2 there_are 2
  expect_exit 0 gateway_ctl gw-a rollback
  expect 'there is one' wait_until 2 there_are 1
  expect 'the same SAs' same_sas "$spis"
  stream_lost_nothing
}
there_are() { [[ $(gateway_ctl gw-a tunnel list -o json | jq '.tunnels | length') == "$1" ]]; }

what_is_not_confirmed_is_taken_back() {
  local before
  before=$(revision)
  expect_exit 0 gateway_ctl gw-a apply -f "$LAB_DIR/two.yaml" --confirm-within 2s
  expect_says 'culvertctl confirm'
  expect_exit 6 gateway_ctl gw-a apply -f "$FILE"
  expect 'two for a while' wait_until 1 there_are 2
  expect 'one again' wait_until 5 there_are 1
  expect_exit 0 gateway_ctl gw-a apply -f "$LAB_DIR/two.yaml" --confirm-within 1m
  expect_exit 0 gateway_ctl gw-a confirm
  expect 'two' wait_until 2 there_are 2
  expect_exit 0 gateway_ctl gw-a apply -f "$FILE"
}

an_export_can_be_applied() {
  gateway_ctl gw-a export >"$LAB_DIR/export.yaml"
  expect_not 'no secret in it' grep -q "$PSK" "$LAB_DIR/export.yaml"
  local spis
  spis=$(child_spis gw-a)
  expect_exit 0 gateway_ctl gw-a apply -f "$LAB_DIR/export.yaml"
  expect 'the same SAs' same_sas "$spis"
}

routes() { on gw-a ip route show table 220; }

disabling_says_goodbye_and_leaves_nothing() {
  expect 'a route before' [ -n "$(routes)" ]
  capture_start gw-b wan "$LAB_DIR/wan.pcap"
  sed 's/enabled: true/enabled: false/' "$FILE" >"$LAB_DIR/disabled.yaml"
  expect_exit 0 gateway_ctl gw-a apply -f "$LAB_DIR/disabled.yaml"
  expect 'the peer saw the Delete' wait_until 5 no_sas gw-b
  capture_stop
  expect 'nothing is left here' wait_until 5 no_sas gw-a
  expect 'no route' wait_until 5 [ -z "$(routes)" ]
  expect 'disabled' tunnel_is gw-a DISABLED
  expect 'the metric says so' [ "$(metric gw-a 'ipsec_tunnel_enabled{tunnel="to-b"}')" = 0 ]
  expect_exit 0 gateway_ctl gw-a apply -f "$FILE"
  bring_up
  expect 'ping' wait_until 2 can_ping host-a 10.2.0.2
}

run a_broken_file_changes_nothing another_tunnel_leaves_this_one_alone what_is_not_confirmed_is_taken_back \
  an_export_can_be_applied disabling_says_goodbye_and_leaves_nothing
