#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Stopping and starting a gateway as an operator does.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario shutdown
lab_two_sites

a_clean_stop_says_goodbye_and_leaves_nothing() {
  two_gateways
  bring_up
  local status=0
  gateway_stop gw-a || status=$?
  expect 'exit 0' [ "$status" = 0 ]
  expect 'no process is left' wait_until 2 lab_empty gw-a
  expect 'the peer saw the Delete' wait_until 5 no_sas gw-b
  expect 'no device' [ ! -e "/sys/class/net/culvert0" ]
  expect_not 'no device in its namespace' on gw-a ip link show culvert0
  expect 'no route' [ -z "$(on gw-a ip route show table 220 2>/dev/null)" ]
}

it_starts_again_with_what_it_had() {
  gateway_start gw-a
  bring_up
  expect 'ping' wait_until 2 can_ping host-a 10.2.0.2
  expect 'no new revision for the same file' \
    [ "$(gateway_ctl gw-a revision list -o json | jq '.revisions | length')" = 1 ]
}

# startup: START, the default of MODERN: nobody says `up`.
a_tunnel_that_is_to_start_starts_by_itself() {
  gateway_psk gw-a a b "$PSK"
  expect_exit 0 apply gw-a
  expect 'up' wait_until 10 tunnel_is gw-a UP
  kill -TERM "$(gateway_pid gw-b)"
  expect 'b has ended' wait_until 10 lab_empty gw-b
  expect_not 'not up without its peer' tunnel_is gw-a UP
  gateway_start gw-b
  expect 'up again, by itself' wait_until 20 tunnel_is gw-a UP
  expect 'one of each' one_of_each gw-a
}

a_port_in_use_is_said() {
  kill -TERM "$(gateway_pid gw-b)"
  expect 'b has ended' wait_until 10 lab_empty gw-b
  on gw-b python3 -c 'import socket, time
held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
held.bind(("0.0.0.0", 500))
time.sleep(5)' &
  expect 'port 500 is held' wait_until 5 sh -c "ip netns exec $LAB-gw-b ss -lun | grep -q :500"
  expect_exit 1 on gw-b "$LAB_BIN/culvertd" --state-dir "$(gateway_dir gw-b)/state"
  expect_says 500 python3
}

run a_clean_stop_says_goodbye_and_leaves_nothing it_starts_again_with_what_it_had \
  a_tunnel_that_is_to_start_starts_by_itself a_port_in_use_is_said
