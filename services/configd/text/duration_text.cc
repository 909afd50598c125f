// SPDX-License-Identifier: Apache-2.0
#include "services/configd/text/duration_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace culvert::configd {
namespace {

constexpr int64_t kMaxSeconds = 315'576'000'000;  // google/protobuf/duration.proto

int64_t SecondsOfUnit(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    default:
      return 0;
  }
}

}  // namespace

std::optional<int64_t> ParseDurationSeconds(absl::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const int64_t unit = SecondsOfUnit(text.back());
  text.remove_suffix(1);
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
  int64_t count = 0;
  if (unit == 0 || !digits || !absl::SimpleAtoi(text, &count) || count > kMaxSeconds / unit) return std::nullopt;
  return count * unit;
}

}  // namespace culvert::configd
