// SPDX-License-Identifier: Apache-2.0
// Quick crash detection (RFC 6290), both roles. Each side gives the other a token that only it can make again from the
// SPIs alone; one that has forgotten everything but its key shows the token and is believed at once, instead of being
// found dead minutes later.
#pragma once

#include <vector>

#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/core.h"

namespace culvert::iked {

// Ours, as a payload of the last IKE_AUTH message and of the answer that rekeys an IKE SA (4.2, 4.3); after a rekey of
// ours it takes an exchange of its own (BeginCrashToken). Nothing without a key.
void AppendCrashToken(const Core& core, uint64_t spi_i, uint64_t spi_r, std::vector<wire::ikev2::Payload>& payloads);
// The peer's; empty: the message has none, or one of no lawful size.
base::Bytes CrashTokenIn(const wire::ikev2::Message& message);

// A request came under SPIs that nobody here knows: an earlier life of ours may have known them (4.5). So many a
// second.
void ShowCrashToken(Core& core, const Datagram& datagram, const wire::IkeHeader& header);
// An unprotected answer came to our request. True: it is the peer's token, and the SA is gone.
bool BelievesCrash(Core& core, IkeSa& sa, const Datagram& datagram);

}  // namespace culvert::iked
