// SPDX-License-Identifier: Apache-2.0
// The peer deletes a CHILD_SA (RFC 7296 1.4.1, RFC 2408 3.15).
#pragma once

#include <cstdint>
#include <optional>

#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnoses.h"

namespace culvert::iked {

// `spi`: the one that the peer names, which we send to. What remains of the pair carries on; where nothing does, the
// tunnel is told. Returns the SPI of the other half, for the answer; nullopt: none is owed.
std::optional<uint32_t> OnChildDeletedByPeer(Core& core, IkeSa& sa, uint32_t spi, const Circumstance& here);

}  // namespace culvert::iked
