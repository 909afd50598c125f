// SPDX-License-Identifier: Apache-2.0
// "Did you mean …?"
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace culvert::configd {

// The candidate with the fewest edits (insert, delete, replace, swap of neighbours; case is free) from `word`; empty
// where none is within a third of its length.
absl::string_view Nearest(absl::string_view word, const std::vector<absl::string_view>& candidates);

// `did you mean "lifetime"?`, or "" where Nearest finds nothing.
std::string DidYouMean(absl::string_view word, const std::vector<absl::string_view>& candidates);

}  // namespace culvert::configd
