// SPDX-License-Identifier: Apache-2.0
// From a datagram of IKEv1 to a row of the table, or to the exchanges of Phase 2.
#include "libs/wire/ikev1/protected.h"
#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/fragments.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/ikev1/notifications.h"
#include "services/iked/engine/ikev1/offer.h"
#include "services/iked/engine/ikev1/opening.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/ikev1/responder.h"
#include "services/iked/engine/ikev1/transitions.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/version.h"

namespace culvert::iked::ikev1 {

using wire::Decoded;
using wire::DecodeError;
using wire::IkeHeader;
using wire::ikev1::ExchangeType;
using wire::ikev1::Message;
using wire::ikev1::OpenedMessage;

namespace {

// The SA that both cookies name; an initiator's has none of the peer's before message 2.
IkeSa* FindSa(const Core& core, const IkeHeader& header) {
  IkeSa* sa = core.FindIkeSa(header.responder_spi);
  if (sa != nullptr && sa->ikev1 != nullptr && !sa->initiator && sa->remote_spi == header.initiator_spi) return sa;
  sa = core.FindIkeSa(header.initiator_spi);
  if (sa == nullptr || sa->ikev1 == nullptr || !sa->initiator) return nullptr;
  return sa->remote_spi == header.responder_spi || sa->remote_spi == 0 ? sa : nullptr;
}

bool IsPhase1(ExchangeType exchange) {
  return exchange == ExchangeType::kMain || exchange == ExchangeType::kAggressive;
}

// A message that was answered comes again: so does the answer, to where the peer is now.
bool Repeated(Core& core, IkeSa& sa, const Datagram& datagram) {
  const State& state = *sa.ikev1;
  if (state.last_received.empty() || state.last_received != DigestOf(datagram.bytes)) return false;
  if (state.last_sent.empty()) return true;  // it is being worked on, or our own retransmission sees to it
  SendAgain(core, sa, state.last_sent);
  return true;
}

Decoded<OpenedMessage> InClear(base::ByteView datagram) {
  DECODE_OR_RETURN(Message message, wire::ikev1::DecodeMessage(datagram));
  return OpenedMessage{std::move(message), {}};
}

void ReceivePhase1(Core& core, IkeSa& sa, const Datagram& datagram, const IkeHeader& header) {
  if (Repeated(core, sa, datagram)) return;
  State& state = *sa.ikev1;
  const Transition* row = FindMessage(state.step, static_cast<ExchangeType>(header.exchange_type));
  if (row == nullptr || state.phase1 == nullptr || sa.state != IkeState::kIkev1Negotiating || header.message_id != 0) {
    return CountInvalid(core, "out_of_state");
  }
  Occasion occasion{.datagram = &datagram};
  const bool sealed = (header.flags & wire::kFlagV1Encryption) != 0;
  Decoded<OpenedMessage> opened = sealed ? OpenPhase1(core, sa, datagram.bytes) : InClear(datagram.bytes);
  if (!opened.ok()) {
    CountInvalid(core, Name(opened.error()));
    if (sealed) OnNoise(core, sa, datagram);
    return;
  }
  const wire::ikev1::Proof proof = wire::ikev1::ProofOf(state.phase1->method);
  if (const auto malformed = CheckPayloads(opened->message, *row->form, proof)) {
    return CountInvalid(core, Name(malformed->error));
  }
  occasion.message = &opened->message;
  occasion.next_iv = std::move(opened->next_iv);
  Dispatch(core, sa, *row, occasion);
}

// What the pieces make is a message like any other of that SA, but for being in pieces again.
void ReceiveFragment(Core& core, IkeSa& sa, const Datagram& datagram) {
  const std::optional<base::Bytes> whole = Collect(core, sa, datagram);
  if (!whole) return;
  const std::optional<IkeHeader> header = wire::PeekHeader(*whole);
  const bool fragment = header && header->next_payload == static_cast<uint8_t>(wire::ikev1::PayloadType::kFragment);
  if (!header || fragment || header->major_version != 1 || FindSa(core, *header) != &sa) {
    return CountInvalid(core, "fragment_refused");
  }
  Datagram assembled = datagram;
  assembled.bytes = *whole;
  Receive(core, assembled, *header);
}

}  // namespace

bool SpokenHere(const Core& core, const Datagram& datagram, const IkeHeader& header) {
  if (FindSa(core, header) != nullptr) return true;
  if (core.config == nullptr || core.FindIkeSa(header.initiator_spi) != nullptr) return false;  // IKEv2's, called back
  for (const Tunnel* tunnel : core.index.Candidates(datagram.local.address, datagram.remote.address)) {
    if (Answers(*tunnel) && Speaks(*tunnel->config, IkeVersion::kIkev1)) return true;
  }
  return false;
}

void Receive(Core& core, const Datagram& datagram, const IkeHeader& header) {
  CountMessage(core, false, header.exchange_type, false);
  const auto exchange = static_cast<ExchangeType>(header.exchange_type);
  if (header.responder_spi == 0 && IsPhase1(exchange)) return Admit(core, datagram, header);
  IkeSa* sa = FindSa(core, header);
  if (sa == nullptr) return CountInvalid(core, "unknown_spi");
  if (header.next_payload == static_cast<uint8_t>(wire::ikev1::PayloadType::kFragment)) {
    return ReceiveFragment(core, *sa, datagram);
  }
  if (IsPhase1(exchange)) return ReceivePhase1(core, *sa, datagram, header);
  if (sa->half_open()) return OnEarlyMessage(core, *sa, datagram, header);
  ReceivePhase2(core, *sa, datagram, header);
}

}  // namespace culvert::iked::ikev1
