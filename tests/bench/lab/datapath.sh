#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The user-space datapath beside strongSwan's (kernel-libipsec), in the same four namespaces and the same call.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/lab/lib.sh
. "$here/../../../deploy/lab/lib.sh"
# shellcheck source=deploy/lab/gateway.sh
. "$here/../../../deploy/lab/gateway.sh"
# shellcheck source=deploy/lab/strongswan.sh
. "$here/../../../deploy/lab/strongswan.sh"
# shellcheck source=tests/bench/lab/measure.sh
. "$here/measure.sh"

usage() {
  cat <<'END'
usage: ./dev bench datapath [--runs N] [--seconds S] [--suite aes128gcm16] [--out FILE.json]

Brings the same tunnel up with culvert and with strongSwan in turn, N times (default 3), and measures with each: one and
four TCP streams, the same with segmentation offload off on the WAN, 64-byte UDP, and the round trip when idle.
CPU is that of every process of both gateways: on veth a receiver's softirq runs inside its sender's system call.
END
}

RUNS=3 SECONDS_EACH=5 SUITE=aes128gcm16 OUT=$LAB_ROOT/build/bench/datapath.json
while [[ $# -gt 0 ]]; do
  case $1 in
    --runs) RUNS=$2; shift 2 ;;
    --seconds) SECONDS_EACH=$2; shift 2 ;;
    --suite) SUITE=$2; shift 2 ;;
    --out) OUT=$2; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

PSK=a-key-for-the-benchmark
PEER=10.2.0.2

culvert_up() {
  local side other
  for side in a b; do
    if [[ $side == a ]]; then other=b; else other=a; fi
    gateway_psk "gw-$side" "$side" "$other" "$PSK" aes128gcm16-prfsha256-x25519 "$SUITE"
    CULVERT_LAB_LOG=warning gateway_start "gw-$side"
  done
  gateway_ctl gw-a up to-b --wait 10s >"$LAB_DIR/up.log" 2>&1 || lab_die "no tunnel: $(cat "$LAB_DIR/up.log")"
}

strongswan_up() {
  strongswan_psk gw-a 192.0.2.1 192.0.2.2 a b 10.1.0.0/24 10.2.0.0/24 "$PSK" aes128gcm16-prfsha256-x25519 "$SUITE"
  strongswan_psk gw-b 192.0.2.2 192.0.2.1 b a 10.2.0.0/24 10.1.0.0/24 "$PSK" aes128gcm16-prfsha256-x25519 "$SUITE"
  strongswan_start gw-b
  strongswan_start gw-a
  swanctl gw-a --initiate --child to-us >"$LAB_DIR/up.log" 2>&1 || lab_die "no tunnel: $(cat "$LAB_DIR/up.log")"
}

# tcp SYSTEM RUN PREFIX STREAMS
tcp() {
  local system=$1 run=$2 prefix=$3 streams=$4 before after bytes seconds
  before=$(cpu_ms gw-a gw-b)
  on host-a iperf3 -c "$PEER" -t "$SECONDS_EACH" -P "$streams" --json >"$LAB_DIR/iperf.json" || lab_die "iperf3 failed: $(tail -n 5 "$LAB_DIR/iperf.json")"
  after=$(cpu_ms gw-a gw-b)
  bytes=$(jq '.end.sum_received.bytes' "$LAB_DIR/iperf.json")
  seconds=$(jq '.end.sum_received.seconds' "$LAB_DIR/iperf.json")
  record "$system" "$run" "${prefix}_gbps" "$(number "$bytes * 8 / $seconds / 1e9")"
  record "$system" "$run" "${prefix}_cpu_s_per_gb" "$(number "($after - $before) / 1e3 / ($bytes / 1e9)")"
  if [[ $prefix == tcp1 ]]; then
    record "$system" "$run" "${prefix}_cpu_ns_per_packet" "$(number "($after - $before) * 1e6 / ($bytes / 1400)")"
  fi
}

# 300,000 packets a second are offered to both.
udp64() {
  local system=$1 run=$2 before after packets lost seconds
  before=$(cpu_ms gw-a gw-b)
  on host-a iperf3 -c "$PEER" -u -l 64 -b 154M -t "$SECONDS_EACH" --json >"$LAB_DIR/iperf.json" || lab_die "iperf3 failed: $(tail -n 5 "$LAB_DIR/iperf.json")"
  after=$(cpu_ms gw-a gw-b)
  packets=$(jq '.end.sum.packets' "$LAB_DIR/iperf.json")
  lost=$(jq '.end.sum.lost_packets' "$LAB_DIR/iperf.json")
  seconds=$(jq '.end.sum.seconds' "$LAB_DIR/iperf.json")
  record "$system" "$run" udp64_kpps "$(number "($packets - $lost) / $seconds / 1e3")"
  record "$system" "$run" udp64_loss_percent "$(number "100 * $lost / $packets")"
  record "$system" "$run" udp64_cpu_us_per_packet "$(number "($after - $before) * 1e3 / ($packets - $lost)")"
}

rtt() {
  on host-a ping -c 1000 -i 0.002 "$PEER" >"$LAB_DIR/ping.log"
  record "$1" "$2" rtt_p50_us "$(sed -n 's/.*time=\([0-9.]*\) ms/\1/p' "$LAB_DIR/ping.log" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] * 1000 }')"
}

wan_offload() {
  local name
  for name in gw-a gw-b; do on "$name" ethtool -K wan gso "$1" tso "$1" tx-udp-segmentation "$1" >/dev/null 2>&1 || true; done
}

gateways_down() {
  local name
  for name in gw-a gw-b; do
    lab_kill_all "$name" TERM
    wait_until 10 lab_empty "$name" || lab_kill_all "$name" KILL
    wait_until 5 lab_empty "$name" || lab_die "$name does not stop"
    on "$name" nft delete table inet culvert 2>/dev/null || true  # the leak guard outlives us, as it should
  done
}

lab_start bench-datapath
MEASUREMENTS=$LAB_DIR/measurements.jsonl
lab_two_sites ""
ip netns exec "$LAB-host-b" iperf3 -s >/dev/null 2>&1 &
for ((run = 1; run <= RUNS; run++)); do
  for system in culvert strongswan; do
    printf 'run %d of %d: %s' "$run" "$RUNS" "$system" >&2
    "${system}_up"
    wait_until 5 can_ping host-a "$PEER" || lab_die "$system: the tunnel is up and carries nothing"
    printf ' up, rtt' >&2; rtt "$system" "$run"
    printf ', one stream' >&2; tcp "$system" "$run" tcp1 1
    printf ', four' >&2; tcp "$system" "$run" tcp4 4
    printf ', GSO off' >&2; wan_offload off; tcp "$system" "$run" nogso 1; wan_offload on
    printf ', 64-byte UDP' >&2; udp64 "$system" "$run"
    printf '\n' >&2
    gateways_down
  done
done
mkdir -p "$(dirname "$OUT")"
"$here/report.py" "user-space ESP, $SUITE, four namespaces on $(nproc) cores" "$MEASUREMENTS" "$OUT"
