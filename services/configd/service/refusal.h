// SPDX-License-Identifier: Apache-2.0
// Problems as the error of a call.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "services/configd/form/problem.h"

namespace culvert::configd {

// INVALID_ARGUMENT with reason CONFIGURATION_INVALID, metadata `errors` (their number) and field violations. Metadata
// of a call is limited to 8 KiB, so only the first errors fit; Validate tells all.
absl::Status Refusal(const std::vector<Problem>& problems);

}  // namespace culvert::configd
