// SPDX-License-Identifier: Apache-2.0
#include "services/configd/text/json_escapes.h"

#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

namespace culvert::configd {
namespace {

// The value of "\uXXXX" at the front of `text`.
std::optional<uint32_t> CodeUnit(absl::string_view text) {
  uint32_t unit = 0;
  if (text.size() < 6 || !absl::StartsWith(text, "\\u") || !absl::SimpleHexAtoi(text.substr(2, 4), &unit)) {
    return std::nullopt;
  }
  return unit;
}

}  // namespace

bool LooksLikeJson(absl::string_view text) {
  return absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "{");
}

std::string JoinSurrogates(absl::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    if (json[0] != '\\') {
      const size_t plain = std::min(json.find('\\'), json.size());
      out.append(json.data(), plain);
      json.remove_prefix(plain);
      continue;
    }
    const std::optional<uint32_t> high = CodeUnit(json);
    const std::optional<uint32_t> low = high ? CodeUnit(json.substr(6)) : std::nullopt;
    if (low && (*high & 0xFC00) == 0xD800 && (*low & 0xFC00) == 0xDC00) {
      absl::StrAppendFormat(&out, "\\U%08x", 0x10000 + ((*high & 0x3FF) << 10) + (*low & 0x3FF));
      json.remove_prefix(12);
    } else {  // any other escape: both octets, so that "\\\\u" is not taken for one
      const size_t octets = std::min<size_t>(2, json.size());
      out.append(json.data(), octets);
      json.remove_prefix(octets);
    }
  }
  return out;
}

}  // namespace culvert::configd
