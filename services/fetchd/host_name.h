// SPDX-License-Identifier: Apache-2.0
// What may be asked of a resolver.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace culvert::fetchd {

// RFC 1123 2.1: labels of 1..63 letters, digits and inner hyphens, 253 octets in all, a final dot allowed. A name of
// digits and dots alone is a mistyped address. InvalidArgument says what is wrong.
absl::Status CheckHostName(absl::string_view name);

}  // namespace culvert::fetchd
