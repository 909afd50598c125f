# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Debian's strongSwan as an IKEv1 peer. Source it after peer.sh. Both sides' configurations are made of pieces:
# what a case does not say is the usual.

# shellcheck disable=SC2034  # for those who source it
V1_IKE=aes128-sha256-modp2048
V1_ESP=aes128-sha256-modp2048

# our_v1 IKE [LINE…]: gateway a's tunnel. IKE: what follows `version: IKEV1` in the tunnel's ike field.
our_v1() {
  local ike=$1
  shift
  gateway_config gw-a <<END
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    startup: ADD
    local: { ${OUR_ADDRESS-address: 192.0.2.1,} identifier: gw-a, ${OUR_LOCAL:-subnets: [10.1.0.0/24]} }
    remote: { endpoint: ${OUR_ENDPOINT:-192.0.2.2}, identifier: gw-b, ${OUR_REMOTE:-subnets: [10.2.0.0/24]} }
    ike: { version: IKEV1, $ike }
    ${OUR_ESP-esp: { proposals: [$V1_ESP] \}}
$(if (($#)); then printf '    %s\n' "$@"; fi)
secrets: [{ name: shared, psk: "${OUR_PSK:-$PSK}" }]
${OUR_REST:-}
END
}

# their_v1 CONNECTION [LOCAL [REMOTE [CHILDREN]]]: gateway b's connection, each a list of lines.
their_v1() {
  strongswan_config gw-b <<END
connections {
  to-us {
    version = 1
    local_addrs = 192.0.2.2
    remote_addrs = ${THEIR_REMOTE_ADDRESS:-192.0.2.1}
    $1
    ${2:-local { auth = psk
      id = gw-b \}}
    ${3:-remote { auth = psk
      id = gw-a \}}
    children {
      ${4:-$(their_v1_child to-us 10.2.0.0/24 10.1.0.0/24)}
    }
  }
}
${THEIR_POOLS:-}
secrets {
  ike-1 { secret = "${THEIR_PSK:-$PSK}" }
  xauth-1 {
    id = alice
    secret = "${THEIR_XAUTH:-s3cret}"
  }
}
END
}

# their_v1_child NAME LOCAL_TS REMOTE_TS [ESP_PROPOSAL]
their_v1_child() {
  printf '%s { local_ts = %s\n remote_ts = %s\n esp_proposals = %s\n %s }\n' "$1" "$2" "$3" "${4:-$V1_ESP}" \
    "${THEIR_CHILD:-}"
}

# charon, which wants to be told that it may answer Aggressive Mode by key.
strongswan_v1() { strongswan_start gw-b 'i_dont_care_about_security_and_use_aggressive_mode_psk = yes'; }

# Both with what was written last, and no SA left of before.
both_v1() {
  if [[ -e $(gateway_dir gw-a)/pid ]]; then
    both_down
    swanctl gw-b --load-creds --clear >/dev/null
    strongswan_load gw-b
    expect_exit 0 apply gw-a
  else
    strongswan_v1
    gateway_start gw-a
  fi
}
