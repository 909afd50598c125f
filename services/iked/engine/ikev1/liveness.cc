// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/liveness.h"

#include <cstring>

#include "libs/wire/reader.h"
#include "libs/wire/writer.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ikev1/authentic.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/ikev1/state.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::CookiePair;
using wire::ikev1::ExchangeType;
using wire::ikev1::NotifyPayload;
using wire::ikev1::NotifyType;

namespace {

NotifyPayload NotifyOf(const IkeSa& sa, NotifyType type, uint32_t sequence) {
  wire::Writer data;
  data.U32(sequence);
  return {.type = type, .spi = CookiePair{sa.spi_i(), sa.spi_r()}.bytes(), .data = std::move(data).Take()};
}

// nullopt, and counted: it is of another SA, or holds no sequence number.
std::optional<uint32_t> SequenceOf(Core& core, const IkeSa& sa, const NotifyPayload& notify) {
  wire::Reader data(notify.data);
  const std::optional<uint32_t> sequence = data.U32();
  if (sequence && data.consumed() && notify.spi == CookiePair{sa.spi_i(), sa.spi_r()}.bytes()) return sequence;
  CountInvalid(core, "dpd_malformed");
  return std::nullopt;
}

// The first one is random, with its highest bit zero (RFC 3706 7).
uint32_t NextSequence(Core& core, State& state) {
  if (state.dpd_sent != 0) return ++state.dpd_sent;
  const base::Bytes random = core.rng.Take(sizeof(state.dpd_sent));
  std::memcpy(&state.dpd_sent, random.data(), random.size());
  state.dpd_sent = (state.dpd_sent & 0x7FFFFFFF) | 1;
  return state.dpd_sent;
}

}  // namespace

bool BeginLiveness(Core& core, IkeSa& sa) {
  if (!sa.ikev1->peer.dpd) return false;
  const uint32_t sequence = NextSequence(core, *sa.ikev1);
  sa.ikev1->dpd_asked = sequence;
  const uint32_t message_id = NewMessageId(core, sa);
  base::Bytes iv = InitialIv(sa, message_id);
  SendOwn(core, sa, {ExchangeType::kInformational, message_id},
          WithHash(sa, message_id, {}, {NotifyOf(sa, NotifyType::kRUThere, sequence)}), iv);
  return true;
}

// A probe that is retransmitted is a new message with the next sequence number (5.4): peers drop a message id that
// they have seen.
void RenewProbe(Core& core, IkeSa& sa) {
  const bool probing = sa.own != nullptr && sa.own->task.story == Story::kLiveness && !sa.own->datagrams.empty();
  if (!probing) return;
  const uint32_t message_id = NewMessageId(core, sa);
  base::Bytes iv = InitialIv(sa, message_id);
  const NotifyPayload probe = NotifyOf(sa, NotifyType::kRUThere, NextSequence(core, *sa.ikev1));
  sa.own->datagrams = Seal(sa, {ExchangeType::kInformational, message_id}, WithHash(sa, message_id, {}, {probe}), iv);
}

void OnRUThere(Core& core, IkeSa& sa, const Datagram& datagram, const NotifyPayload& notify) {
  const std::optional<uint32_t> sequence = SequenceOf(core, sa, notify);
  if (!sequence) return;
  uint32_t& last = sa.ikev1->dpd_received;
  // 6.2: what was asked before may be a replay. The last one may come again because our answer was lost.
  if (last != 0 && *sequence < last) return CountInvalid(core, "dpd_replayed");
  if (*sequence != last) OnFreshMessage(core, sa, datagram);
  last = *sequence;
  SendInformational(core, sa, {NotifyOf(sa, NotifyType::kRUThereAck, *sequence)});
}

void OnRUThereAck(Core& core, IkeSa& sa, const Datagram& datagram, const NotifyPayload& notify) {
  const std::optional<uint32_t> sequence = SequenceOf(core, sa, notify);
  if (!sequence) return;
  const bool asked = sa.own != nullptr && sa.own->task.story == Story::kLiveness && !sa.own->datagrams.empty() &&
                     *sequence >= sa.ikev1->dpd_asked && *sequence <= sa.ikev1->dpd_sent;
  if (!asked) return CountInvalid(core, "dpd_unasked");
  OnFreshMessage(core, sa, datagram);
  Answered(core, sa);
  iked::Step step;
  OnAlive(core, sa, step);
}

}  // namespace culvert::iked::ikev1
