// SPDX-License-Identifier: Apache-2.0
// From state to what is shown of it.
#pragma once

#include "services/iked/engine/core.h"
#include "services/iked/engine/view.h"

namespace culvert::iked {

ChildSaView ViewOf(const Core& core, const IkeSa& sa, const ChildSa& child);
IkeSaView ViewOf(const Core& core, const IkeSa& sa);
TunnelView ViewOf(const Core& core, const Tunnel& tunnel);  // without its SAs

// "to-b", or "to-b-2" for the second pair of a tunnel with several CHILD_SAs.
std::string ChildName(const IkeSa& sa, const ChildSa& child);
// What the datapath knows a suite by: no DH group, no ESN.
std::string EspSuiteName(const ipsec::Suite& suite);

}  // namespace culvert::iked
