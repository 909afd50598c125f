# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# culvert as a gateway of the lab. Source it after lib.sh:
#   gateway_psk gw-a a b SECRET        writes the usual configuration
#   gateway_start gw-a [OPTION…]       culvertd in that namespace, with a state directory below $LAB_DIR
#   gateway_ctl gw-a up to-b --wait 10s
#   gateway_stop gw-a                  as an operator would: SIGTERM, and the exit status of culvertd

gateway_dir() { echo "$LAB_DIR/culvert-$1"; }

# gateway_config NAMESPACE <culvert.yaml
gateway_config() {
  mkdir -p "$(gateway_dir "$1")"
  cat >"$(gateway_dir "$1")/culvert.yaml"
}

# Site a has 192.0.2.1, site b 192.0.2.2; identifiers gw-a and gw-b; the tunnel is `to-OTHER`.
# gateway_psk NAMESPACE SITE OTHER PSK [IKE_PROPOSAL [ESP_PROPOSAL [EXTRA…]]]: EXTRA lines go into the tunnel.
gateway_psk() {
  local name=$1 site=$2 other=$3 psk=$4 ike=${5:-} esp=${6:-}
  shift $(($# < 6 ? $# : 6))
  local number=1 peer=2
  if [[ $site == b ]]; then number=2 peer=1; fi
  gateway_config "$name" <<END
tunnels:
  - name: to-$other
    enabled: true
    profile: MODERN
    local: { address: 192.0.2.$number, identifier: gw-$site, subnets: [10.$number.0.0/24] }
    remote: { endpoint: 192.0.2.$peer, identifier: gw-$other, subnets: [10.$peer.0.0/24] }
    authentication: { psk: {} }
    ${ike:+ike: { proposals: [$ike] \}}
    ${esp:+esp: { proposals: [$esp] \}}
$(if (($#)); then printf '    %s\n' "$@"; fi)
secrets:
  - { name: shared, psk: "$psk", selectors: [gw-$other] }
END
}

# Returns once the configuration runs and the datapath is attached; --config is the namespace's culvert.yaml unless the
# options name another.
gateway_start() {
  local name=$1 dir
  shift
  dir=$(gateway_dir "$name")
  mkdir -p "$dir/state"
  # Not through `on`: $! must be culvertd itself.
  ip netns exec "$LAB-$name" "$LAB_BIN/culvertd" --state-dir "$dir/state" --config "$dir/culvert.yaml" \
    --log-level "${CULVERT_LAB_LOG:-debug}" "$@" >>"$dir/culvertd.log" 2>&1 &
  echo $! >"$dir/pid"
  wait_until 15 gateway_answers "$name" || lab_die "culvertd in $name does not answer: $(tail -n 20 "$dir/culvertd.log")"
}

# -s, because jq calls nothing at all a success.
gateway_answers() {
  kill -0 "$(gateway_pid "$1")" && gateway_ctl "$1" -o json tunnel list |
    jq -es '.[0].tunnels | length > 0 and all(.[]; .state != "BLOCKED" or .reason != "DATAPATH_UNAVAILABLE")'
}

gateway_pid() { cat "$(gateway_dir "$1")/pid"; }

gateway_ctl() {
  local name=$1
  shift
  on "$name" "$LAB_BIN/culvertctl" --target "unix:$(gateway_dir "$name")/state/run/api.sock" "$@"
}

gateway_log() { cat "$(gateway_dir "$1")/culvertd.log"; }

gateway_stop() {
  local pid
  pid=$(gateway_pid "$1")
  kill -TERM "$pid" 2>/dev/null || return 0
  wait "$pid"
}

# The pid of one of its processes: gateway_process gw-a iked
gateway_process() {
  local pid
  for pid in $(lab_pids "$1"); do
    if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$2" ]]; then
      echo "$pid"
      return
    fi
  done
  return 1
}

# The state of the only tunnel, as status shows it.
gateway_state() { gateway_ctl "$1" tunnel list -o json | jq -r '.tunnels[0].state'; }
