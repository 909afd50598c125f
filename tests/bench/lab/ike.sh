#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The responder's side of many handshakes: culvert and strongSwan in turn, the same initiator against both.
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
usage: ./dev bench ike [--runs N] [--count N] [--parallel N] [--suite aes128gcm16-prfsha256-x25519] [--out FILE.json]

ike_load (our engine as initiator, identities of their own, no data) sets up COUNT tunnels, default 2000, with PARALLEL,
default 32, under way, first with culvert as the responder, then with strongSwan, RUNS times (default 3). CPU and memory
are those of all processes of the responder, its user-space datapath included; initiator and responder share the machine.
END
}

RUNS=3 COUNT=2000 PARALLEL=32 SUITE=aes128gcm16-prfsha256-x25519 OUT=$LAB_ROOT/build/bench/ike.json
while [[ $# -gt 0 ]]; do
  case $1 in
    --runs) RUNS=$2; shift 2 ;;
    --count) COUNT=$2; shift 2 ;;
    --parallel) PARALLEL=$2; shift 2 ;;
    --suite) SUITE=$2; shift 2 ;;
    --out) OUT=$2; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

PSK=a-key-for-the-benchmark
LOAD=${CULVERT_IKE_LOAD:-$LAB_ROOT/build/bench/ike_load}
[[ -x $LOAD ]] || lab_die "$LOAD is not there; run: ninja -C build ike_load"

culvert_up() {
  gateway_config gw-b <<END
tunnels:
  - name: load
    enabled: true
    profile: MODERN
    local: { address: 192.0.2.2, identifier: gw-b, subnets: [10.2.0.0/16] }
    remote: { endpoint: any, subnets: [10.128.0.0/9] }
    authentication: { psk: {} }
    ike: { proposals: [$SUITE] }
    esp: { proposals: [aes128gcm16] }
secrets: [{ name: load, psk: "$PSK" }]
END
  CULVERT_LAB_LOG=warning gateway_start gw-b
}

# Tables sized for the load: its defaults cost it a factor of ten at 10,000 tunnels.
strongswan_up() {
  strongswan_psk gw-b 192.0.2.2 %any gw-b %any 10.2.0.0/16 10.128.0.0/9 "$PSK" "$SUITE" aes128gcm16
  strongswan_start gw-b 'ikesa_table_size = 4096' 'ikesa_table_segments = 16' 'dos_protection = no' 'threads = 16'
}

responder_down() {
  lab_kill_all gw-b TERM
  wait_until 10 lab_empty gw-b || lab_kill_all gw-b KILL
  wait_until 5 lab_empty gw-b || lab_die 'the responder does not stop'
  on gw-b nft delete table inet culvert 2>/dev/null || true  # the leak guard outlives us, as it should
  rm -rf "$(gateway_dir gw-b)" "$(strongswan_dir gw-b)"
}

measure() {
  local system=$1 run=$2 cpu kb count
  cpu=$(cpu_ms gw-b)
  kb=$(memory_kb gw-b)
  on gw-a "$LOAD" --remote 192.0.2.2 --psk "$PSK" --count "$COUNT" --parallel "$PARALLEL" --ike-proposal "$SUITE" \
    --esp-proposal aes128gcm16 --keep >"$LAB_DIR/load.json" || true
  count=$(jq '.handshakes' "$LAB_DIR/load.json")
  [[ $count -gt 0 ]] || lab_die "$system: no handshake succeeded: $(cat "$LAB_DIR/load.json")"
  record "$system" "$run" handshakes_per_s "$(jq '.handshakes_per_second' "$LAB_DIR/load.json")"
  record "$system" "$run" responder_cpu_us "$(number "($(cpu_ms gw-b) - $cpu) * 1000 / $count")"
  record "$system" "$run" responder_kb_per_tunnel "$(number "($(memory_kb gw-b) - $kb) / $count")"
  record "$system" "$run" handshake_p50_ms "$(jq '.latency_ms.p50' "$LAB_DIR/load.json")"
  record "$system" "$run" handshake_failures "$(jq '.failures + .unfinished' "$LAB_DIR/load.json")"
}

lab_start bench-ike
MEASUREMENTS=$LAB_DIR/measurements.jsonl
lab_two_sites ""
for ((run = 1; run <= RUNS; run++)); do
  for system in culvert strongswan; do
    printf 'run %d of %d: %s\n' "$run" "$RUNS" "$system" >&2
    "${system}_up"
    measure "$system" "$run"
    responder_down
  done
done
mkdir -p "$(dirname "$OUT")"
"$here/report.py" "IKE responder, PSK $SUITE, $COUNT tunnels, $(nproc) cores" "$MEASUREMENTS" "$OUT"
