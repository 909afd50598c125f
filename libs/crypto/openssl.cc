// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/openssl.h"

#include <openssl/err.h>

#include <cstdio>
#include <cstdlib>

namespace culvert::crypto {

void Must(int result) {
  if (result > 0) return;
  ERR_print_errors_fp(stderr);  // names functions and reasons, never data
  std::abort();
}

const EVP_MD* MessageDigest(Hash hash) {
  static const EVP_MD* const kFetched[] = {
      MustHave(EVP_MD_fetch(nullptr, "MD5", nullptr)),      MustHave(EVP_MD_fetch(nullptr, "SHA1", nullptr)),
      MustHave(EVP_MD_fetch(nullptr, "SHA2-256", nullptr)), MustHave(EVP_MD_fetch(nullptr, "SHA2-384", nullptr)),
      MustHave(EVP_MD_fetch(nullptr, "SHA2-512", nullptr)),
  };
  return kFetched[static_cast<size_t>(hash)];
}

}  // namespace culvert::crypto
