#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What nobody may read: keys, in logs at their most talkative, in answers, in arguments, in files that others can open.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario secrecy
lab_two_sites
two_gateways

# A life with everything in it that could make a process talk: success, rekeys, a wrong key, a refused file.
live_a_little() {
  bring_up
  expect 'traffic' can_ping host-a 10.2.0.2
  expect_exit 0 gateway_ctl gw-a rekey to-b
  bring_down
  sed "s/psk: \".*\"/psk: \"$WRONG\"/" "$(gateway_dir gw-a)/culvert.yaml" >"$LAB_DIR/wrong.yaml"
  expect_exit 0 gateway_ctl gw-a apply -f "$LAB_DIR/wrong.yaml"
  expect_exit 1 gateway_ctl gw-a up to-b --wait 10s
  gateway_ctl gw-a explain to-b >"$LAB_DIR/explained"
  sed "s/psk: \".*\"/psk: \"0x$BROKEN\"/" "$(gateway_dir gw-a)/culvert.yaml" >"$LAB_DIR/broken.yaml"
  expect_exit 3 gateway_ctl gw-a apply -f "$LAB_DIR/broken.yaml"
  cp "$LAB_DIR/said" "$LAB_DIR/refused"
  expect_exit 3 gateway_ctl gw-a validate -f "$LAB_DIR/broken.yaml"
  cat "$LAB_DIR/said" >>"$LAB_DIR/refused"
}
WRONG=another-key-that-only-a-knows BROKEN=not-hexadecimal-at-all

# holds_no_key FILE…: in plain text, hexadecimal or base64.
holds_no_key() {
  local key spelling
  for key in "$PSK" "$WRONG" "$BROKEN"; do
    for spelling in "$key" "$(printf %s "$key" | od -An -v -tx1 | tr -d ' \n')" "$(printf %s "$key" | base64 -w0 | tr -d =)"; do
      expect_not "no key in $*" grep -qiF -- "$spelling" "$@"
    done
  done
}

no_log_tells_a_key() {
  expect 'logs at debug' grep -qz -- --log-level=debug "/proc/$(gateway_process gw-a iked)/cmdline"
  holds_no_key "$(gateway_dir gw-a)/culvertd.log" "$(gateway_dir gw-b)/culvertd.log"
  # A session key is at least 128 bits: no run of hexadecimal digits as long as that.
  expect_not 'no session key' grep -qE '[0-9a-fA-F]{32,}' "$(gateway_dir gw-a)/culvertd.log" "$(gateway_dir gw-b)/culvertd.log"
}

no_answer_tells_a_key() {
  {
    gateway_ctl gw-a export
    gateway_ctl gw-a export -o json
    gateway_ctl gw-a sa list -o json
    gateway_ctl gw-a status -o json
    on gw-a curl -s http://127.0.0.1:9560/metrics
  } >"$LAB_DIR/answers"
  holds_no_key "$LAB_DIR/answers" "$LAB_DIR/explained" "$LAB_DIR/refused"
}

no_argument_tells_a_key() {
  local pid
  for pid in $(lab_pids gw-a); do tr '\0' '\n' <"/proc/$pid/cmdline"; done >"$LAB_DIR/arguments"
  for pid in $(lab_pids gw-a); do tr '\0' '\n' <"/proc/$pid/environ"; done >>"$LAB_DIR/arguments"
  holds_no_key "$LAB_DIR/arguments"
}

only_configd_can_open_the_store() {
  local state file
  state=$(gateway_dir gw-a)/state
  expect '0700' [ "$(stat -c %a "$state/config")" = 700 ]
  while read -r file; do holds_no_key "$file"; done < <(find "$state" -path "$state/config" -prune -o -type f -print)
}

run live_a_little no_log_tells_a_key no_answer_tells_a_key no_argument_tells_a_key only_configd_can_open_the_store
