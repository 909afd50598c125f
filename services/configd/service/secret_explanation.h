// SPDX-License-Identifier: Apache-2.0
// Which secret would be used for a pair of peers, and why. Never shows a value.
#pragma once

#include "absl/status/statusor.h"
#include "culvert/config/v1/config_service.pb.h"

namespace culvert::configd {

// INVALID_ARGUMENT where an identity or address of the request cannot be read; each may be empty.
absl::StatusOr<config::v1::ExplainSecretResponse> ExplainSecretChoice(const config::v1::Configuration& configuration,
                                                                      const config::v1::ExplainSecretRequest& request);

}  // namespace culvert::configd
