// SPDX-License-Identifier: Apache-2.0
// Informational exchanges that come before Phase 1 stands (RFC 2408 4.8). In clear they prove nothing: while nothing is
// settled yet they end an attempt, which whoever forges them could do as well by dropping our messages; later they are
// a hint, which makes us wait less.
#pragma once

#include "libs/wire/ike_header.h"
#include "services/iked/engine/core.h"

namespace culvert::iked::ikev1 {

// Whatever is not of Phase 1, for an SA that is half open.
void OnEarlyMessage(Core& core, IkeSa& sa, const Datagram& datagram, const wire::IkeHeader& header);

}  // namespace culvert::iked::ikev1
