// SPDX-License-Identifier: Apache-2.0
// OpenSSL objects behind RAII, for this library and libs/pki. Fetched algorithms are constants of the process: OpenSSL
// counts their references atomically, so every thread shares them.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <memory>

#include "absl/strings/string_view.h"
#include "libs/crypto/digest.h"

namespace culvert::crypto {

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using MdCtx = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using MacCtx = std::unique_ptr<EVP_MAC_CTX, Freer<EVP_MAC_CTX_free>>;
using CipherCtx = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using PkeyCtx = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using Bignum = std::unique_ptr<BIGNUM, Freer<BN_clear_free>>;
using BignumCtx = std::unique_ptr<BN_CTX, Freer<BN_CTX_free>>;
using EcPoint = std::unique_ptr<EC_POINT, Freer<EC_POINT_clear_free>>;

// For calls that fail only when memory runs out or OpenSSL is broken: the impossible aborts, with the call's own words.
void Must(int result);
template <typename T>
T* MustHave(T* object) {
  Must(object != nullptr ? 1 : 0);
  return object;
}

const EVP_MD* MessageDigest(Hash hash);

}  // namespace culvert::crypto
