// SPDX-License-Identifier: Apache-2.0
// HMAC (RFC 2104), the one MAC beneath every PRF and integrity algorithm we have.
#pragma once

#include <initializer_list>

#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/openssl.h"

namespace culvert::crypto {

// Expands its key once; each Compute starts anew with it. For one thread.
class Hmac {
 public:
  Hmac(Hash hash, base::ByteView key);
  // `out` is the first octets of the MAC, at most DigestSize(hash).
  void Compute(std::initializer_list<base::ByteView> parts, base::MutableByteView out);

 private:
  MacCtx context_;
};

}  // namespace culvert::crypto
