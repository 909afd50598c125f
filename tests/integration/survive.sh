#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 of each process that no packet passes through: packets go on, the process comes back, the SAs are the same.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario survive
lab_two_sites
two_gateways
bring_up >/dev/null || lab_die 'the tunnel does not come up'

is_new() {
  local pid
  pid=$(gateway_process gw-a "$1") && [[ $pid != "$2" ]]
}

survives() {
  local process=$1 pid spis
  spis=$(child_spis gw-a)
  pid=$(gateway_process gw-a "$process")
  stream_start host-a 10.2.0.2 2
  kill -KILL "$pid"
  expect "$process is back" wait_until 5 is_new "$process" "$pid"
  stream_lost_nothing
  expect 'the same SAs' wait_until 5 same_sas "$spis"
  expect 'it can be rekeyed' expect_exit 0 gateway_ctl gw-a rekey to-b --child
  expect 'with new keys' wait_until 5 other_sas "$spis"
  expect 'and traffic' can_ping host-a 10.2.0.2
}

same_sas() { [[ $(child_spis gw-a) == "$1" ]]; }
other_sas() { [[ $(child_spis gw-a) != "$1" ]] && one_of_each gw-a; }

sad_dies() { survives sad; }
metricsd_dies() { survives metricsd; }
configd_dies() { survives configd; }
fetchd_dies() { survives fetchd; }
apid_dies() { survives apid; }

the_restarts_were_counted() {
  expect 'one restart of sad' wait_until 5 sad_restarted_once
}
sad_restarted_once() { [[ $(metric gw-a 'ipsec_process_restarts_total{process="sad"}') == 1 ]]; }

run sad_dies metricsd_dies configd_dies fetchd_dies apid_dies the_restarts_were_counted
