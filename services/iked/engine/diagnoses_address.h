// SPDX-License-Identifier: Apache-2.0
// What goes wrong with addresses: those that a gateway gives its peers, and those that a NAT hides.
#pragma once

#include <string>
#include <vector>

#include "services/iked/engine/diagnoses.h"

namespace culvert::iked {

Diagnosis AddressPoolEmpty(const Circumstance& c, const std::vector<std::string>& pools);
Diagnosis AddressNotAskedFor(const Circumstance& c);  // the peer must have one of ours
Diagnosis VirtualIpMissing(const Circumstance& c);    // the peer gave us none
Diagnosis PeerHasNoAddress(const Circumstance& c);    // INTERNAL_ADDRESS_FAILURE
Diagnosis TransportNatConflict(const Circumstance& c, const ipsec::Identity& other);

}  // namespace culvert::iked
