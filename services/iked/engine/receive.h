// SPDX-License-Identifier: Apache-2.0
// From a datagram to a row of the transition table: version, SA, message id, integrity, legality, in that order, so
// that what costs comes last.
#pragma once

#include "services/iked/engine/core.h"

namespace culvert::iked {

void Receive(Core& core, const Datagram& datagram);

}  // namespace culvert::iked
