// SPDX-License-Identifier: Apache-2.0
// NAT detection (RFC 7296 2.23): hashes of each end's address and port, compared by the other end.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/clock.h"
#include "libs/base/ip.h"
#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/config.h"
#include "services/iked/engine/ike_sa.h"

namespace culvert::iked {

// SHA-1(SPIi | SPIr | address | port)
base::Bytes NatDetectionHash(uint64_t spi_i, uint64_t spi_r, const base::Endpoint& endpoint);

// Both notifications, as the sender at `local` makes them. With `encapsulation` FORCE the source hash is random, so
// that the peer sees a NAT before us; with NEVER there are none.
void AppendNatDetection(std::vector<wire::ikev2::Payload>& payloads, uint64_t spi_i, uint64_t spi_r,
                        const base::Endpoint& local, const base::Endpoint& remote, Encapsulation encapsulation,
                        base::Rng& rng);

// What the peer's notifications show, to a receiver that sees itself at `local` and the peer at `remote`.
NatSituation JudgeNat(const wire::ikev2::Message& message, uint64_t spi_i, uint64_t spi_r, const base::Endpoint& local,
                      const base::Endpoint& remote, Encapsulation encapsulation);

}  // namespace culvert::iked
