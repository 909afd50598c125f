// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/exchange.h"

#include <algorithm>
#include <cmath>

#include "libs/wire/ikev1/constants.h"
#include "services/iked/engine/fragmentation.h"
#include "services/iked/engine/mobike.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {

using wire::ikev2::ExchangeType;
using wire::ikev2::Message;

namespace {

Message Frame(const IkeSa& sa, ExchangeType exchange, uint32_t message_id, bool response, Payloads payloads) {
  Message message;
  message.header.initiator_spi = sa.spi_i();
  message.header.responder_spi = sa.spi_r();
  message.header.exchange_type = static_cast<uint8_t>(exchange);
  message.header.message_id = message_id;
  message.header.flags =
      static_cast<uint8_t>((sa.initiator ? wire::kFlagInitiator : 0) | (response ? wire::kFlagResponse : 0));
  message.payloads = std::move(payloads);
  return message;
}

void Transmit(Core& core, const IkeSa& sa, const Datagrams& datagrams, const base::Endpoint& local,
              const base::Endpoint& remote, bool nat_port) {
  const uint8_t dscp = sa.config == nullptr ? uint8_t{0} : sa.config->ike_dscp;
  for (const auto& datagram : datagrams) core.Emit(Send{local, remote, datagram, nat_port, dscp});
}

void TransmitOwn(Core& core, IkeSa& sa) {
  OwnExchange& own = *sa.own;
  ++own.transmissions;
  CountMessage(core, true, static_cast<uint8_t>(own.exchange), false);
  Transmit(core, sa, own.datagrams, sa.local, sa.remote, sa.nat_port);
  if (sa.mobike != nullptr) {
    for (const Path& other : OtherPaths(core, sa)) {
      Transmit(core, sa, own.datagrams, other.local, other.remote, sa.nat_port);
    }
  }
  const absl::Duration now = core.clock.Monotonic();
  const absl::Duration wait = core.Jittered(RetransmissionWait(own.transmissions), kRetransmissionJitter);
  core.Arm(TimerKind::kRetransmit, sa.local_spi, std::min(now + wait, own.give_up));
}

// How long our request may stay unanswered. RFC 7296 2.4 leaves it to us; DPD's timeout is a promise (both versions).
absl::Duration Patience(const IkeSa& sa) {
  if (sa.own->task.story == Story::kConnect) return kHandshakeTimeout;
  // Whose first Quick Mode is not answered has a peer that keeps silent about a refusal, as many do.
  if (sa.ikev1 != nullptr && sa.own->task.story == Story::kNewChild && sa.children.empty()) return kHandshakeTimeout;
  if (sa.state == IkeState::kDeleting || sa.state == IkeState::kRekeyed) return kDeleteTimeout;
  return sa.config->dpd.enabled ? sa.config->dpd.timeout : kExchangeTimeout;
}

void Start(Core& core, IkeSa& sa, ExchangeType exchange, uint32_t message_id, Datagrams datagrams) {
  OwnExchange& own = *sa.own;
  own.exchange = exchange;
  own.message_id = message_id;
  own.datagrams = std::move(datagrams);
  own.transmissions = 0;
  own.give_up = core.clock.Monotonic() + Patience(sa);
  TransmitOwn(core, sa);
}

// The numbers of both versions. One without a name is a stranger's: one label for all of them.
std::string ExchangeName(uint8_t exchange) {
  if (exchange >= static_cast<uint8_t>(ExchangeType::kIkeSaInit) &&
      exchange <= static_cast<uint8_t>(ExchangeType::kInformational)) {
    return ToString(static_cast<ExchangeType>(exchange));
  }
  switch (const auto v1 = static_cast<wire::ikev1::ExchangeType>(exchange)) {
    case wire::ikev1::ExchangeType::kMain:
    case wire::ikev1::ExchangeType::kAggressive:
    case wire::ikev1::ExchangeType::kInformational:
    case wire::ikev1::ExchangeType::kTransaction:
    case wire::ikev1::ExchangeType::kQuick:
      return wire::ikev1::ToString(v1);
  }
  return "other";
}

}  // namespace

absl::Duration RetransmissionWait(int transmissions) {
  return std::min(kLongestRetransmission,
                  kFirstRetransmission * std::pow(kRetransmissionFactor, std::min(transmissions, 16) - 1));
}

void SendInit(Core& core, IkeSa& sa, std::shared_ptr<const base::Bytes> datagram) {
  Start(core, sa, ExchangeType::kIkeSaInit, 0, {std::move(datagram)});
  sa.next_request = 1;
}

void SendRequest(Core& core, IkeSa& sa, ExchangeType exchange, Payloads payloads) {
  const uint32_t message_id = sa.next_request++;
  const Message message = Frame(sa, exchange, message_id, false, std::move(payloads));
  Start(core, sa, exchange, message_id, Seal(core, sa, message));
}

void StartOwn(Core& core, IkeSa& sa, uint8_t exchange, uint32_t message_id, Datagrams datagrams) {
  Start(core, sa, static_cast<ExchangeType>(exchange), message_id, std::move(datagrams));
}

void Answered(Core& core, IkeSa& sa) {
  sa.own->datagrams.clear();
  core.Cancel(TimerKind::kRetransmit, sa.local_spi);
}

void SendResponse(Core& core, IkeSa& sa, ExchangeType exchange, Payloads payloads) {
  const Message message = Frame(sa, exchange, sa.peer_next, true, std::move(payloads));
  sa.last_response = Seal(core, sa, message);
  ++sa.peer_next;
  const std::unique_ptr<PeerExchange> asked = std::move(sa.peer);
  CountMessage(core, true, static_cast<uint8_t>(exchange), true);
  if (asked == nullptr) return Transmit(core, sa, sa.last_response, sa.local, sa.remote, sa.nat_port);
  Transmit(core, sa, sa.last_response, asked->local, asked->remote, asked->nat_port);
}

void Reply(Core& core, const Datagram& request, std::shared_ptr<const base::Bytes> datagram) {
  if (const std::optional<wire::IkeHeader> header = wire::PeekHeader(*datagram)) {
    CountMessage(core, true, header->exchange_type, true);
  }
  core.Emit(Send{request.local, request.remote, std::move(datagram), request.nat_port});
}

void ReplyAgain(Core& core, const IkeSa& sa, const Datagram& request) {
  Transmit(core, sa, sa.last_response, request.local, request.remote, request.nat_port);
}

bool Retransmit(Core& core, IkeSa& sa) {
  if (sa.own == nullptr || sa.own->datagrams.empty()) return true;  // answered while the timer was on its way
  if (core.clock.Monotonic() >= sa.own->give_up) return false;
  core.counters.Add("ipsec_ike_retransmits_total", {sa.tunnel == nullptr ? "" : sa.tunnel->name()});
  TransmitOwn(core, sa);
  return true;
}

void CountInvalid(Core& core, absl::string_view reason) {
  core.counters.Add("ipsec_ike_invalid_messages_total", {reason});
}

void CountMessage(Core& core, bool sent, uint8_t exchange, bool response) {
  core.counters.Add("ipsec_ike_messages_total",
                    {sent ? "out" : "in", ExchangeName(exchange), response ? "response" : "request"});
}

}  // namespace culvert::iked
