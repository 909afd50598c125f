// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>

#include "libs/base/secret.h"

namespace culvert::crypto {
namespace {

EVP_MAC* Fetched() {
  static EVP_MAC* const kHmac = MustHave(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  return kHmac;
}

}  // namespace

Hmac::Hmac(Hash hash, base::ByteView key) : context_(EVP_MAC_CTX_new(Fetched())) {
  char* name = const_cast<char*>(EVP_MD_get0_name(MessageDigest(hash)));  // OSSL_PARAM is not const-correct
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_END};
  // A null key would mean "keep the old one"; an empty key is a key.
  static constexpr uint8_t kEmpty = 0;
  Must(EVP_MAC_init(context_.get(), key.empty() ? &kEmpty : key.data(), key.size(), params));
}

void Hmac::Compute(std::initializer_list<base::ByteView> parts, base::MutableByteView out) {
  Must(EVP_MAC_init(context_.get(), nullptr, 0, nullptr));
  for (const base::ByteView part : parts) Must(EVP_MAC_update(context_.get(), part.data(), part.size()));
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac;
  size_t size = 0;
  Must(EVP_MAC_final(context_.get(), mac.data(), &size, mac.size()));
  Must(out.size() <= size ? 1 : 0);
  std::copy_n(mac.begin(), out.size(), out.begin());
  base::SecureWipe(mac);
}

}  // namespace culvert::crypto
