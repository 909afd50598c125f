#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A live OCSP responder (RFC 6960), which gateway a asks about gateway b's certificate by way of fetchd: what it says, and
# what its silence means in each mode of revocation.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/pki.sh
. "$TESTS_ROOT/pki.sh"
scenario ocsp
lab_two_sites

OCSP_PORT=8081
OCSP_LINE="authorityInfoAccess = OCSP;URI:http://10.1.0.2:$OCSP_PORT"

pki_ca root p256
pki_issue a p256 root DNS:gw-a.example
pki_issue b p256 root DNS:gw-b.example "$OCSP_LINE"
pki_issue b-revoked p256 root DNS:gw-b.example "$OCSP_LINE"
pki_revoke b-revoked root

pki_issue b-stapled p256 root DNS:gw-b.example 'authorityInfoAccess = OCSP;URI:http://10.2.0.2:8081'

# a_wants MODE
a_wants() {
  gateway_x509 gw-a a b a root '' "revocation: { mode: $1 }"
  expect_exit 0 apply gw-a
}

# responder_start [HOST]: behind gateway a or b, which alone reaches it. It knows every certificate of the CA's database.
responder_start() {
  RESPONDER=${1:-host-a}
  ip netns exec "$LAB-$RESPONDER" stdbuf -oL openssl ocsp -port "$OCSP_PORT" -index "$(pki_file root.d)/index" -CA "$(pki_file root.pem)" \
    -rsigner "$(pki_file root.pem)" -rkey "$(pki_file root.key)" -text >"$LAB_DIR/ocsp.log" 2>&1 &
  echo $! >"$LAB_DIR/ocsp.pid"
  expect 'the responder' wait_until 5 responder_listens
}
responder_listens() { on "$RESPONDER" ss -ltn | grep -q ":$OCSP_PORT "; }
responder_stop() {
  RESPONDER=host-a
  kill "$(cat "$LAB_DIR/ocsp.pid")"
  expect 'no responder' wait_until 5 no_responder
}
no_responder() { ! responder_listens; }
responder_said() { grep -q "Cert Status: $1" "$LAB_DIR/ocsp.log"; }

gateway_x509 gw-a a b a root '' 'revocation: { mode: STRICT }'
gateway_x509 gw-b b a b root
# a alone is asked to judge: b takes whatever a shows.
gateway_start gw-a
gateway_start gw-b

strict_lets_in_whom_the_responder_vouches_for() {
  responder_start
  bring_up
  expect 'it was asked, and said good' responder_said good
  expect 'ping' wait_until 2 can_ping host-a 10.2.0.2
}

# 5 minutes at least, or as long as the answer says: no second question in between.
a_fresh_answer_is_asked_for_once() {
  bring_down
  local questions
  questions=$(grep -c 'OCSP Request Data' "$LAB_DIR/ocsp.log")
  bring_up
  expect 'no further question' [ "$(grep -c 'OCSP Request Data' "$LAB_DIR/ocsp.log")" = "$questions" ]
}

a_revoked_certificate_is_refused() {
  b_shows b-revoked
  a_says CERT_REVOKED
  expect 'it said revoked' responder_said revoked
}

a_revoked_certificate_is_refused_if_available_too() {
  a_wants IF_AVAILABLE
  iked_forgets
  a_says CERT_REVOKED
}

without_the_responder_strict_refuses() {
  responder_stop
  b_shows b
  a_wants STRICT
  iked_forgets
  a_says REVOCATION_UNKNOWN
}

without_the_responder_if_available_goes_on() {
  b_shows b
  a_wants IF_AVAILABLE
  iked_forgets
  bring_up
}

# RFC 4806: b asks about itself, and sends the answer along.
what_b_brings_is_enough_for_strict() {
  responder_start host-b
  b_shows b-stapled
  a_wants STRICT
  iked_forgets
  bring_up
  expect 'b asked' responder_said good
}

run strict_lets_in_whom_the_responder_vouches_for a_fresh_answer_is_asked_for_once a_revoked_certificate_is_refused \
  a_revoked_certificate_is_refused_if_available_too without_the_responder_strict_refuses \
  without_the_responder_if_available_goes_on what_b_brings_is_enough_for_strict
