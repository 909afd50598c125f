// SPDX-License-Identifier: Apache-2.0
#include "services/fetchd/host_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace culvert::fetchd {

absl::Status CheckHostName(absl::string_view name) {
  absl::ConsumeSuffix(&name, ".");
  if (name.empty()) return absl::InvalidArgumentError("the name is empty");
  if (name.size() > 253) {
    return absl::InvalidArgumentError(absl::StrCat("the name has ", name.size(), " octets; DNS allows 253"));
  }
  for (absl::string_view label : absl::StrSplit(name, '.')) {
    if (label.empty() || label.size() > 63) {
      return absl::InvalidArgumentError("each label of the name needs 1 to 63 octets");
    }
    const bool ldh = std::all_of(label.begin(), label.end(), [](char c) { return absl::ascii_isalnum(c) || c == '-'; });
    if (!ldh || label.front() == '-' || label.back() == '-') {
      return absl::InvalidArgumentError("a label has letters, digits and inner hyphens only");
    }
  }
  if (std::all_of(name.begin(), name.end(), [](char c) { return absl::ascii_isdigit(c) || c == '.'; })) {
    return absl::InvalidArgumentError("a name of digits and dots is no name, and this one is no address either");
  }
  return absl::OkStatus();
}

}  // namespace culvert::fetchd
