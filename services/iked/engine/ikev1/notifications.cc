// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/notifications.h"

#include <algorithm>

#include "libs/wire/ikev1/payload_rules.h"
#include "libs/wire/ikev1/protected.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/authentic.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/offer.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked::ikev1 {

using wire::Decoded;
using wire::IkeHeader;
using wire::ikev1::ExchangeType;
using wire::ikev1::Message;
using wire::ikev1::MessageForm;
using wire::ikev1::NotifyPayload;
using wire::ikev1::NotifyType;

namespace {

// How long a real answer may still take after somebody said that there is none.
constexpr absl::Duration kHintPatience = absl::Seconds(2);

Diagnosis WhyRefused(const Core& core, const IkeSa& sa, NotifyType error) {
  const Circumstance here = Here(core, sa);
  const Phase1& phase1 = *sa.ikev1->phase1;
  const wire::ikev1::AuthMethod method = MethodOf(*sa.config, /*initiator=*/true);
  switch (error) {
    case NotifyType::kNoProposalChosen:
    case NotifyType::kAttributesNotSupported:
    case NotifyType::kBadProposalSyntax:
      return PeerRefusedPhase1Proposals(here, sa.config->ike_proposals, Describe(method));
    case NotifyType::kInvalidMajorVersion:
      return PeerSpeaksIkev2(here);
    case NotifyType::kInvalidExchangeType:
    case NotifyType::kUnsupportedExchangeType: {
      const IkeMode ours = sa.config->ike_mode;
      return ModeMismatch(here, ours, ours == IkeMode::kMain ? IkeMode::kAggressive : IkeMode::kMain);
    }
    default:
      return PeerRefusedPhase1(here, BySignature(phase1.method) ? "" : sa.handshake->auth.secret, sa.local_id,
                               ToString(error));
  }
}

bool IsFirstAnswerAwaited(const IkeSa& sa) {
  return sa.ikev1->step == Step::kSaSent || sa.ikev1->step == Step::kAggressiveSent;
}

void TakeHint(Core& core, IkeSa& sa, const std::string& hint) {
  CountInvalid(core, "unprotected_notify");
  OwnExchange& own = *sa.own;
  if (own.datagrams.empty()) return;
  sa.ikev1->phase1->hint = hint;
  own.give_up = std::min(own.give_up, core.clock.Monotonic() + kHintPatience);
  core.Arm(TimerKind::kRetransmit, sa.local_spi, own.give_up);
}

void OnClear(Core& core, IkeSa& sa, const Datagram& datagram) {
  const Decoded<Message> message = wire::ikev1::DecodeMessage(datagram.bytes);
  if (!message.ok()) return CountInvalid(core, Name(message.error()));
  if (const auto malformed = CheckPayloads(*message, MessageForm::kInformationalInClear)) {
    return CountInvalid(core, Name(malformed->error));
  }
  const NotifyPayload* error = message->FirstErrorNotify();
  if (error == nullptr) return CountInvalid(core, "out_of_state");
  if (!IsFirstAnswerAwaited(sa)) return TakeHint(core, sa, ToString(error->type));
  FailConnect(core, sa, TunnelReason::kNegotiationFailed, WhyRefused(core, sa, error->type));
}

void OnSealed(Core& core, IkeSa& sa, const Datagram& datagram, uint32_t message_id) {
  const State& state = *sa.ikev1;
  if (state.keys.cipher.empty()) return CountInvalid(core, "no_keys");
  const auto opened =
      wire::ikev1::OpenMessage(*state.suite.encr, state.keys.cipher.view(), InitialIv(sa, message_id), datagram.bytes);
  // A peer with another pre-shared key says so under keys that we do not have.
  if (!opened.ok()) return TakeHint(core, sa, "");
  if (!HasHash(core, sa, opened->message)) return;
  const NotifyPayload* error = opened->message.FirstErrorNotify();
  if (error == nullptr) return CountInvalid(core, "out_of_state");
  FailConnect(core, sa, TunnelReason::kNegotiationFailed, WhyRefused(core, sa, error->type));
}

}  // namespace

void OnEarlyMessage(Core& core, IkeSa& sa, const Datagram& datagram, const IkeHeader& header) {
  const bool informational = static_cast<ExchangeType>(header.exchange_type) == ExchangeType::kInformational;
  if (!informational || !sa.initiator || sa.state != IkeState::kIkev1Negotiating || sa.own == nullptr) {
    return CountInvalid(core, "out_of_state");
  }
  (header.flags & wire::kFlagV1Encryption) != 0 ? OnSealed(core, sa, datagram, header.message_id)
                                                : OnClear(core, sa, datagram);
}

}  // namespace culvert::iked::ikev1
