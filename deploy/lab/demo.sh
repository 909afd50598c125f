#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job, shown: two sites, a tunnel between their gateways, traffic through it, and proof of what the WAN sees.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/lab/lib.sh
. "$here/lib.sh"
# shellcheck source=deploy/lab/gateway.sh
. "$here/gateway.sh"
# shellcheck source=deploy/lab/strongswan.sh
. "$here/strongswan.sh"

usage() {
  cat <<'END'
usage: ./dev demo [--keep] [--peer culvert|strongswan] [--seconds S]

  --keep              leave the two sites running and say what to try; Enter ends them
  --peer strongswan   Debian's strongSwan is the gateway of site b
  --seconds S         length of the iperf3 run, 3 unless told
END
}

KEEP='' PEER=culvert LENGTH=3
while [[ $# -gt 0 ]]; do
  case $1 in
    --keep) KEEP=1; shift ;;
    --peer) PEER=${2:-}; shift 2 ;;
    --seconds) LENGTH=${2:-}; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
case $PEER in culvert | strongswan) ;; *) usage >&2; exit 2 ;; esac

STARTED=$(now_ms)
step() { printf '\033[1m[%5.1f s]\033[0m %s\n' "$(awk "BEGIN { print ($(now_ms) - $STARTED) / 1000 }")" "$*"; }
show() { sed 's/^/          /'; }

PSK=$(head -c 18 /dev/urandom | base64)
lab_start demo

step 'two sites:  host-a 10.1.0.2 ── gw-a 192.0.2.1 ══ WAN ══ 192.0.2.2 gw-b ── 10.2.0.2 host-b'
lab_two_sites ""
capture_start gw-b wan "$LAB_DIR/wan.pcap"

step "gateway b:  $PEER"
if [[ $PEER == strongswan ]]; then
  strongswan_psk gw-b 192.0.2.2 192.0.2.1 gw-b gw-a 10.2.0.0/24 10.1.0.0/24 "$PSK" \
    aes256gcm16-prfsha384-x25519 aes256gcm16-x25519
  strongswan_start gw-b
else
  gateway_psk gw-b b a "$PSK" '' '' 'startup: ADD'
  gateway_start gw-b
fi

step 'gateway a:  culvert, with this configuration'
gateway_psk gw-a a b "$PSK" '' '' 'startup: ADD'
sed -e '/^ *$/d' -e 's/psk: "[^"]*"/psk: "…"/' "$(gateway_dir gw-a)/culvert.yaml" | show
gateway_start gw-a

step 'culvertctl up to-b --wait 10s'
gateway_ctl gw-a up to-b --wait 10s 2>&1 | show

step 'ping from host-a to host-b'
wait_until 5 can_ping host-a 10.2.0.2 || lab_die 'the tunnel is up, and a ping does not come back'
on host-a ping -q -c 20 -i 0.01 10.2.0.2 | tail -n 2 | show

step "iperf3 from host-a to host-b, one TCP stream, $LENGTH s"
ip netns exec "$LAB-host-b" iperf3 -s -1 >/dev/null 2>&1 &
wait_until 5 sh -c "ip netns exec $LAB-host-b ss -ltn | grep -q :5201"
capture_stop  # what the WAN saw up to here is enough; a capture of gigabits would only cost
on host-a iperf3 -c 10.2.0.2 -t "$LENGTH" --json >"$LAB_DIR/iperf.json"
jq -r '"\(.end.sum_received.bits_per_second / 1e9 * 100 | round / 100) Gb/s, \(.end.sum_sent.retransmits) retransmissions"' "$LAB_DIR/iperf.json" | show

step 'what the WAN saw'
tunnel=$(capture_count "$LAB_DIR/wan.pcap" "$LAB_TUNNEL_FILTER")
clear=$(capture_count "$LAB_DIR/wan.pcap" "$LAB_CLEAR_FILTER")
echo "$tunnel packets of IKE and ESP, $clear of anything else" | show
[[ $tunnel -gt 0 ]] || lab_die 'the capture holds no ESP: nothing was proven'
[[ $clear == 0 ]] || lab_die "clear packets on the WAN: $(tcpdump -n -r "$LAB_DIR/wan.pcap" "$LAB_CLEAR_FILTER" 2>/dev/null | head -n 5)"

step 'culvertctl status'
gateway_ctl gw-a status | show
step 'curl http://127.0.0.1:9560/metrics'
on gw-a curl -s http://127.0.0.1:9560/metrics |
  grep -E '^ipsec_(tunnel_up|child_(bytes|packets)_total|path_mtu_bytes|ike_handshakes_total|leak_blocked_packets_total)' | show

if [[ -n $KEEP ]]; then
  step 'left running. In another terminal, as root:'
  show <<END
export CULVERT_TARGET=unix:$(gateway_dir gw-a)/state/run/api.sock
$LAB_BIN/culvertctl status          explain to-b      sa list      events
$LAB_BIN/culvertctl rekey to-b      down to-b         up to-b --wait 10s
ip netns exec $LAB-host-a ping 10.2.0.2
ip netns exec $LAB-gw-b tcpdump -ni wan
$(gateway_dir gw-a)/culvertd.log
END
  read -r -p '          Enter ends it. ' || sleep infinity
fi
step 'done; cleaning up'
