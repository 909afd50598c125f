// SPDX-License-Identifier: Apache-2.0
#include "libs/base/secret.h"

#include <openssl/crypto.h>

#include <cstdlib>

namespace culvert::base {

void SecureWipe(MutableByteView bytes) {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

Secret Secret::CopyOf(ByteView bytes) {
  Secret secret;
  secret.bytes_ = ToBytes(bytes);
  return secret;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe();
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

Secret Secret::Slice(size_t offset, size_t size) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) std::abort();
  return CopyOf(view().subspan(offset, size));
}

void Secret::Wipe() {
  if (!bytes_.empty()) SecureWipe(bytes_);
}

}  // namespace culvert::base
