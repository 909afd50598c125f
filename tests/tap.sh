# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What every scenario stands on: the labs, and TAP. A scenario is a script of functions and one `run` list:
#   . "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
#   scenario rekey
#   lab_two_sites …
#   a_child_rekey_loses_nothing() { …; stream_lost_nothing; }
#   run a_child_rekey_loses_nothing …
# Each function is a test: it fails at its first command that fails, and what it printed is shown as its diagnosis.

TESTS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/lab/lib.sh
. "$TESTS_ROOT/../deploy/lab/lib.sh"
# shellcheck source=deploy/lab/gateway.sh
. "$TESTS_ROOT/../deploy/lab/gateway.sh"
# shellcheck source=deploy/lab/strongswan.sh
. "$TESTS_ROOT/../deploy/lab/strongswan.sh"

# 1 with ./dev test --all: the long runs too.
export TESTS_ALL=${CULVERT_TESTS_ALL:-}
PSK='a key that both sides know'

# scenario NAME
scenario() {
  SCENARIO=$1
  lab_start "$1"
}

# run TEST…: TAP on stdout, then "N passed, N failed", which is also the exit status.
run() {
  local name started status passed=0 failed=0 number=0
  echo "1..$#"
  for name in "$@"; do
    number=$((number + 1))
    started=$(now_ms)
    # Not in a condition: bash would ignore `set -e` below it.
    (
      set -e
      "$name"
    ) >"$LAB_DIR/output" 2>&1
    status=$?
    if [[ $status == 0 ]]; then
      passed=$((passed + 1))
      echo "ok $number $SCENARIO/$name # $(($(now_ms) - started)) ms"
    else
      failed=$((failed + 1))
      echo "not ok $number $SCENARIO/$name # $(($(now_ms) - started)) ms"
      sed 's/^/#   /' "$LAB_DIR/output"
      lab_logs | sed 's/^/#   /'
    fi
  done
  echo "$passed passed, $failed failed"
  exit $((failed > 0))
}

# The last words of each daemon, for a diagnosis.
lab_logs() {
  local file
  for file in "$LAB_DIR"/culvert-*/culvertd.log "$LAB_DIR"/charon-*/charon.log; do
    [[ -e $file ]] || continue
    echo "--- ${file#"$LAB_DIR"/}"
    tail -n 25 "$file"
  done
}

# expect WHAT COMMAND…: says WHAT where the command fails.
expect() {
  local what=$1
  shift
  "$@" && return 0
  echo "expected: $what; failed: $*"
  return 1
}

# expect_not WHAT COMMAND…: says WHAT where the command succeeds.
expect_not() {
  local what=$1
  shift
  "$@" || return 0
  echo "expected: $what; succeeded: $*"
  return 1
}

# expect_exit CODE COMMAND…: the command ends with exactly that status; its output is kept in $LAB_DIR/said.
expect_exit() {
  local want=$1 got=0
  shift
  "$@" >"$LAB_DIR/said" 2>&1 || got=$?
  [[ $got == "$want" ]] && return 0
  echo "expected exit $want, got $got: $*"
  cat "$LAB_DIR/said"
  return 1
}

# expect_says TEXT…: each TEXT is in what the last expect_exit command said.
expect_says() {
  local text
  for text in "$@"; do
    grep -qF -- "$text" "$LAB_DIR/said" && continue
    echo "expected to read: $text"
    cat "$LAB_DIR/said"
    return 1
  done
}

# wan_was_clean FILE: the capture holds packets of the tunnel and nothing in clear.
wan_was_clean() {
  expect 'packets of the tunnel' [ "$(capture_count "$1" "$LAB_TUNNEL_FILTER")" -gt 0 ]
  nothing_in_clear "$1"
}

nothing_in_clear() {
  expect 'nothing in clear' [ "$(capture_count "$1" "$LAB_CLEAR_FILTER")" = 0 ] && return 0
  tcpdump -n -r "$1" "$LAB_CLEAR_FILTER" 2>/dev/null | head -n 10
  return 1
}

# ikev1_messages FILE EXCHANGE: how many messages of this exchange of IKEv1 a capture holds, on ports 500 and 4500; one
# that was sent again has the length of the first, and counts once. The exchange type is octet 18 of the header
# (RFC 2408 3.1): 2 Main, 4 Aggressive, 5 Informational, 6 Transaction, 32 Quick.
ikev1_messages() {
  tcpdump -n -q -t -r "$1" "(udp port 500 and udp[26] == $2) or (udp port 4500 and udp[8:4] == 0 and udp[30] == $2)" \
    2>/dev/null | sort -u | wc -l
}

# ---- both gateways culvert --------------------------------------------------------------------------------------------

# Gateways a and b with the usual configuration, which only answers: tests say `up` themselves.
two_gateways() {
  gateway_psk gw-a a b "$PSK" '' '' 'startup: ADD' "$@"
  gateway_psk gw-b b a "$PSK" '' '' 'startup: ADD' "$@"
  gateway_start gw-a
  gateway_start gw-b
}

# The same behind lab_two_sites nat: the router hides a, so b takes it from any address.
two_gateways_behind_nat() {
  gateway_config gw-a <<END
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    startup: ADD
    local: { identifier: gw-a, subnets: [10.1.0.0/24] }
    remote: { endpoint: 192.0.2.2, identifier: gw-b, subnets: [10.2.0.0/24] }
    authentication: { psk: {} }
secrets: [{ name: shared, psk: "$PSK" }]
END
  gateway_config gw-b <<END
tunnels:
  - name: to-a
    enabled: true
    profile: MODERN
    local: { address: 192.0.2.2, identifier: gw-b, subnets: [10.2.0.0/24] }
    remote: { endpoint: any, identifier: gw-a, subnets: [10.1.0.0/24] }
    authentication: { psk: {} }
secrets: [{ name: shared, psk: "$PSK", selectors: [gw-a] }]
END
  gateway_start gw-a
  gateway_start gw-b
}

tunnel_is() { [[ $(gateway_state "$1") == "$2" ]]; }

bring_up() {
  expect_exit 0 gateway_ctl gw-a up to-b --wait 10s
  expect 'b is up too' wait_until 5 tunnel_is gw-b UP
}

bring_down() {
  gateway_ctl gw-a down to-b >/dev/null 2>&1 || true
  expect 'a is down' wait_until 5 no_sas gw-a
  expect 'b is down' wait_until 5 no_sas gw-b
}

# sas GATEWAY FILTER: jq over its IKE SAs, without those that only wait to repeat their last answer.
sas() { gateway_ctl "$1" sa list -o json | jq -r ".ike_sas |= map(select(.state != \"DESTROYING\")) | $2"; }
no_sas() { [[ $(sas "$1" '.ike_sas | length') == 0 ]]; }
one_of_each() { [[ $(sas "$1" '"\(.ike_sas | length) \([.ike_sas[].child_sas[]] | length)"') == '1 1' ]]; }
child_spis() { sas "$1" '[.ike_sas[].child_sas[] | .spi_in, .spi_out] | sort | join(" ")'; }
has_extension() { [[ $(sas "$1" "[.ike_sas[].extensions[] | select(. == \"$2\")] | length") == 1 ]]; }
ike_spis() { sas "$1" '[.ike_sas[] | .initiator_spi, .responder_spi] | join(" ")'; }

# metric GATEWAY SERIES: its value, as Prometheus would scrape it.
metric() { on "$1" curl -s --max-time 5 http://127.0.0.1:9560/metrics | awk -v series="$2" '$1 == series { print $2 }'; }

# apply GATEWAY: what gateway_config wrote last becomes the running configuration.
apply() { gateway_ctl "$1" apply -f "$(gateway_dir "$1")/culvert.yaml"; }

# ---- traffic under which something happens ------------------------------------------------------------------------------

# stream_start NAMESPACE ADDRESS SECONDS: an echo request each millisecond; what is to be survived happens; then
# stream_lost_nothing.
stream_start() {
  ip netns exec "$LAB-$1" ping -q -i 0.001 -c $(($3 * 1000)) -W 1 "$2" >"$LAB_DIR/stream.log" 2>&1 &
  STREAM_PID=$!
}

stream_lost_nothing() {
  expect 'the stream outlived what happened under it' kill -0 "$STREAM_PID"
  wait "$STREAM_PID" || true
  expect "no packet lost: $(grep transmitted "$LAB_DIR/stream.log")" grep -q ' 0% packet loss' "$LAB_DIR/stream.log"
}

# copy FROM TO ADDRESS MEGABYTES: over TCP; both ends' SHA-256 must be the same.
copy() {
  local from=$1 to=$2 address=$3 megabytes=$4 server
  head -c "${megabytes}M" /dev/urandom >"$LAB_DIR/sent"
  ip netns exec "$LAB-$to" python3 "$TESTS_ROOT/receive.py" 5555 >"$LAB_DIR/received.sha256" &
  server=$!
  wait_until 5 sh -c "ip netns exec $LAB-$to ss -ltn | grep -q :5555" || return 1
  ip netns exec "$LAB-$from" python3 "$TESTS_ROOT/send.py" "$address" 5555 <"$LAB_DIR/sent" || return 1
  wait "$server" || return 1
  [[ $(sha256sum <"$LAB_DIR/sent" | cut -d' ' -f1) == $(cat "$LAB_DIR/received.sha256") ]]
}
