// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/psk_text.h"

#include <algorithm>
#include <bitset>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"

namespace culvert::configd {

absl::StatusOr<base::Secret> DecodePsk(absl::string_view text) {
  if (absl::StartsWith(text, "0x")) {
    base::Bytes bytes = base::FromHex(text.substr(2));
    if (bytes.empty()) return absl::InvalidArgumentError("0x must be followed by pairs of hexadecimal digits");
    base::Secret psk = base::Secret::CopyOf(bytes);
    base::SecureWipe(bytes);
    return psk;
  }
  if (absl::StartsWith(text, "0s")) {
    std::string bytes;
    if (!absl::Base64Unescape(text.substr(2), &bytes))
      return absl::InvalidArgumentError("0s must be followed by base64");
    base::Secret psk = base::Secret::CopyOf(base::AsBytes(bytes));
    base::SecureWipe({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
    return psk;
  }
  return base::Secret::CopyOf(base::AsBytes(text));
}

double EstimatePskBits(base::ByteView psk) {
  std::bitset<256> different;
  bool lower = false, upper = false, digit = false, other = false;
  for (const uint8_t octet : psk) {
    different.set(octet);
    if (absl::ascii_islower(octet))
      lower = true;
    else if (absl::ascii_isupper(octet))
      upper = true;
    else if (absl::ascii_isdigit(octet))
      digit = true;
    else
      other = true;
  }
  const double alphabet = 26.0 * lower + 26.0 * upper + 10.0 * digit + 33.0 * other;
  // "aaaaaaaa…" is no stronger than its few different characters.
  const size_t counted = std::min(psk.size(), 3 * different.count());
  return alphabet == 0 ? 0 : static_cast<double>(counted) * std::log2(alphabet);
}

}  // namespace culvert::configd
