// SPDX-License-Identifier: Apache-2.0
// Profiles: what an unset field means. After Effective nothing that matters is unset, the manual's three algorithm
// fields have become proposal strings, and authentication is spelled out for both sides.
#pragma once

#include "culvert/config/v1/config.pb.h"

namespace culvert::configd {

config::v1::Tunnel EffectiveTunnel(const config::v1::Tunnel& typed);
config::v1::Gateway EffectiveGateway(const config::v1::Gateway& typed);
config::v1::Configuration Effective(const config::v1::Configuration& typed);

// The tunnel serves any peer: `remote.endpoint` is "any" and no other endpoint is listed.
bool ServesAnyPeer(const config::v1::Tunnel& tunnel);

}  // namespace culvert::configd
