// SPDX-License-Identifier: Apache-2.0
// A new configuration that adds or removes subnets and changes nothing else. Where each pair of subnets has a CHILD_SA
// of its own (child_sa_layout), only those of the pairs that went are deleted; the IKE SA and the rest live on.
#pragma once

#include <memory>

#include "services/iked/engine/core.h"

namespace culvert::iked {

// False: more has changed, or a CHILD_SA is being negotiated under the old pairs; nothing was done.
bool ChangeSubnets(Core& core, Tunnel& tunnel, std::shared_ptr<const TunnelConfig> next);

}  // namespace culvert::iked
