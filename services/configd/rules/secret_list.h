// SPDX-License-Identifier: Apache-2.0
// The configured secrets as the matcher knows them: names and selectors, no values.
#pragma once

#include <vector>

#include "culvert/config/v1/config.pb.h"
#include "libs/ipsec/secret_match.h"

namespace culvert::configd {

// Some tunnel uses it as post-quantum pre-shared key: then nobody is authenticated by it.
bool IsPpk(const config::v1::Configuration& configuration, absl::string_view secret);

// In list order, without those that are PPKs. Selectors that cannot be parsed, which validation reports, are left out.
std::vector<ipsec::SecretSelectors> SecretListOf(const config::v1::Configuration& configuration);

}  // namespace culvert::configd
