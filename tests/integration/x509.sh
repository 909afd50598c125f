#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Both gateways authenticate by certificate: who is let in, and what is said about who is not (fields.md 3).
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/pki.sh
. "$TESTS_ROOT/pki.sh"
scenario x509
lab_two_sites

# Who answers for revocation: a web server that gateway a reaches over its LAN.
CRL_URL=http://10.1.0.2:8080/root.crl.der
CRL_LINE="crlDistributionPoints = URI:$CRL_URL"

pki_ca root p256
pki_ca below p384 root
pki_ca stranger p256
pki_issue a p256 root DNS:gw-a.example
pki_issue b p256 root DNS:gw-b.example
pki_issue b-below rsa below DNS:gw-b.example
pki_issue b-ed25519 ed25519 root DNS:gw-b.example
pki_issue b-other-name p256 root DNS:gw-c.example
pki_issue b-stranger p256 stranger DNS:gw-b.example
pki_issue b-crl p256 root DNS:gw-b.example "$CRL_LINE"
PKI_DATES='230101000000Z 230201000000Z' pki_issue b-expired p256 root DNS:gw-b.example
pki_crl root

gateway_x509 gw-a a b a root
gateway_x509 gw-b b a b root
gateway_start gw-a
gateway_start gw-b

both_by_certificate() {
  bring_up
  expect 'ping' wait_until 2 can_ping host-a 10.2.0.2
}

either_may_begin() {
  expect_exit 0 gateway_ctl gw-b down to-a
  expect 'a is down too' wait_until 5 no_sas gw-a
  expect_exit 0 gateway_ctl gw-b up to-a --wait 10s
  expect 'ping' wait_until 2 can_ping host-b 10.1.0.2
}

through_an_intermediate() {
  b_shows b-below below
  bring_up
}

by_ed25519() {
  b_shows b-ed25519
  bring_up
}

the_intermediate_is_missing() {
  b_shows b-below
  a_says CERT_UNTRUSTED
}

another_ca() {
  b_shows b-stranger
  a_says CERT_UNTRUSTED
}

expired() {
  b_shows b-expired
  a_says CERT_EXPIRED
}

the_certificate_is_somebody_elses() {
  b_shows b-other-name
  a_says ID_NOT_IN_CERTIFICATE
}

revoked_by_a_configured_crl() {
  b_shows b
  bring_up
  bring_down
  pki_revoke b root
  pki_crl root
  gateway_x509 gw-a a b a root '' 'revocation:' '  crls:' '    - |' "$(sed 's/^/      /' "$(pki_file root.crl)")"
  expect_exit 0 apply gw-a
  a_says CERT_REVOKED
  gateway_x509 gw-a a b a root
  expect_exit 0 apply gw-a
}

# Mode STRICT: nobody vouches, nobody gets in; then the server is there.
serve_crls() {
  ip netns exec "$LAB-host-a" python3 -m http.server -d "$LAB_DIR/pki" 8080 >"$LAB_DIR/http.log" 2>&1 &
  expect 'the web server' wait_until 5 on gw-a curl -sf -o /dev/null "$CRL_URL"
}

strict_wants_word() {
  b_shows b-crl
  gateway_x509 gw-a a b a root '' 'revocation: { mode: STRICT }'
  expect_exit 0 apply gw-a
  a_says REVOCATION_UNKNOWN
}

a_crl_is_fetched() {
  b_shows b-crl
  serve_crls
  iked_forgets # a server that failed is left alone for a minute
  bring_up
  expect 'it was asked for' grep -q 'GET /root.crl.der' "$LAB_DIR/http.log"
}

a_fetched_crl_revokes() {
  bring_down
  pki_revoke b-crl root
  pki_crl root
  iked_forgets
  a_says CERT_REVOKED
}

the_metrics_know_when_certificates_end() {
  local end
  end=$(date -d "$(openssl x509 -in "$(pki_file a.pem)" -noout -enddate | cut -d= -f2)" +%s)
  expect 'the end of own' [ "$(metric gw-a 'ipsec_certificate_not_after_timestamp_seconds{name="own"}' |
    xargs printf '%.0f')" = "$end" ]
}

# What is exported has no key, and can be applied again: the stored one stays.
an_export_keeps_the_key_inside() {
  gateway_ctl gw-a export >"$LAB_DIR/exported.yaml"
  expect 'the certificate' grep -q 'BEGIN CERTIFICATE' "$LAB_DIR/exported.yaml"
  expect_not 'a private key' grep -q 'PRIVATE KEY' "$LAB_DIR/exported.yaml"
  expect_exit 0 gateway_ctl gw-a apply -f "$LAB_DIR/exported.yaml"
}

run both_by_certificate either_may_begin through_an_intermediate by_ed25519 the_intermediate_is_missing another_ca \
  expired the_certificate_is_somebody_elses the_metrics_know_when_certificates_end an_export_keeps_the_key_inside \
  revoked_by_a_configured_crl strict_wants_word a_crl_is_fetched a_fetched_crl_revokes
