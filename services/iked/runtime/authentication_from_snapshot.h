// SPDX-License-Identifier: Apache-2.0
// culvert.config.v1.IkeAuthentication and IkeXauth as the engine has them.
#pragma once

#include "absl/status/statusor.h"
#include "culvert/config/v1/snapshot.pb.h"
#include "services/iked/engine/authentication.h"
#include "services/iked/engine/xauth_config.h"

namespace culvert::iked {

// Moves the secrets out of `in` into wiped memory and overwrites the originals, whatever it returns. InvalidArgument:
// a word that no snapshot holds.
absl::StatusOr<Authentication> TakeAuthentication(config::v1::IkeAuthentication& in);
// The same; null where it is not enabled.
absl::StatusOr<std::shared_ptr<const XauthConfig>> TakeXauth(config::v1::IkeXauth& in);

// The octets as a secret; the original is overwritten and empty.
base::Secret TakeSecret(std::string* octets);

}  // namespace culvert::iked
