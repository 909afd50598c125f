// SPDX-License-Identifier: Apache-2.0
// configd's DatapathSnapshot as a Generation.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "culvert/config/v1/snapshot.pb.h"
#include "services/sad/policy/tunnel.h"

namespace culvert::sad {

// INVALID_ARGUMENT names the tunnel and the value: nothing of such a snapshot is taken over. UNIMPLEMENTED: it asks for
// something that sad does not do yet.
absl::StatusOr<std::shared_ptr<const Generation>> ReadSnapshot(const config::v1::DatapathSnapshot& snapshot);

}  // namespace culvert::sad
