// SPDX-License-Identifier: Apache-2.0
// Certificates, keys and revocation lists of a snapshot as the engine has them.
#pragma once

#include "absl/status/statusor.h"
#include "culvert/config/v1/snapshot.pb.h"
#include "services/iked/engine/certificates.h"

namespace culvert::iked {

// Moves the private keys out of `snapshot`, overwriting the originals, whatever it returns. InvalidArgument, with the
// entry's name: what configd validated is none after all.
absl::StatusOr<Certificates> TakeCertificates(config::v1::IkeSnapshot& snapshot);

}  // namespace culvert::iked
