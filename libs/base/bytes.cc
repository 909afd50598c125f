// SPDX-License-Identifier: Apache-2.0
#include "libs/base/bytes.h"

#include <openssl/crypto.h>

#include "absl/strings/escaping.h"

namespace culvert::base {

std::string ToHex(ByteView bytes) {
  return absl::BytesToHexString(AsText(bytes));
}

Bytes FromHex(absl::string_view hex) {
  if (hex.size() % 2 != 0) return {};
  for (const char c : hex) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return {};
  }
  return ToBytes(AsBytes(absl::HexStringToBytes(hex)));
}

bool EqualConstantTime(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace culvert::base
