// SPDX-License-Identifier: Apache-2.0
// Views and owners of octets, and hexadecimal for people and tests.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace culvert::base {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;
using MutableByteView = std::span<uint8_t>;

inline ByteView AsBytes(absl::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline absl::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes ToBytes(ByteView view) {
  return {view.begin(), view.end()};
}

// Lower-case hexadecimal, no separators.
std::string ToHex(ByteView bytes);

// The bytes that `hex` spells. Empty when `hex` is empty, odd in length or holds anything but hexadecimal digits.
Bytes FromHex(absl::string_view hex);

// Compares in time that depends on the lengths alone.
bool EqualConstantTime(ByteView a, ByteView b);

}  // namespace culvert::base
