// SPDX-License-Identifier: Apache-2.0
// A new configuration against the one that runs: tunnels with an equal digest keep everything.
#pragma once

#include <memory>

#include "services/iked/engine/core.h"

namespace culvert::iked {

void OnSnapshot(Core& core, std::shared_ptr<const EngineConfig> config);

}  // namespace culvert::iked
