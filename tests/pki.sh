# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Certificates for scenarios, made anew each time by openssl, below $LAB_DIR/pki. Source it after tap.sh:
#   pki_ca root p256                        a self-signed CA            → root.pem root.key
#   pki_ca below p256 root                  an intermediate of it
#   pki_issue gw-a rsa root DNS:gw-a.example [LINE…]    a gateway       → gw-a.pem gw-a.key; LINEs: more extensions
#   PKI_DATES='230101000000Z 230201000000Z' pki_issue …  with dates of its own
#   pki_revoke gw-a root; pki_crl root      → root.crl, root.crl.der
# Key types: rsa p256 p384 p521 ed25519.

pki_file() { echo "$LAB_DIR/pki/$1"; }

pki_key() {
  local options
  case $2 in
    rsa) options=(-algorithm RSA -pkeyopt rsa_keygen_bits:2048) ;;
    p256 | p384 | p521) options=(-algorithm EC -pkeyopt "ec_paramgen_curve:P-${2#p}") ;;
    ed25519) options=(-algorithm ED25519) ;;
    *) lab_die "no key type $2" ;;
  esac
  mkdir -p "$LAB_DIR/pki"
  openssl genpkey "${options[@]}" -out "$(pki_file "$1.key")" 2>/dev/null
}

# The database by which a CA signs and revokes.
pki_database() {
  local dir
  dir=$(pki_file "$1.d")
  mkdir -p "$dir"
  : >"$dir/index"
  openssl rand -hex 8 >"$dir/serial"
  echo 01 >"$dir/crlnumber"
  cat >"$dir/ca.cnf" <<END
[ca]
default_ca = this
[this]
database = $dir/index
serial = $dir/serial
crlnumber = $dir/crlnumber
new_certs_dir = $dir
default_md = sha256
default_days = 30
default_crl_days = 1
unique_subject = no
policy = any
[any]
commonName = supplied
END
}

# pki_sign NAME CA EXTENSION…
pki_sign() {
  local name=$1 ca=$2 dates=()
  shift 2
  printf '%s\n' "$@" >"$(pki_file "$name.ext")"
  read -r from to <<<"${PKI_DATES:-}"
  if [[ $from ]]; then dates=(-startdate "$from" -enddate "$to"); fi
  openssl req -new -key "$(pki_file "$name.key")" -subj "/CN=$name" -out "$(pki_file "$name.csr")"
  openssl ca -batch -notext -config "$(pki_file "$ca.d")/ca.cnf" -cert "$(pki_file "$ca.pem")" \
    -keyfile "$(pki_file "$ca.key")" -in "$(pki_file "$name.csr")" -extfile "$(pki_file "$name.ext")" \
    "${dates[@]}" -out "$(pki_file "$name.pem")" 2>"$(pki_file "$name.log")" || lab_die "$(cat "$(pki_file "$name.log")")"
}

pki_ca() {
  pki_key "$1" "$2"
  if [[ ${3:-} ]]; then
    pki_sign "$1" "$3" 'basicConstraints = critical, CA:TRUE' 'keyUsage = keyCertSign, cRLSign'
  else
    openssl req -x509 -new -key "$(pki_file "$1.key")" -subj "/CN=$1" -days 30 -out "$(pki_file "$1.pem")" \
      -addext 'keyUsage = keyCertSign, cRLSign'
  fi
  pki_database "$1"
}

pki_issue() {
  local name=$1 type=$2 ca=$3 san=$4
  shift 4
  pki_key "$name" "$type"
  pki_sign "$name" "$ca" "subjectAltName = $san" 'keyUsage = digitalSignature' "$@"
}

pki_revoke() {
  openssl ca -config "$(pki_file "$2.d")/ca.cnf" -cert "$(pki_file "$2.pem")" -keyfile "$(pki_file "$2.key")" \
    -revoke "$(pki_file "$1.pem")" 2>/dev/null
}

pki_crl() {
  openssl ca -config "$(pki_file "$1.d")/ca.cnf" -cert "$(pki_file "$1.pem")" -keyfile "$(pki_file "$1.key")" \
    -gencrl -out "$(pki_file "$1.crl")" 2>/dev/null
  openssl crl -in "$(pki_file "$1.crl")" -outform DER -out "$(pki_file "$1.crl.der")"
}

# gateway_x509 NAMESPACE SITE OTHER CERTIFICATE CA [CHAIN [LINE…]]: as gateway_psk, by certificate on both sides; `own` is
# the file NAME.pem, `ca` CA.pem. LINEs go to the top level of the configuration.
gateway_x509() {
  local name=$1 site=$2 other=$3 own=$4 ca=$5 chain=${6:-}
  shift $(($# < 6 ? $# : 6))
  local number=1 peer=2
  if [[ $site == b ]]; then number=2 peer=1; fi
  gateway_config "$name" <<END
tunnels:
  - name: to-$other
    enabled: true
    profile: MODERN
    startup: ADD
    local: { address: 192.0.2.$number, identifier: gw-$site.example, subnets: [10.$number.0.0/24] }
    remote: { endpoint: 192.0.2.$peer, identifier: gw-$other.example, subnets: [10.$peer.0.0/24] }
    authentication: { x509: { certificate: own, ca: [ca] } }
certificates:
  - name: own
    certificate_file: $(pki_file "$own.pem")
    private_key_file: $(pki_file "$own.key")
${chain:+    chain_file: $(pki_file "$chain.pem")}
  - { name: ca, certificate_file: $(pki_file "$ca.pem") }
$(if (($#)); then printf '%s\n' "$@"; fi)
END
}

# ---- two gateways by certificate, of which a begins -------------------------------------------------------------------

# b_shows CERTIFICATE [CHAIN]: what b proves itself with from now on.
b_shows() {
  bring_down
  gateway_x509 gw-b b a "$1" root "${2:-}"
  expect_exit 0 apply gw-b
}

# a_says CODE: a, which begins, refuses b and says why.
a_says() {
  expect_exit 1 gateway_ctl gw-a up to-b --wait 10s
  gateway_ctl gw-a explain to-b -o json >"$LAB_DIR/explained"
  expect "$1, not $(jq -c '.history[0]' "$LAB_DIR/explained")" [ "$(jq -r '.history[0].code' "$LAB_DIR/explained")" = "$1" ]
  expect 'what to do' jq -e '.history[0].fixes | length > 0' "$LAB_DIR/explained"
  expect 'b has no SA either' wait_until 5 no_sas gw-b
}

# iked starts anew, and knows of no server that failed and of no list.
iked_forgets() {
  kill -KILL "$(gateway_process gw-a iked)"
  expect 'iked is back' wait_until 15 gateway_answers gw-a
}
