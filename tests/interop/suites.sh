#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every suite against strongSwan, initiated by either side, each with traffic both ways. The short run takes each word at
# least once; --all takes every ESP suite with every group, and every IKE suite with every group.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
scenario suites
lab_two_sites

DH_GROUPS=(modp1536 modp2048 modp3072 modp4096 ecp256 ecp384 ecp521 x25519)
CBC=()
for bits in 128 192 256; do
  for hash in sha1 sha256 sha384 sha512; do CBC+=("aes$bits-$hash"); done
done
AEAD_ESP=(aes128gcm16 aes192gcm16 aes256gcm16 chacha20poly1305)
AEAD_IKE=(aes128gcm16-prfsha256 aes192gcm16-prfsha384 aes256gcm16-prfsha384 aes256gcm16-prfsha512
  chacha20poly1305-prfsha256)

# Pairs "IKE_PROPOSAL ESP_PROPOSAL".
pairs() {
  local group suite
  if [[ $TESTS_ALL ]]; then
    for group in "${DH_GROUPS[@]}"; do
      for suite in "${CBC[@]}" "${AEAD_ESP[@]}"; do echo "aes256gcm16-prfsha384-$group $suite-$group"; done
      for suite in "${CBC[@]}" "${AEAD_IKE[@]}"; do echo "$suite-$group aes256gcm16-$group"; done
    done
    return
  fi
  for group in "${DH_GROUPS[@]}"; do echo "aes128-sha256-$group aes128gcm16-$group"; done
  for suite in "${CBC[@]}"; do echo "$suite-x25519 $suite-x25519"; done
  for suite in "${AEAD_ESP[@]}"; do echo "aes256gcm16-prfsha384-x25519 $suite-x25519"; done
  for suite in "${AEAD_IKE[@]}"; do echo "$suite-x25519 aes256gcm16-x25519"; done
}

# Defines the two tests of a pair, for `run` to name.
define() {
  local ike=$1 esp=$2 name
  name=${ike//-/_}__${esp//-/_}
  eval "we_${name}() { suite $ike $esp we_initiate; }; they_${name}() { suite $ike $esp they_initiate; }"
  TESTS+=("we_$name" "they_$name")
}

suite() {
  local ike=$1 esp=$2 initiate=$3
  peers "$ike" "$esp"
  "$initiate"
  traffic_flows
  expect "our suite is $ike" [ "$(sas gw-a '.ike_sas[0].suite')" = "$ike" ]
}

TESTS=()
while read -r ike esp; do define "$ike" "$esp"; done < <(pairs)
run "${TESTS[@]}"
