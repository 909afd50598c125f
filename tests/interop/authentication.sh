#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ways to authenticate beside the usual ones, with strongSwan, in both roles: post-quantum pre-shared keys, EAP-MSCHAPv2
# behind the server's certificate, EAP-TLS behind it and alone.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
scenario authentication
lab_two_sites
LAB_CHARON_PLUGINS+=' pkcs8 eap-identity eap-mschapv2 eap-tls'

# ---- certificates: one CA, and one for each name ------------------------------------------------------------------------

SWANCTL_DIR=$(strongswan_dir gw-b) # where swanctl looks for certificates and keys
export SWANCTL_DIR
mkdir -p "$SWANCTL_DIR"/{x509,x509ca,private} "$(gateway_dir gw-a)"

# certificate NAME: a key and a certificate for it, for either side.
certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$LAB_DIR/$1.key" -subj "/CN=$1" 2>/dev/null |
    openssl x509 -req -CA "$LAB_DIR/ca.pem" -CAkey "$LAB_DIR/ca.key" -days 2 -out "$LAB_DIR/$1.pem" \
      -extfile <(echo "subjectAltName=DNS:$1") 2>/dev/null
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$LAB_DIR/ca.key" -out "$LAB_DIR/ca.pem" \
  -subj '/CN=Lab CA' -days 2 -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null
for name in gw-a gw-b bob; do certificate "$name"; done
cp "$LAB_DIR/ca.pem" "$SWANCTL_DIR/x509ca/"
for name in gw-b bob; do
  cp "$LAB_DIR/$name.pem" "$SWANCTL_DIR/x509/"
  cp "$LAB_DIR/$name.key" "$SWANCTL_DIR/private/"
done

# ---- both sides' configurations -----------------------------------------------------------------------------------------

# ours OUR_ID THEIR_ID LINE…: gateway a's; LINEs say how it authenticates. The certificate is the one of OUR_ID.
ours() {
  local id=$1 their_id=$2
  shift 2
  gateway_config gw-a <<CONFIG
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    startup: ADD
    local: { address: 192.0.2.1, identifier: $id, subnets: [10.1.0.0/24] }
    remote: { endpoint: 192.0.2.2, ${their_id:+identifier: $their_id,} subnets: [10.2.0.0/24] }
$(printf '    %s\n' "$@")
secrets:
  - { name: shared, psk: "$PSK", selectors: [gw-b] }
  - { name: quantum, psk: "${OUR_PPK:-a key that no quantum computer finds}" }
certificates:
  - { name: ca, certificate_file: $LAB_DIR/ca.pem }
  - { name: own, certificate_file: $LAB_DIR/$id.pem, private_key_file: $LAB_DIR/$id.key }
CONFIG
}

# theirs CONNECTION LOCAL REMOTE: gateway b's, each a list of lines.
theirs() {
  strongswan_config gw-b <<CONFIG
connections {
  to-us {
    version = 2
    local_addrs = 192.0.2.2
    remote_addrs = 192.0.2.1
    proposals = aes256gcm16-prfsha384-x25519
    $1
    local {
      $2
    }
    remote {
      $3
    }
    children {
      to-us {
        local_ts = 10.2.0.0/24
        remote_ts = 10.1.0.0/24
        esp_proposals = aes256gcm16-x25519
      }
    }
  }
}
secrets {
  ike-1 {
    id = gw-a
    secret = "$PSK"
  }
  ppk-1 {
    id = ${THEIR_PPK:-quantum}
    secret = "a key that no quantum computer finds"
  }
  eap-1 {
    id = bob
    secret = builder
  }
}
CONFIG
}

# lines LINE…: one below the other.
lines() { printf '%s\n' "$@"; }

# Both run what was configured last, and nothing is left of before.
between() {
  if [[ ! -e $(gateway_dir gw-a)/pid ]]; then
    strongswan_start gw-b
    gateway_start gw-a
    return
  fi
  both_down
  strongswan_load gw-b
}

up_both_ways() {
  "$1"
  traffic_flows
}

# ---- RFC 8784 -------------------------------------------------------------------------------------------------------------

PSK_B=$(lines 'auth = psk' 'id = gw-b')
PSK_A=$(lines 'auth = psk' 'id = gw-a')

ppk() {
  ours gw-a gw-b 'authentication: { ppk: { id: quantum, required: true } }'
  theirs "$(lines 'ppk_id = quantum' 'ppk_required = yes')" "$PSK_B" "$PSK_A"
  between
  up_both_ways "$1"
}
we_ppk_required() { ppk we_initiate; }
they_ppk_required() { ppk they_initiate; }

they_rekey_with_a_ppk() {
  expect_exit 0 swanctl gw-b --rekey --ike to-us
  expect_exit 0 swanctl gw-b --rekey --child to-us
  expect 'one IKE SA there' wait_until 10 their_sas_are 1
  expect 'one CHILD_SA there' wait_until 10 their_children_are 1
  traffic_flows
}

no_ppk_there() {
  ours gw-a gw-b "authentication: { ppk: { id: quantum, required: $2 } }"
  THEIR_PPK=another theirs '' "$PSK_B" "$PSK_A"
  between
  "$1"
}
we_ppk_optional_and_unknown_there() { no_ppk_there we_initiate false && traffic_flows; }
they_ppk_optional_and_unknown_there() { no_ppk_there they_initiate false && traffic_flows; }
we_ppk_required_and_unknown_there() {
  no_ppk_there true true
  expect_exit 1 gateway_ctl gw-a up to-b --wait 5s
  expect_says PEER_REFUSED_AUTHENTICATION 'no post-quantum key named quantum'
}

a_different_ppk_is_named() {
  OUR_PPK='another key under the same name' ours gw-a gw-b 'authentication: { ppk: { id: quantum } }'
  theirs 'ppk_id = quantum' "$PSK_B" "$PSK_A"
  between
  swanctl gw-b --initiate --child to-us --timeout 5 || true
  gateway_ctl gw-a explain to-b -o json | jq -e '.history[0].code == "PPK_MISMATCH"'
}

# ---- EAP ------------------------------------------------------------------------------------------------------------------

eap_client() { # METHOD LINE…
  ours bob gw-b 'authentication: { local: { eap: {} }, remote: { x509: { ca: [ca] } } }' "$2"
  theirs 'send_cert = always' "$(lines 'auth = pubkey' 'id = gw-b' 'certs = gw-b.pem')" \
    "$(lines "auth = $1" 'id = bob' 'eap_id = %any')"
  between
}
eap_server() { # METHOD LINE
  ours gw-a '' 'authentication: { local: { x509: { certificate: own } }, remote: { eap: {} } }' "$2"
  theirs '' "$(lines "auth = $1" 'id = bob' 'eap_id = bob' "${3:-}")" \
    "$(lines 'auth = pubkey' 'id = gw-a' 'cacerts = ca.pem')"
  between
}

we_eap_mschapv2() {
  eap_client eap-mschapv2 'eap: { password: builder }'
  up_both_ways we_initiate
}
they_eap_mschapv2() {
  eap_server eap-mschapv2 'eap: { users: [{ name: bob, password: builder }] }'
  up_both_ways they_initiate
}
we_eap_with_a_wrong_password() {
  eap_client eap-mschapv2 'eap: { password: wrong }'
  expect_exit 1 gateway_ctl gw-a up to-b --wait 10s
  expect_says EAP_FAILED eap.password
}
they_eap_with_a_wrong_password() {
  eap_server eap-mschapv2 'eap: { users: [{ name: bob, password: another }] }'
  expect_not 'they are up' swanctl gw-b --initiate --child to-us --timeout 5
  gateway_ctl gw-a explain to-b -o json | jq -e '.history[0].code == "EAP_FAILED"'
}
we_eap_tls() {
  eap_client eap-tls 'eap: { method: TLS }'
  up_both_ways we_initiate
}
they_eap_tls() {
  eap_server eap-tls 'eap: { method: TLS }' 'certs = bob.pem'
  up_both_ways they_initiate
}
we_another_eap_method() {
  eap_client eap-tls 'eap: { password: builder }'
  expect_exit 1 gateway_ctl gw-a up to-b --wait 10s
  expect_says EAP_METHOD_MISMATCH eap.method
}

run we_ppk_required they_ppk_required they_rekey_with_a_ppk we_ppk_optional_and_unknown_there \
  they_ppk_optional_and_unknown_there we_ppk_required_and_unknown_there a_different_ppk_is_named we_eap_mschapv2 \
  they_eap_mschapv2 we_eap_with_a_wrong_password they_eap_with_a_wrong_password we_eap_tls they_eap_tls \
  we_another_eap_method
