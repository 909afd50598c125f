// SPDX-License-Identifier: Apache-2.0
// culvert.config.v1.IkeAuthentication as the engine has it.
#pragma once

#include "absl/status/statusor.h"
#include "culvert/config/v1/snapshot.pb.h"
#include "services/iked/engine/authentication.h"

namespace culvert::iked {

// Moves the secrets out of `in` into wiped memory and overwrites the originals, whatever it returns. InvalidArgument:
// a word that no snapshot holds.
absl::StatusOr<Authentication> TakeAuthentication(config::v1::IkeAuthentication& in);

// The octets as a secret; the original is overwritten and empty.
base::Secret TakeSecret(std::string* octets);

}  // namespace culvert::iked
