// SPDX-License-Identifier: Apache-2.0
// The one thing that JSON can spell and our YAML reader cannot: a character beyond U+FFFF as two \u escapes.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace culvert::configd {

bool LooksLikeJson(absl::string_view text);  // its first visible character opens an object

// Each pair of surrogates in `json` (RFC 8259 7: "\ud83d\ude00") as YAML's "\U0001f600". Lines stay where they are.
std::string JoinSurrogates(absl::string_view json);

}  // namespace culvert::configd
