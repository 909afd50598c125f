// SPDX-License-Identifier: Apache-2.0
// The configured secrets as the matcher knows them: names and selectors, no values.
#pragma once

#include <vector>

#include "culvert/config/v1/config.pb.h"
#include "libs/ipsec/secret_match.h"

namespace culvert::configd {

// In list order. Selectors that cannot be parsed, which validation reports, are left out.
std::vector<ipsec::SecretSelectors> SecretListOf(const config::v1::Configuration& configuration);

}  // namespace culvert::configd
