#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Twenty thousand first messages from forged addresses in ten seconds: cookies keep them out of memory, an honest peer
# gets in within two seconds, and the attack is said to begin and to end.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario flood
lab_two_sites
# What b answers to the forged addresses comes here; it must not wander between the gateways.
on gw-a ip route add blackhole 198.18.0.0/15

gateway_psk gw-a a b "$PSK" '' '' 'startup: ADD'
gateway_config gw-b <<END
tunnels:
  - name: road
    enabled: true
    profile: MODERN
    local: { address: 192.0.2.2, identifier: gw-b, subnets: [10.2.0.0/24] }
    remote: { endpoint: any, identifier: gw-a, subnets: [10.1.0.0/24] }
    authentication: { psk: {} }
secrets: [{ name: shared, psk: "$PSK", selectors: [gw-a] }]
END
gateway_start gw-a
gateway_start gw-b

flood_start() {
  ip netns exec "$LAB-gw-a" python3 "$TESTS_ROOT/flood.py" 192.0.2.2 "$1" "$2" >"$LAB_DIR/flooded" &
  FLOOD_PID=$!
}
half_open() { metric gw-b ipsec_ike_half_open_sas; }
cookies() { metric gw-b ipsec_ike_cookies_sent_total; }
says_attack() { [[ $(gateway_log gw-b | grep -c 'under attack') == "$1" ]]; }
resident_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$(gateway_process gw-b iked)/status"; }

an_honest_handshake_succeeds_under_the_flood() {
  local started took worst=0 before
  before=$(resident_kib)
  flood_start 20000 10
  expect 'cookies are demanded' wait_until 5 says_attack 1
  while kill -0 "$FLOOD_PID" 2>/dev/null; do
    started=$(now_ms)
    expect_exit 0 gateway_ctl gw-a up to-b --wait 10s
    took=$(($(now_ms) - started))
    if ((took > worst)); then worst=$took; fi
    expect_exit 0 gateway_ctl gw-a down to-b
    expect 'a is down' wait_until 5 no_sas gw-a
  done
  wait "$FLOOD_PID"
  echo "worst of the honest handshakes: $worst ms"
  expect "an honest handshake in less than two seconds, not $worst ms" [ "$worst" -lt 2000 ]
  expect 'cookies for nearly all' [ "$(cookies)" -ge 15000 ]
  expect "memory did not grow: $before KiB, now $(resident_kib) KiB" [ "$(resident_kib)" -lt $((before + 16384)) ]
}

few_are_half_open() { expect "half open: $(half_open)" [ "$(half_open)" -le 80 ]; }

# The half-open SAs run out after 30 s, and a quiet window of 10 s follows.
the_end_is_said_and_cookies_are_demanded_no_longer() {
  local before
  expect 'the end is said' wait_until 60 says_attack 2
  before=$(cookies)
  bring_up_again
  expect 'no cookie was needed' [ "$(cookies)" = "$before" ]
}

bring_up_again() {
  expect_exit 0 gateway_ctl gw-a up to-b --wait 10s
  expect 'ping' wait_until 2 can_ping host-a 10.2.0.2
}

run an_honest_handshake_succeeds_under_the_flood few_are_half_open the_end_is_said_and_cookies_are_demanded_no_longer
