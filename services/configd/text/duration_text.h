// SPDX-License-Identifier: Apache-2.0
// Durations as people write them.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace culvert::configd {

// Whole seconds of "30s", "10m", "8h", "7d"; nullopt for anything else, a number without a unit included, and for more
// than google.protobuf.Duration holds (10,000 years).
std::optional<int64_t> ParseDurationSeconds(absl::string_view text);

}  // namespace culvert::configd
