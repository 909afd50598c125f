#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Authentication by certificate with strongSwan: each kind of key and signature on both sides, either beginning; chains;
# and what each refuses of the other.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
# shellcheck source=tests/pki.sh
. "$TESTS_ROOT/pki.sh"
scenario certificates
lab_two_sites
LAB_CHARON_PLUGINS+=' pkcs8'
SWANCTL_DIR=$(strongswan_dir gw-b) # where swanctl looks for certificates and keys: beside its configuration

pki_ca root p256
pki_ca below p384 root
pki_ca stranger p256
for type in rsa p256 p384 p521 ed25519; do
  pki_issue "a-$type" "$type" root DNS:gw-a.example
  pki_issue "b-$type" "$type" root DNS:gw-b.example
done
pki_issue a-below p256 below DNS:gw-a.example
pki_issue b-below p256 below DNS:gw-b.example
pki_issue b-other-name p256 root DNS:gw-c.example
pki_issue b-stranger p256 stranger DNS:gw-b.example
pki_issue b-revoked p256 root DNS:gw-b.example
PKI_DATES='230101000000Z 230201000000Z' pki_issue b-expired p256 root DNS:gw-b.example
pki_revoke b-revoked root
pki_crl root

# theirs CERTIFICATE [AUTH [CHAIN [REMOTE_AUTH]]]: AUTH is strongSwan's word, which may name the signature.
theirs() {
  local dir=$SWANCTL_DIR
  rm -rf "${dir:?}"/{x509,x509ca,private}
  mkdir -p "$dir"/{x509,x509ca,private}
  cp "$(pki_file "$1.pem")" "$dir/x509/own.pem"
  cp "$(pki_file "$1.key")" "$dir/private/own.key"
  cp "$(pki_file root.pem)" "$dir/x509ca/root.pem"
  if [[ ${3:-} ]]; then cp "$(pki_file "$3.pem")" "$dir/x509ca/"; fi
  strongswan_config gw-b <<END
connections {
  to-us {
    version = 2
    local_addrs = 192.0.2.2
    remote_addrs = 192.0.2.1
    proposals = aes256gcm16-prfsha384-x25519
    local { auth = ${2:-pubkey}
      certs = own.pem
      id = gw-b.example }
    remote { auth = ${4:-pubkey}
      id = gw-a.example }
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
  ike-1 { id = gw-a.example
    secret = "$PSK" }
}
END
}

# With these, and no SA left of before: OUR_CERTIFICATE THEIR_CERTIFICATE [THEIR_AUTH [OUR_CHAIN [THEIR_CHAIN]]]
meet() {
  if [[ -e $(gateway_dir gw-a)/pid ]]; then both_down; fi
  gateway_x509 gw-a a b "$1" root "${4:-}"
  theirs "$2" "${3:-}" "${5:-}"
  start_or_load
}

start_or_load() {
  if [[ -e $(gateway_dir gw-a)/pid ]]; then
    swanctl gw-b --load-creds --clear >/dev/null
    strongswan_load gw-b
    expect_exit 0 apply gw-a
  else
    strongswan_start gw-b
    gateway_start gw-a
  fi
}

# Defines the two tests of a pair, for `run` to name.
# pair NAME MEET_ARGUMENT…
TESTS=()
pair() {
  local name=$1
  shift
  eval "we_$name() { meet $*; we_initiate; traffic_flows; }; they_$name() { meet $*; they_initiate; traffic_flows; }"
  TESTS+=("we_$name" "they_$name")
}
pair rsa_pkcs1_sha256 a-rsa b-rsa rsa-sha256
pair rsa_pkcs1_sha512 a-rsa b-rsa rsa-sha512
pair rsa_pss_sha256 a-rsa b-rsa rsa/pss-sha256
pair rsa_pss_sha512 a-rsa b-rsa rsa/pss-sha512
pair ecdsa_p256 a-p256 b-p256
pair ecdsa_p384 a-p384 b-p384
pair ecdsa_p521 a-p521 b-p521
pair ed25519 a-ed25519 b-ed25519
pair rsa_here_ecdsa_there a-rsa b-p256
pair an_intermediate_on_both_sides a-below b-below pubkey below below

# refused CODE MEET_ARGUMENT…: we begin, and refuse what they show.
refused() {
  local code=$1
  shift
  meet "$@"
  expect_exit 1 gateway_ctl gw-a up to-b --wait 10s
  gateway_ctl gw-a explain to-b -o json >"$LAB_DIR/explained"
  expect "$code, not $(jq -c '.history[0]' "$LAB_DIR/explained")" [ "$(jq -r '.history[0].code' "$LAB_DIR/explained")" = "$code" ]
  expect 'nothing stands there' wait_until 5 their_sas_are 0
}
we_refuse_another_ca() { refused CERT_UNTRUSTED a-p256 b-stranger; }
we_refuse_an_expired_one() { refused CERT_EXPIRED a-p256 b-expired; }
we_refuse_a_name_that_is_not_in_it() { refused ID_NOT_IN_CERTIFICATE a-p256 b-other-name; }
we_refuse_a_revoked_one() {
  both_down
  gateway_x509 gw-a a b a-p256 root '' 'revocation:' '  crls:' '    - |' "$(sed 's/^/      /' "$(pki_file root.crl)")"
  theirs b-revoked
  start_or_load
  expect_exit 1 gateway_ctl gw-a up to-b --wait 10s
  gateway_ctl gw-a explain to-b -o json | jq -e '.history[0].code == "CERT_REVOKED"'
}

they_refuse_us_and_we_say_so() {
  both_down
  gateway_x509 gw-a a b a-p256 root
  theirs b-p256
  cp "$(pki_file stranger.pem)" "$SWANCTL_DIR/x509ca/root.pem"
  start_or_load
  expect_exit 1 gateway_ctl gw-a up to-b --wait 10s
  expect_says PEER_REFUSED_AUTHENTICATION
}

# They show a certificate, we know a key (RFC 7296 2.15 lets each side choose).
a_key_here_a_certificate_there() {
  both_down
  gateway_x509 gw-a a b a-p256 root '' 'secrets:' "  - { name: shared, psk: \"$PSK\", selectors: [gw-b.example] }"
  sed -i 's/authentication: .*/authentication: { local: { psk: {} }, remote: { x509: { ca: [ca] } } }/' \
    "$(gateway_dir gw-a)/culvert.yaml"
  theirs b-p256 pubkey '' psk
  start_or_load
  we_initiate
  traffic_flows
  both_down
  they_initiate
  traffic_flows
}

run "${TESTS[@]}" we_refuse_another_ca we_refuse_an_expired_one we_refuse_a_name_that_is_not_in_it \
  we_refuse_a_revoked_one they_refuse_us_and_we_say_so a_key_here_a_certificate_there
