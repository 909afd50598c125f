// SPDX-License-Identifier: Apache-2.0
// sad trusts iked for keys, not for policy (RFC 4301 4.4.1: the SPD is what an administrator wrote): the judgement on
// one child SA. A pure function.
#pragma once

#include "absl/status/status.h"
#include "services/sad/datapath/child_sa.h"
#include "services/sad/policy/tunnel.h"

namespace culvert::sad {

// PERMISSION_DENIED says which rule the pair breaks: its tunnel is not there or not enabled, its suite is in no
// proposal, or a selector lies outside the tunnel's. INVALID_ARGUMENT: a pair that no tunnel could have.
absl::Status CheckChildSa(const Generation& generation, const ChildSaInfo& sa);

}  // namespace culvert::sad
