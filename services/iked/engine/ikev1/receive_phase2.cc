// SPDX-License-Identifier: Apache-2.0
// Messages of an ISAKMP SA that stands: each under the IV chain of its exchange. Nothing is kept of one whose HASH is
// not right: that is its handler's to see.
#include "libs/wire/ikev1/protected.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/authentic.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/ikev1/informational.h"
#include "services/iked/engine/ikev1/quick_mode.h"
#include "services/iked/engine/ikev1/state.h"

namespace culvert::iked::ikev1 {

using wire::IkeHeader;
using wire::ikev1::ExchangeType;
using wire::ikev1::MessageForm;

void ReceivePhase2(Core& core, IkeSa& sa, const Datagram& datagram, const IkeHeader& header) {
  // In clear, anybody can say anything (RFC 2408 5.7): INVALID-COOKIE, PAYLOAD-MALFORMED and the like are only counted.
  if (!header.encrypted()) return CountInvalid(core, "unprotected");
  const auto exchange = static_cast<ExchangeType>(header.exchange_type);
  const uint32_t message_id = header.message_id;
  if (message_id == 0) return CountInvalid(core, "message_id");
  const bool quick = exchange == ExchangeType::kQuick;
  if (!quick && exchange != ExchangeType::kInformational) return CountInvalid(core, "out_of_state");
  if (quick && AnsweredQuickModeAgain(core, sa, datagram, message_id)) return;
  const base::Bytes* iv = quick ? QuickModeIv(sa, message_id) : nullptr;
  const State& state = *sa.ikev1;
  auto opened = wire::ikev1::OpenMessage(*state.suite.encr, state.keys.cipher.view(),
                                         iv == nullptr ? InitialIv(sa, message_id) : *iv, datagram.bytes);
  if (!opened.ok()) return CountInvalid(core, Name(opened.error()));
  if (quick) return OnQuickMode(core, sa, datagram, opened->message, std::move(opened->next_iv));
  if (IsLawful(core, opened->message, MessageForm::kInformational)) {
    OnInformational(core, sa, datagram, opened->message);
  }
}

}  // namespace culvert::iked::ikev1
