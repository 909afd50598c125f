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
# shellcheck source=tests/pki.sh
. "$here/../../pki.sh"
# shellcheck source=tests/bench/lab/measure.sh
. "$here/measure.sh"

usage() {
  cat <<'END'
usage: ./dev bench ike [--runs N] [--count N] [--parallel N] [--live 1000|10000] [--only VARIANT] [--out FILE.json]

ike_load (our engine as initiator of many tunnels that carry no data) sets up COUNT tunnels, default 2000, with
PARALLEL, default 32, under way, first with culvert as the responder, then with strongSwan, RUNS times (default 3):
  psk           pre-shared keys, x25519, AES-128-GCM
  certificates  ECDSA P-256 on both sides by RFC 7427, x25519, AES-128-GCM
  modp2048      pre-shared keys, modp2048, AES-128-GCM
  memory        what 1,000 live tunnels add to the idle responder, and then 10,000; --live 1000 leaves the latter out
                and spares half a minute a run
CPU and memory are those of all processes of the responder, its user-space datapath included, whose share is shown;
memory is the proportional set size. Initiator and responder share the machine.
END
}

RUNS=3 COUNT=2000 PARALLEL=32 LIVE=10000 ONLY='' OUT=$LAB_ROOT/build/bench/ike.json
while [[ $# -gt 0 ]]; do
  case $1 in
    --runs) RUNS=$2; shift 2 ;;
    --count) COUNT=$2; shift 2 ;;
    --parallel) PARALLEL=$2; shift 2 ;;
    --live) LIVE=$2; shift 2 ;;
    --only) ONLY=$2; shift 2 ;;
    --out) OUT=$2; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
if [[ $LIVE != 1000 && $LIVE != 10000 ]]; then usage >&2; exit 2; fi

PSK=a-key-for-the-benchmark
LOAD=${CULVERT_IKE_LOAD:-$LAB_ROOT/build/bench/ike_load}
[[ -x $LOAD ]] || lab_die "$LOAD is not there; run: ninja -C build ike_load"
LAB_CHARON_PLUGINS+=' pkcs8'

suite_of() { if [[ $1 == modp2048 ]]; then echo aes128gcm16-prfsha256-modp2048; else echo aes128gcm16-prfsha256-x25519; fi; }

# ---- the responders -------------------------------------------------------------------------------------------------

# culvert_up VARIANT. Without DPD, as charon is by default: the initiators are gone when their tunnels are counted.
culvert_up() {
  local proof='psk: {}' keys="secrets: [{ name: load, psk: \"$PSK\" }]"
  if [[ $1 == certificates ]]; then
    proof='x509: { certificate: own, ca: [ca] }'
    keys="certificates:
  - { name: own, certificate_file: $(pki_file gw-b.pem), private_key_file: $(pki_file gw-b.key) }
  - { name: ca, certificate_file: $(pki_file ca.pem) }"
  fi
  gateway_config gw-b <<END
tunnels:
  - name: load
    enabled: true
    profile: MODERN
    unique: ALLOW_ALWAYS
    dpd: { enabled: false }
    local: { address: 192.0.2.2, identifier: gw-b.example, subnets: [10.2.0.0/16] }
    remote: { endpoint: any, subnets: [10.128.0.0/9] }
    authentication: { $proof }
    ike: { proposals: [$(suite_of "$1")] }
    esp: { proposals: [aes128gcm16] }
$keys
END
  CULVERT_LAB_LOG=warning gateway_start gw-b
}

# strongswan_up VARIANT. Tables sized for the load: its defaults cost it a factor of ten at 10,000 tunnels.
strongswan_up() {
  local dir ours='auth = psk' theirs='auth = psk'
  dir=$(strongswan_dir gw-b)
  if [[ $1 == certificates ]]; then
    ours='auth = pubkey
      certs = gw-b.pem'
    theirs='auth = pubkey'
    mkdir -p "$dir"/{x509,x509ca,private}
    cp "$(pki_file gw-b.pem)" "$dir/x509/"
    cp "$(pki_file gw-b.key)" "$dir/private/"
    cp "$(pki_file ca.pem)" "$dir/x509ca/"
  fi
  strongswan_config gw-b <<END
connections {
  load {
    version = 2
    local_addrs = 192.0.2.2
    remote_addrs = %any
    unique = never
    proposals = $(suite_of "$1")
    local { $ours
      id = gw-b.example }
    remote { $theirs
      id = %any }
    children {
      load {
        local_ts = 10.2.0.0/16
        remote_ts = 10.128.0.0/9
        esp_proposals = aes128gcm16
      }
    }
  }
}
secrets {
  ike-1 { secret = "$PSK" }
}
END
  strongswan_start gw-b 'ikesa_table_size = 4096' 'ikesa_table_segments = 16' 'dos_protection = no' 'threads = 16'
}

responder_down() {
  lab_kill_all gw-b TERM
  wait_until 10 lab_empty gw-b || lab_kill_all gw-b KILL
  wait_until 5 lab_empty gw-b || lab_die 'the responder does not stop'
  on gw-b nft delete table inet culvert 2>/dev/null || true  # the leak guard outlives us, as it should
  rm -rf "$(gateway_dir gw-b)" "$(strongswan_dir gw-b)"
}

# ---- the load -------------------------------------------------------------------------------------------------------

# load VARIANT COUNT [OPTION…]: what ike_load says is in $LAB_DIR/load.json; at least one handshake has succeeded.
load() {
  local variant=$1 count=$2 proof=(--psk "$PSK")
  shift 2
  if [[ $variant == certificates ]]; then
    proof=(--certificate "$(pki_file load.pem)" --key "$(pki_file load.key)" --ca "$(pki_file ca.pem)")
  fi
  on gw-a "$LOAD" --remote 192.0.2.2 "${proof[@]}" --count "$count" --parallel "$PARALLEL" \
    --ike-proposal "$(suite_of "$variant")" --esp-proposal aes128gcm16 --keep "$@" >"$LAB_DIR/load.json" || true
  [[ $(jq '.handshakes' "$LAB_DIR/load.json") -gt 0 ]] || lab_die "no handshake succeeded: $(cat "$LAB_DIR/load.json")"
}

# handshakes VARIANT SYSTEM RUN
handshakes() {
  local variant=$1 system=$2 run=$3 cpu count
  cpu=$(cpu_ms gw-b)
  load "$variant" "$COUNT"
  count=$(jq '.handshakes' "$LAB_DIR/load.json")
  record "$system" "$run" "${variant}_per_s" "$(jq '.handshakes_per_second' "$LAB_DIR/load.json")"
  record "$system" "$run" "${variant}_cpu_us" "$(number "($(cpu_ms gw-b) - $cpu) * 1000 / $count")"
  record "$system" "$run" "${variant}_p50_ms" "$(jq '.latency_ms.p50' "$LAB_DIR/load.json")"
  record "$system" "$run" "${variant}_failures" "$(jq '.failures + .unfinished' "$LAB_DIR/load.json")"
}

# live SYSTEM RUN COUNT IDLE_KB IDLE_DATAPATH_KB
live() {
  local system=$1 run=$2 count=$3
  record "$system" "$run" "live_${count}_kb" "$(number "($(memory_kb gw-b) - $4) / $count")"
  if [[ $system == culvert ]]; then
    record "$system" "$run" "live_${count}_datapath_kb" "$(number "($(memory_kb gw-b espd) - $5) / $count")"
  fi
}

# memory SYSTEM RUN
memory() {
  local system=$1 run=$2 idle idle_datapath
  idle=$(memory_kb gw-b)
  idle_datapath=$(memory_kb gw-b espd)
  load psk 1000
  live "$system" "$run" 1000 "$idle" "$idle_datapath"
  if [[ $LIVE == 1000 ]]; then return; fi
  load psk 9000 --local-id-prefix more --first-local-subnet 10.160.0.0
  live "$system" "$run" 10000 "$idle" "$idle_datapath"
}

lab_start bench-ike
MEASUREMENTS=$LAB_DIR/measurements.jsonl
lab_two_sites ""
pki_ca ca p256
pki_issue gw-b p256 ca DNS:gw-b.example
pki_issue load p256 ca DNS:load.example
for ((run = 1; run <= RUNS; run++)); do
  for variant in ${ONLY:-psk certificates modp2048 memory}; do
    for system in culvert strongswan; do
      printf 'run %d of %d: %s, %s\n' "$run" "$RUNS" "$variant" "$system" >&2
      "${system}_up" "$variant"
      if [[ $variant == memory ]]; then memory "$system" "$run"; else handshakes "$variant" "$system" "$run"; fi
      responder_down
    done
  done
done
mkdir -p "$(dirname "$OUT")"
"$here/report.py" "IKE responder, $COUNT handshakes a run, $(nproc) cores" "$MEASUREMENTS" "$OUT"
