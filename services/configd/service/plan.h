// SPDX-License-Identifier: Apache-2.0
// What a commit would do to each tunnel.
#pragma once

#include "culvert/config/v1/config_service.pb.h"

namespace culvert::configd {

// Tunnels by name: those of `to` in its order, then the removed ones. `fields` are the paths whose effective values
// differ, below the tunnel. Tunnels whose values are equal are UNTOUCHED, however differently they are written.
config::v1::Plan PlanChange(const config::v1::Configuration& from, const config::v1::Configuration& to);

}  // namespace culvert::configd
