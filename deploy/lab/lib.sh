# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Namespace labs: two sites and a WAN, made of veth pairs in network namespaces of this run alone. Source it, then:
#   lab_start demo            a name for this run; everything it makes goes away when the script ends
#   lab_two_sites             host-a – gw-a – gw-b – host-b        (see the picture below)
#   lab_two_sites nat         the same with a masquerading router in front of gw-a
#   on gw-a COMMAND…          runs it there
#
#   host-a 10.1.0.2 ── 10.1.0.1 gw-a 192.0.2.1 ══ WAN ══ 192.0.2.2 gw-b 10.2.0.1 ── 10.2.0.2 host-b
#      fd01::2/64      fd01::1     2001:db8::1            2001:db8::2     fd02::1      fd02::2/64
#   nat: gw-a is 198.51.100.1 behind `router`, whose WAN side is 192.0.2.254.
#
# Each gateway's default route is the other one: traffic that no tunnel protects would really leave in clear, which is
# what the leak tests look for. Devices are named lan and wan everywhere.

LAB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export LAB_BIN=${CULVERT_BIN:-$LAB_ROOT/build/bin}

# ---- a run and its end ----------------------------------------------------------------------------------------------

lab_die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# lab_start NAME: $LAB prefixes each namespace, $LAB_DIR is the scratch directory.
lab_start() {
  [[ $(id -u) == 0 ]] || lab_die "needs root: it makes network namespaces"
  local tool
  for tool in ip nft tcpdump jq ping; do
    command -v "$tool" >/dev/null || lab_die "$tool is not installed; run ./dev setup"
  done
  LAB=${CULVERT_LAB_PREFIX:-cv}-$1-$$
  LAB_DIR=$(mktemp -d "/tmp/$LAB.XXXXXX")
  # Daemons run as users of their own and must be able to reach what lies below.
  chmod 755 "$LAB_DIR"
  LAB_NAMESPACES=()
  trap lab_end EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# Ends every process in our namespaces, then the namespaces; CULVERT_LAB_KEEP=1 keeps the scratch directory.
lab_end() {
  local status=$?
  trap - EXIT INT TERM
  lab_remove_sites
  if [[ ${CULVERT_LAB_KEEP:-} == 1 ]]; then
    echo "kept: $LAB_DIR" >&2
  else
    rm -rf -- "$LAB_DIR"
  fi
  exit "$status"
}

# Takes the namespaces away and leaves the run open for new ones.
lab_remove_sites() {
  local name
  for name in "${LAB_NAMESPACES[@]}"; do
    lab_kill_all "$name" TERM
  done
  for name in "${LAB_NAMESPACES[@]}"; do
    wait_until 8 lab_empty "$name" || lab_kill_all "$name" KILL
    ip netns del "$LAB-$name" 2>/dev/null
  done
  LAB_NAMESPACES=()
}

lab_pids() { ip netns pids "$LAB-$1" 2>/dev/null; }
lab_empty() { [[ -z $(lab_pids "$1") ]]; }
lab_kill_all() {
  local pid
  for pid in $(lab_pids "$1"); do kill "-$2" "$pid" 2>/dev/null; done
}

# ---- waiting --------------------------------------------------------------------------------------------------------

# wait_until SECONDS COMMAND…: polls; fails after SECONDS (a whole number).
wait_until() {
  local deadline=$(($(now_ms) + $1 * 1000))
  shift
  until "$@" >/dev/null 2>&1; do
    (($(now_ms) < deadline)) || return 1
    sleep 0.02
  done
}

now_ms() {
  local micros=${EPOCHREALTIME/[.,]/}
  echo $((micros / 1000))
}

# ---- namespaces -----------------------------------------------------------------------------------------------------

on() {
  local name=$1
  shift
  ip netns exec "$LAB-$name" "$@"
}

lab_namespace() {
  ip netns add "$LAB-$1"
  LAB_NAMESPACES+=("$1")
  on "$1" ip link set lo up
  # An address is usable at once, and nobody sends what the captures would have to explain away.
  on "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
    net.ipv6.conf.default.router_solicitations=0 net.ipv6.conf.default.accept_ra=0
}

# lab_link A DEV_A B DEV_B
lab_link() {
  ip link add "$2" netns "$LAB-$1" type veth peer name "$4" netns "$LAB-$3"
  on "$1" ip link set "$2" up
  on "$3" ip link set "$4" up
}

# lab_address NAMESPACE DEVICE ADDRESS/LENGTH…
lab_address() {
  local name=$1 device=$2 address
  shift 2
  for address in "$@"; do
    if [[ $address == *:* ]]; then
      on "$name" ip -6 address add "$address" dev "$device" nodad
    else
      on "$name" ip address add "$address" dev "$device"
    fi
  done
}

lab_forwarding() { on "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1; }

lab_two_sites() {
  local name
  for name in host-a gw-a gw-b host-b; do lab_namespace "$name"; done
  lab_link host-a lan gw-a lan
  lab_link host-b lan gw-b lan
  lab_address host-a lan 10.1.0.2/24 fd01::2/64
  lab_address gw-a lan 10.1.0.1/24 fd01::1/64
  lab_address host-b lan 10.2.0.2/24 fd02::2/64
  lab_address gw-b lan 10.2.0.1/24 fd02::1/64
  for name in gw-a gw-b; do lab_forwarding "$name"; done
  on host-a ip route add default via 10.1.0.1
  on host-a ip -6 route add default via fd01::1
  on host-b ip route add default via 10.2.0.1
  on host-b ip -6 route add default via fd02::1
  if [[ ${1:-} == nat ]]; then
    lab_router
  else
    lab_link gw-a wan gw-b wan
    lab_address gw-a wan 192.0.2.1/24 2001:db8::1/64
    on gw-a ip route add default via 192.0.2.2
    on gw-a ip -6 route add default via 2001:db8::2
  fi
  lab_address gw-b wan 192.0.2.2/24 2001:db8::2/64
  if [[ ${1:-} == nat ]]; then
    on gw-b ip route add default via 192.0.2.254
  else
    on gw-b ip route add default via 192.0.2.1
    on gw-b ip -6 route add default via 2001:db8::1
  fi
}

# A router that hides gw-a: its devices are `inside` and `wan`.
lab_router() {
  lab_namespace router
  lab_link gw-a wan router inside
  lab_link router wan gw-b wan
  lab_address gw-a wan 198.51.100.1/24
  lab_address router inside 198.51.100.254/24
  lab_address router wan 192.0.2.254/24
  lab_forwarding router
  on gw-a ip route add default via 198.51.100.254
  on router nft -f - <<'END'
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat
    oifname "wan" masquerade
  }
}
END
}

# ---- traffic and what is seen of it -----------------------------------------------------------------------------------

# One echo and its answer, from NAMESPACE to ADDRESS.
can_ping() { on "$1" ping -q -c 1 -W 1 "$2" >/dev/null 2>&1; }

# capture_start NAMESPACE DEVICE FILE; capture_stop. Returns once tcpdump listens.
capture_start() {
  local log="$3.log"
  rm -f "$log" # an earlier capture's words are not this one's
  # Not through `on`: $! must be tcpdump itself, and a shell's background jobs ignore SIGINT.
  ip netns exec "$LAB-$1" tcpdump -i "$2" -n -s 128 -B 32768 -w "$3" --immediate-mode -U >"$log" 2>&1 &
  CAPTURE_PID=$! CAPTURE_FILE=$3
  wait_until 5 grep -q 'listening on' "$log" || lab_die "tcpdump does not start: $(cat "$log")"
}

# tcpdump writes what it has read when it ends, not what still waits for it: it ends once its file has stopped growing.
capture_stop() {
  wait_until 5 capture_rests
  kill -TERM "$CAPTURE_PID" 2>/dev/null
  wait "$CAPTURE_PID" 2>/dev/null
  return 0
}

capture_rests() {
  local size
  size=$(stat -c %s "$CAPTURE_FILE")
  sleep 0.2
  [[ $(stat -c %s "$CAPTURE_FILE") == "$size" ]]
}

# capture_count FILE FILTER
capture_count() { tcpdump -n -r "$1" "$2" 2>/dev/null | wc -l; }

# What a WAN may show besides the tunnel: ARP, neighbour discovery, and multicast listener reports (RFC 3810), whose
# ICMPv6 stands behind a hop-by-hop header.
LAB_TUNNEL_FILTER='(udp port 500 or udp port 4500 or proto 50)'
export LAB_CLEAR_FILTER="not $LAB_TUNNEL_FILTER and not arp and not (icmp6 and ip6[40] >= 133 and ip6[40] <= 137) \
and not (ip6 and ip6[6] == 0 and ip6[40] == 58 and ip6[48] == 143)"
