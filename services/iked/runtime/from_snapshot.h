// SPDX-License-Identifier: Apache-2.0
// culvert.config.v1.IkeSnapshot in the engine's terms.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "culvert/config/v1/snapshot.pb.h"
#include "services/iked/engine/config.h"

namespace culvert::iked {

// A tunnel whose digest is that of `previous` (may be null) is shared with it, not made again: a snapshot of ten
// thousand tunnels of which one has changed costs one. The secrets in `snapshot` are overwritten on return.
// InvalidArgument names the tunnel or secret and its field; configd has validated all of it, so this is a skew of
// versions.
absl::StatusOr<std::shared_ptr<const EngineConfig>> FromSnapshot(config::v1::IkeSnapshot& snapshot,
                                                                 const EngineConfig* previous);

}  // namespace culvert::iked
