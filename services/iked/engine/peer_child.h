// SPDX-License-Identifier: Apache-2.0
// What the peer does to CHILD_SAs: it rekeys and deletes them, whatever the messages are.
#pragma once

#include <cstdint>
#include <optional>

#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnoses.h"

namespace culvert::iked {

// `fresh`, which the peer asked for, is installed in place of `old`.
void OnChildRekeyedByPeer(Core& core, IkeSa& sa, ChildSa& old, uint64_t fresh);

// A Delete (RFC 7296 1.4.1, RFC 2408 3.15). `spi`: the one that the peer names, which we send to. What remains of the
// pair carries on; where nothing does, the tunnel is told. Returns the SPI of the other half, for the answer; nullopt:
// none is owed.
std::optional<uint32_t> OnChildDeletedByPeer(Core& core, IkeSa& sa, uint32_t spi, const Circumstance& here);

}  // namespace culvert::iked
