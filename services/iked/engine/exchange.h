// SPDX-License-Identifier: Apache-2.0
// Requests, responses and retransmission (RFC 7296 2.1 to 2.3): one exchange of ours at a time, one of the peer's.
#pragma once

#include <vector>

#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/core.h"

namespace culvert::iked {

using Payloads = std::vector<wire::ikev2::Payload>;

// The unprotected request of `sa.own`, again with each cookie or group. Message id 0.
void SendInit(Core& core, IkeSa& sa, std::shared_ptr<const base::Bytes> datagram);
// Seals and sends a request for `sa.own`; it is retransmitted until answered or given up.
void SendRequest(Core& core, IkeSa& sa, wire::ikev2::ExchangeType exchange, Payloads payloads);
// The same for octets that are ready: IKEv1's.
void StartOwn(Core& core, IkeSa& sa, uint8_t exchange, uint32_t message_id, Datagrams datagrams);
// Its answer is in: no more retransmissions.
void Answered(Core& core, IkeSa& sa);

// Seals, sends to where it came from, and keeps the answer to the peer's request sa.peer_next, which is thereby done.
void SendResponse(Core& core, IkeSa& sa, wire::ikev2::ExchangeType exchange, Payloads payloads);
// To where `request` came from: an answer of IKE_SA_INIT.
void Reply(Core& core, const Datagram& request, std::shared_ptr<const base::Bytes> datagram);
// The stored response once more, to where its request came from this time.
void ReplyAgain(Core& core, const IkeSa& sa, const Datagram& request);

// The timer kRetransmit. False: it is time to give up, which is the caller's to do.
bool Retransmit(Core& core, IkeSa& sa);

// The wait after the `transmissions`-th transmission, before jitter.
absl::Duration RetransmissionWait(int transmissions);

// A message that changes nothing, and why.
void CountInvalid(Core& core, absl::string_view reason);
void CountMessage(Core& core, bool sent, uint8_t exchange, bool response);

}  // namespace culvert::iked
