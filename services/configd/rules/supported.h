// SPDX-License-Identifier: Apache-2.0
// The fields of which at least one value is NOT_YET_SUPPORTED, for the reference page and its test.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"

namespace culvert::configd {

std::vector<absl::string_view> TunnelFieldsNotYetSupported();         // "ike.version"
std::vector<absl::string_view> ConfigurationFieldsNotYetSupported();  // "pools"

}  // namespace culvert::configd
