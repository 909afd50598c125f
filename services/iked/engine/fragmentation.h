// SPDX-License-Identifier: Apache-2.0
// IKE fragmentation (RFC 7383): protected messages that fit no packet are cut by IKE instead of by IP, whose fragments
// many a middlebox drops.
#pragma once

#include <optional>

#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/core.h"

namespace culvert::iked {

// A message of `sa`, sealed: its fragments where both sides can and it does not fit one packet, else one datagram.
Datagrams Seal(Core& core, const IkeSa& sa, const wire::ikev2::Message& message);

// The largest datagram, without the non-ESP marker, that Seal makes where it may fragment.
size_t FragmentSize(const IkeSa& sa);

// An expected message's fragment came in. The message once it is whole, or why its octets are none; nullopt: there is
// more to come, or the fragment was of no use, which is counted.
std::optional<wire::Decoded<wire::ikev2::Message>> Assemble(Core& core, IkeSa& sa, const Datagram& datagram,
                                                            const wire::IkeHeader& header);

// Those of the peer's request, or of its response, are of no use any more: the message came otherwise.
void ForgetFragments(Core& core, IkeSa& sa, bool response);
// The timer kReassembly: the rest did not come in time (2.6).
void OnReassemblyOver(Core& core, IkeSa& sa);

}  // namespace culvert::iked
