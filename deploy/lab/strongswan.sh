# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Debian's strongSwan as a gateway of the lab. Source it after lib.sh:
#   strongswan_config gw-b <<'END' …swanctl.conf… END
#   strongswan_start gw-b
#   swanctl gw-b --list-sas
# charon runs in user space (kernel-libipsec on a TUN of its own), with a configuration, a run directory and a vici
# socket of its own below $LAB_DIR, so that several live side by side and the host's own is not touched: `ip netns
# exec` gives each command a private mount namespace, in which /run is replaced.

LAB_CHARON=${CULVERT_CHARON:-/usr/lib/ipsec/charon}
# The first plugin that has an algorithm wins: the fast implementations come first, so that the rival is at its best.
LAB_CHARON_PLUGINS="openssl random nonce aes sha1 sha2 md5 hmac kdf gcm chapoly curve25519 gmp pem pkcs1 x509 pubkey \
constraints revocation xcbc cmac ctr kernel-libipsec kernel-netlink socket-default vici updown"

strongswan_dir() { echo "$LAB_DIR/charon-$1"; }

# strongswan_config NAMESPACE <swanctl.conf
strongswan_config() {
  local dir
  dir=$(strongswan_dir "$1")
  mkdir -p "$dir/run"
  cat >"$dir/swanctl.conf"
}

# strongswan_start NAMESPACE [LINE…]: LINEs go into strongswan.conf's charon section.
strongswan_start() {
  local name=$1 dir
  shift
  dir=$(strongswan_dir "$name")
  [[ -x $LAB_CHARON ]] || lab_die "$LAB_CHARON is not there; run ./dev setup"
  cat >"$dir/strongswan.conf" <<END
charon {
  load = $LAB_CHARON_PLUGINS
  install_virtual_ip = no
  retransmit_timeout = 0.5
  $(printf '%s\n  ' "$@")
  plugins {
    vici { socket = unix://$dir/charon.vici }
    kernel-libipsec { allow_peer_ts = yes }
  }
  filelog {
    log { path = $dir/charon.log
      default = 1
      cfg = 2
      flush_line = yes }
  }
}
swanctl { plugins { vici { socket = unix://$dir/charon.vici } } }
END
  rm -f "$dir/run/charon.pid" "$dir/charon.vici" # of one that was killed
  strongswan_exec "$name" "$LAB_CHARON" >"$dir/charon.out" 2>&1 &
  wait_until 10 swanctl "$name" --stats || lab_die "charon does not start: $(cat "$dir/charon.out")"
  strongswan_load "$name"
}

# Loads what strongswan_config wrote.
strongswan_load() {
  local dir out
  dir=$(strongswan_dir "$1")
  out=$(swanctl "$1" --load-all --file "$dir/swanctl.conf" 2>&1) || lab_die "swanctl refuses $dir/swanctl.conf: $out"
}

# The command in the namespace, with charon's view of /run.
strongswan_exec() {
  local name=$1 dir
  shift
  dir=$(strongswan_dir "$name")
  # shellcheck disable=SC2016  # expanded by the inner shell
  on "$name" env STRONGSWAN_CONF="$dir/strongswan.conf" \
    sh -c 'mount --bind "$1" /run && shift && exec "$@"' sh "$dir/run" "$@"
}

swanctl() {
  local name=$1 verb=$2
  shift 2
  strongswan_exec "$name" swanctl "$verb" --uri "unix://$(strongswan_dir "$name")/charon.vici" "$@"
}

strongswan_log() { cat "$(strongswan_dir "$1")/charon.log"; }

# The usual peer: one tunnel `to-us` between the two sites with a pre-shared key.
# strongswan_psk NAMESPACE LOCAL REMOTE LOCAL_ID REMOTE_ID LOCAL_TS REMOTE_TS PSK IKE_PROPOSAL ESP_PROPOSAL [START]
strongswan_psk() {
  strongswan_config "$1" <<END
connections {
  to-us {
    version = 2
    local_addrs = $2
    remote_addrs = $3
    proposals = $9
    local { auth = psk
      id = $4 }
    remote { auth = psk
      id = $5 }
    children {
      to-us {
        local_ts = $6
        remote_ts = $7
        esp_proposals = ${10}
        start_action = ${11:-none}
      }
    }
  }
}
secrets {
  ike-1 { id = $5
    secret = "$8" }
}
END
}
