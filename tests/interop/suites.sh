#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every suite against strongSwan, initiated by either side, each with traffic both ways. The short run takes each word at
# least once; --all takes every ESP suite with every group, and every IKE suite with every group. des, 3des and md5 are
# what old routers have; Debian's strongSwan has them by OpenSSL's legacy provider.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
scenario suites
lab_two_sites

DH_GROUPS=(modp1536 modp2048 modp3072 modp4096 ecp256 ecp384 ecp521 x25519)
OLD_AND_LARGE_GROUPS=(modp768 modp1024 modp6144 modp8192 x448)
CBC=()
for bits in 128 192 256; do
  for hash in sha1 sha256 sha384 sha512; do CBC+=("aes$bits-$hash"); done
done
OLD_CBC=()
for cipher in des 3des; do
  for hash in md5 sha1 sha256 sha384 sha512; do OLD_CBC+=("$cipher-$hash"); done
done
for bits in 128 192 256; do OLD_CBC+=("aes$bits-md5"); done
AEAD_ESP=(aes128gcm16 aes192gcm16 aes256gcm16 chacha20poly1305)
AEAD_IKE=(aes128gcm16-prfsha256 aes192gcm16-prfsha384 aes256gcm16-prfsha384 aes256gcm16-prfsha512
  chacha20poly1305-prfsha256)

# Pairs "IKE_PROPOSAL ESP_PROPOSAL".
pairs() {
  local group suite
  if [[ $TESTS_ALL ]]; then
    for suite in "${OLD_CBC[@]}"; do
      for group in modp768 modp1024 "${DH_GROUPS[@]}"; do echo "$suite-$group $suite-$group"; done
    done
    for group in "${DH_GROUPS[@]}" "${OLD_AND_LARGE_GROUPS[@]}"; do
      for suite in "${CBC[@]}" "${AEAD_ESP[@]}"; do echo "aes256gcm16-prfsha384-$group $suite-$group"; done
      for suite in "${CBC[@]}" "${AEAD_IKE[@]}"; do echo "$suite-$group aes256gcm16-$group"; done
    done
    return
  fi
  for group in "${DH_GROUPS[@]}" "${OLD_AND_LARGE_GROUPS[@]}"; do echo "aes128-sha256-$group aes128gcm16-$group"; done
  for suite in des-md5 3des-sha1 3des-md5; do echo "$suite-modp1024 $suite-modp1024"; done
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
