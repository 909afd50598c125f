// SPDX-License-Identifier: Apache-2.0
// Messages of IKEv1 on their way out. After Phase 1 all are encrypted, each exchange under a chain of IVs of its own;
// HASH payloads are their sender's affair, since each exchange has its own.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/ikev1/state.h"

namespace culvert::iked::ikev1 {

using Payloads = std::vector<wire::ikev1::Payload>;

struct Outgoing {
  wire::ikev1::ExchangeType exchange = wire::ikev1::ExchangeType::kInformational;
  uint32_t message_id = 0;  // 0: of Phase 1
};

// Encrypted under `iv`, which moves on to the last block; sent, and returned so that it can be sent again.
Datagrams SendSealed(Core& core, IkeSa& sa, const Outgoing& outgoing, Payloads payloads, base::Bytes& iv);
// Not sent yet.
Datagrams Seal(IkeSa& sa, const Outgoing& outgoing, Payloads payloads, base::Bytes& iv);
// The same as our outstanding request `sa.own`: repeated until Answered() or given up.
void SendOwn(Core& core, IkeSa& sa, const Outgoing& outgoing, Payloads payloads, base::Bytes& iv);
// In clear: the messages of Phase 1 before there are keys.
Datagrams SendPlain(Core& core, IkeSa& sa, wire::ikev1::ExchangeType exchange, Payloads payloads);
void SendOwnPlain(Core& core, IkeSa& sa, wire::ikev1::ExchangeType exchange, Payloads payloads);
// The same octets once more, to where the SA's peer is now.
void SendAgain(Core& core, const IkeSa& sa, const Datagrams& datagrams);

// One way, and protected: HASH(1) and `payloads` under a message id of its own.
Datagrams SendInformational(Core& core, IkeSa& sa, Payloads payloads);

// Of the first message of an exchange after Phase 1.
base::Bytes InitialIv(const IkeSa& sa, uint32_t message_id);
// Of an exchange that we begin: not zero, and nothing that the peer could foresee.
uint32_t NewMessageId(Core& core, const IkeSa& sa);

// By which a message is known when it comes again.
base::Bytes DigestOf(base::ByteView datagram);

}  // namespace culvert::iked::ikev1
