// SPDX-License-Identifier: Apache-2.0
// Pre-shared keys as people write them.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/secret.h"

namespace culvert::configd {

inline constexpr size_t kMinPskBytes = 5;
inline constexpr size_t kMaxPskBytes = 512;

// The octets of "text", "0x" and hexadecimal digits, or "0s" and base64 (ipsec.secrets' spellings). InvalidArgument,
// which never shows any of it, where the digits are wrong.
absl::StatusOr<base::Secret> DecodePsk(absl::string_view text);

// How many guesses, as a power of two, an attacker needs who knows nothing but which kinds of characters are used; an
// upper bound of its strength.
double EstimatePskBits(base::ByteView psk);

}  // namespace culvert::configd
