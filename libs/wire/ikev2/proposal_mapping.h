// SPDX-License-Identifier: Apache-2.0
// Between proposals of the vocabulary (libs/ipsec) and those on the wire.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/ipsec/proposal.h"
#include "libs/wire/ikev2/payloads.h"

namespace culvert::wire::ikev2 {

// All our proposals, numbered from 1, each with `spi` (empty, 4 or 8 octets).
SaPayload ToSaPayload(std::span<const ipsec::Proposal> proposals, base::ByteView spi);
// The answer: the one chosen suite under the number of the proposal it was chosen from.
SaPayload ToSaPayload(const ipsec::Suite& suite, uint8_t number, base::ByteView spi);

// One proposal of a peer. What the algorithm table lacks goes to `unknown`; a transform with an unknown attribute does
// too. A protocol other than IKE or ESP yields a proposal that nothing matches.
ipsec::Proposal FromWire(const Proposal& proposal);
std::vector<ipsec::Proposal> FromWire(const SaPayload& sa);

}  // namespace culvert::wire::ikev2
