#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where the peer is: several endpoints in order and the way back, and names that come, go and move.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenario endpoints
lab_two_sites
ZONE=$LAB_DIR/zone
: >"$ZONE"
ip netns exec "$LAB-host-a" python3 "$TESTS_ROOT/dns_server.py" 10.1.0.2 "$ZONE" >"$LAB_DIR/dns.log" 2>&1 &

# tunnel_to REMOTE_LINE…: gateway a's configuration.
tunnel_to() {
  gateway_config gw-a <<END
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    local: { identifier: gw-a, subnets: [10.1.0.0/24] }
    remote: { $1, identifier: gw-b, subnets: [10.2.0.0/24] }
    authentication: { psk: {} }
    ike: { retry_cap: 2s }
    dpd: { delay: 1s, timeout: 2s }
gateway: { resolvers: [10.1.0.2] }
secrets: [{ name: shared, psk: "$PSK" }]
END
}
gateway_config gw-b <<END
tunnels:
  - name: to-a
    enabled: true
    profile: MODERN
    local: { identifier: gw-b, subnets: [10.2.0.0/24] }
    remote: { endpoint: any, identifier: gw-a, subnets: [10.1.0.0/24] }
    authentication: { psk: {} }
    dpd: { delay: 1s, timeout: 2s }
secrets: [{ name: shared, psk: "$PSK" }]
END
gateway_start gw-b

peer_is() { [[ $(sas gw-a '[.ike_sas[] | select(.state == "ESTABLISHED") | .remote_host] | join(" ")') == "$1" ]]; }
diagnosis_is() { gateway_ctl gw-a explain to-b -o json | jq -e ".history[0].code == \"$1\""; }

the_second_of_two_carries_while_the_first_is_dead() {
  tunnel_to 'endpoints: [192.0.2.9, 192.0.2.2], failback: 3s'
  gateway_start gw-a
  expect 'up by the second' wait_until 40 peer_is 192.0.2.2
  expect 'ping' wait_until 3 can_ping host-a 10.2.0.2
}

it_goes_back_to_the_first_once_that_answers() {
  lab_address gw-b wan 192.0.2.9/24
  expect 'by the first' wait_until 60 peer_is 192.0.2.9
  expect 'one of each' wait_until 5 one_of_each gw-a
  expect 'ping' wait_until 3 can_ping host-a 10.2.0.2
}

a_name_that_is_not_there_yet_is_asked_for_again() {
  tunnel_to 'endpoint: gw-b.example'
  expect_exit 0 apply gw-a
  expect 'NAME_NOT_RESOLVED' wait_until 10 diagnosis_is NAME_NOT_RESOLVED
  expect 'it says so' wait_until 5 tunnel_is gw-a BACKOFF
  echo 'gw-b.example 192.0.2.2' >"$ZONE"
  expect 'up once it appears' wait_until 10 peer_is 192.0.2.2
  expect 'ping' wait_until 3 can_ping host-a 10.2.0.2
}

a_name_that_moves_is_followed_once_the_peer_is_dead() {
  echo 'gw-b.example 192.0.2.9' >"$ZONE"
  on gw-b ip address del 192.0.2.2/24 dev wan
  lab_address gw-b wan 192.0.2.9/24 2>/dev/null || true
  on gw-b ip route replace default via 192.0.2.1
  expect 'up at the new address' wait_until 30 peer_is 192.0.2.9
  expect 'ping' wait_until 5 can_ping host-a 10.2.0.2
}

run the_second_of_two_carries_while_the_first_is_dead it_goes_back_to_the_first_once_that_answers \
  a_name_that_is_not_there_yet_is_asked_for_again a_name_that_moves_is_followed_once_the_peer_is_dead
