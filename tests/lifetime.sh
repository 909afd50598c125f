# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Lifetimes scaled down: gateway a rekeys CHILD_SA and IKE SA every three seconds or so while a packet a millisecond and
# a TCP stream pass. Source it after tap.sh.

# 100 rekeys with ./dev test --all; a few otherwise.
REKEYS=$((TESTS_ALL ? 100 : 3))
# For the tunnel of gateway_psk. A rekey begins not before a tenth of the lifetime, and here as early as that.
export SHORT_LIVES='esp: { proposals: [aes256gcm16-x25519], lifetime: 30s, rekey_margin: 29s }'
export SHORT_IKE_LIVES='ike: { proposals: [aes256gcm16-prfsha384-x25519], lifetime: 30s, rekey_margin: 29s }'

rekeys_of() { metric gw-a "ipsec_rekeys_total{tunnel=\"to-b\",kind=\"$1\",initiator=\"local\",result=\"ok\"}" | cut -d. -f1; }
both_rekeyed() { [[ $(rekeys_of child) -ge $1 && $(rekeys_of ike) -ge $1 ]]; }

# The stream is limited, so that no queue is ever full: what is lost is then lost by us.
lives_through_rekeys() {
  local seconds=$((REKEYS * 4 + 10)) server
  ip netns exec "$LAB-host-b" iperf3 -s -1 >/dev/null 2>&1 &
  server=$!
  wait_until 5 sh -c "ip netns exec $LAB-host-b ss -ltn | grep -q :5201"
  stream_start host-a 10.2.0.2 "$seconds"
  ip netns exec "$LAB-host-a" iperf3 -c 10.2.0.2 -b 50M -t "$seconds" --json >"$LAB_DIR/iperf.json" 2>&1 &
  expect "$REKEYS rekeys of each" wait_until $((seconds - 2)) both_rekeyed "$REKEYS"
  stream_lost_nothing
  wait "$server"
  expect 'the TCP stream ended well' jq -e '.end.sum_received.bytes > 0 and (has("error") | not)' "$LAB_DIR/iperf.json"
  echo "$(rekeys_of child) rekeys of CHILD_SAs, $(rekeys_of ike) of IKE SAs; $(grep transmitted "$LAB_DIR/stream.log")"
}
