// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/receive.h"

#include "libs/wire/ike_header.h"
#include "libs/wire/ikev2/payload_rules.h"
#include "libs/wire/ikev2/protected.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/fragmentation.h"
#include "services/iked/engine/ike_crypto.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/mobike.h"
#include "services/iked/engine/path.h"
#include "services/iked/engine/quick_crash.h"
#include "services/iked/engine/succession.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/transitions.h"
#include "services/iked/engine/unanswered.h"

namespace culvert::iked {

using wire::Decoded;
using wire::DecodeError;
using wire::IkeHeader;
using wire::ikev2::DeletePayload;
using wire::ikev2::ExchangeType;
using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::ProtocolId;

namespace {

// A higher major version than ours is told so, without any state, and only so often (RFC 7296 2.5).
void AnswerVersion(Core& core, const Datagram& datagram, const IkeHeader& header) {
  CountInvalid(core, Name(DecodeError::kMajorVersion));
  IkeSa* sa = header.major_version == 1 ? core.FindIkeSa(header.initiator_spi) : nullptr;
  if (sa != nullptr && sa->initiator && sa->state == IkeState::kInitSent) {  // an IKEv1 peer found our v2 strange
    return FailConnect(core, *sa, TunnelReason::kNegotiationFailed,
                       VersionMismatch(At(core, *sa, Phase::kIkeSaInit, Side::kInitiator), header.major_version));
  }
  if (header.major_version == 1 && header.responder_spi == 0) {
    ReportOldVersion(core, datagram.local, datagram.remote, header.major_version);
  }
  if (header.major_version < 2 || header.is_response() || !core.rebuttals.Allow(core.clock.Monotonic())) return;
  Message answer;
  answer.header = header;
  answer.header.major_version = 2;
  answer.header.minor_version = 0;
  answer.header.flags = wire::kFlagResponse;
  answer.payloads.push_back(NotifyPayload{.type = NotifyType::kInvalidMajorVersion});
  Reply(core, datagram, std::make_shared<const base::Bytes>(EncodeMessage(answer)));
}

void ReceiveInitResponse(Core& core, const Datagram& datagram, const IkeHeader& header) {
  IkeSa* sa = core.FindIkeSa(header.initiator_spi);
  if (sa == nullptr) return CountInvalid(core, "unknown_spi");
  if (!sa->initiator || header.from_initiator() || header.message_id != 0 || sa->state != IkeState::kInitSent) {
    return CountInvalid(core, "out_of_state");
  }
  const Decoded<Message> message = wire::ikev2::DecodeMessage(datagram.bytes);
  if (!message.ok()) return CountInvalid(core, Name(message.error()));
  if (const auto malformed = CheckPayloads(*message)) return CountInvalid(core, Name(malformed->error));
  Step step{.message = &*message, .datagram = &datagram};
  Dispatch(core, *sa, Trigger::kResponse, Story::kConnect, step);
}

// Errors that anybody on the path can cause; after integrity is verified, only the peer can.
bool IsUnauthenticated(const Datagram& datagram, DecodeError error) {
  switch (error) {
    case DecodeError::kNotProtected:
    case DecodeError::kUnprotectedPayload:
    case DecodeError::kIntegrity:
      return true;
    default:
      return !wire::ikev2::DecodeMessage(datagram.bytes).ok();  // an envelope that does not even decode
  }
}

// RFC 7296 2.21.3: an authenticated message that breaks the protocol ends the SA on both sides.
void RejectMalformed(Core& core, IkeSa& sa, const IkeHeader& header, const wire::Malformed& malformed) {
  CountInvalid(core, Name(malformed.error));
  const Side side = header.is_response() ? Side::kInitiator : Side::kResponder;
  const Circumstance at = At(core, sa, Phase::kInformational, side);
  const bool critical = malformed.error == DecodeError::kUnsupportedCritical;
  Diagnosis diagnosis =
      critical ? UnsupportedCriticalPayload(at, malformed.payload) : InvalidMessage(at, malformed.ToString());
  if (!header.is_response()) {
    SendResponse(core, sa, static_cast<ExchangeType>(header.exchange_type), {wire::ikev2::NotifyFor(malformed)});
    if (critical) return Report(core, sa.tunnel, std::move(diagnosis));  // the request is refused, the SA lives (2.5)
    if (sa.half_open()) {
      Report(core, sa.tunnel, std::move(diagnosis));
      return core.SetState(sa, IkeState::kRefused);
    }
  }
  Abandon(core, sa, TunnelReason::kNegotiationFailed, std::move(diagnosis));
}

void ReceiveRequest(Core& core, IkeSa& sa, const Datagram& datagram, const Message& message) {
  FollowPeer(core, sa, datagram);
  const bool deletes = message.exchange() == ExchangeType::kInformational && message.Get<DeletePayload>() != nullptr &&
                       message.Get<DeletePayload>()->protocol == ProtocolId::kIke;
  if (sa.state == IkeState::kCrossed && !deletes) TakeOverBecauseUsed(core, sa);
  sa.peer = std::make_unique<PeerExchange>();
  sa.peer->exchange = message.exchange();
  sa.peer->local = datagram.local;
  sa.peer->remote = datagram.remote;
  sa.peer->nat_port = datagram.nat_port;
  Step step{.message = &message, .datagram = &datagram};
  const bool done = Dispatch(core, sa, Trigger::kRequest, Story::kConnect, step);
  // A request that no row allows is not answered: there is no right answer, and the peer gives up by itself.
  if (!done && sa.peer != nullptr && sa.peer->job == 0 && sa.peer->installing == 0) sa.peer.reset();
}

void ReceiveResponse(Core& core, IkeSa& sa, const Datagram& datagram, const Message& message) {
  if (sa.mobike != nullptr) TakeAnsweredPath(core, sa, datagram);
  FollowPeer(core, sa, datagram);
  Answered(core, sa);
  Step step{.message = &message, .datagram = &datagram};
  Dispatch(core, sa, Trigger::kResponse, sa.own->task.story, step);
}

bool Expected(const IkeSa& sa, const IkeHeader& header) {
  if (header.is_response()) {
    return sa.own != nullptr && !sa.own->datagrams.empty() && sa.own->message_id == header.message_id &&
           sa.own->exchange == static_cast<ExchangeType>(header.exchange_type);
  }
  return header.message_id == sa.peer_next;
}

bool IsRepeated(const IkeSa& sa, const IkeHeader& header) {
  return !header.is_response() && !sa.last_response.empty() && header.message_id + 1 == sa.peer_next;
}

// An authentic message that is expected, whole.
void ReceiveWhole(Core& core, IkeSa& sa, const Datagram& datagram, const IkeHeader& header,
                  const Decoded<Message>& message) {
  sa.last_in = core.clock.BootTime();
  ForgetFragments(core, sa, header.is_response());
  if (!message.ok()) return RejectMalformed(core, sa, header, message.malformed());
  if (const auto malformed = CheckPayloads(*message)) return RejectMalformed(core, sa, header, *malformed);
  header.is_response() ? ReceiveResponse(core, sa, datagram, *message) : ReceiveRequest(core, sa, datagram, *message);
}

void ReceiveFragment(Core& core, IkeSa& sa, const Datagram& datagram, const IkeHeader& header, bool repeated) {
  if (!sa.fragmentation) return CountInvalid(core, "fragment_unexpected");
  if (!repeated) {
    if (const auto message = Assemble(core, sa, datagram, header)) ReceiveWhole(core, sa, datagram, header, *message);
    return;
  }
  // Each fragment of a repeated request would be answered by all of the response: the first alone is (RFC 7383 2.6.1).
  const auto fields = wire::ikev2::PeekFragment(datagram.bytes);
  if (!fields || fields->number != 1) return CountInvalid(core, "fragment_repeated");
  const auto fragment = wire::ikev2::OpenFragment(sa.crypto->in, datagram.bytes);
  if (!fragment.ok()) return CountInvalid(core, Name(fragment.error()));
  ReplyAgain(core, sa, datagram);
}

void ReceiveProtected(Core& core, const Datagram& datagram, const IkeHeader& header) {
  IkeSa* const found = core.FindIkeSa(header.from_initiator() ? header.responder_spi : header.initiator_spi);
  const uint64_t peer_spi = header.from_initiator() ? header.initiator_spi : header.responder_spi;
  if (found == nullptr || found->initiator == header.from_initiator() || found->remote_spi != peer_spi) {
    CountInvalid(core, "unknown_spi");
    return ShowCrashToken(core, datagram, header);
  }
  IkeSa& sa = *found;
  const bool repeated = IsRepeated(sa, header);
  if (!repeated && !Expected(sa, header)) return CountInvalid(core, "message_id");
  if (sa.crypto == nullptr && sa.state == IkeState::kAuthAwaited) {
    // Only a peer that goes on to IKE_AUTH is worth the key schedule.
    if (!DeriveFirstKeys(sa, sa.handshake->shared.view()).ok()) return CountInvalid(core, "no_keys");
    sa.handshake->shared = {};
  }
  if (sa.crypto == nullptr) return CountInvalid(core, "no_keys");
  if (!header.is_response() && !repeated && sa.peer != nullptr) return;  // a retransmission of what we work on

  const wire::ikev2::PayloadType sealed = wire::ikev2::SealedIn(datagram.bytes);
  if (sealed == wire::ikev2::PayloadType::kNone && header.is_response() && BelievesCrash(core, sa, datagram)) return;
  if (sealed == wire::ikev2::PayloadType::kSkf) {
    return ReceiveFragment(core, sa, datagram, header, repeated);
  }
  const Decoded<Message> message = wire::ikev2::OpenMessage(sa.crypto->in, datagram.bytes);
  if (!message.ok() && IsUnauthenticated(datagram, message.error())) return CountInvalid(core, Name(message.error()));
  // A repeated request may be a replay: it is answered as before, and counts as a sign of life for nothing.
  if (repeated) return ReplyAgain(core, sa, datagram);
  ReceiveWhole(core, sa, datagram, header, message);
}

}  // namespace

void Receive(Core& core, const Datagram& datagram) {
  const std::optional<IkeHeader> header = wire::PeekHeader(datagram.bytes);
  if (!header) return CountInvalid(core, Name(DecodeError::kHeaderShort));
  if (header->major_version == 1 && ikev1::SpokenHere(core, datagram, *header)) {
    return ikev1::Receive(core, datagram, *header);
  }
  if (header->major_version != 2) return AnswerVersion(core, datagram, *header);
  CountMessage(core, false, header->exchange_type, header->is_response());
  if (header->exchange_type != static_cast<uint8_t>(ExchangeType::kIkeSaInit)) {
    return ReceiveProtected(core, datagram, *header);
  }
  header->is_response() ? ReceiveInitResponse(core, datagram, *header) : AdmitInit(core, datagram, *header);
}

}  // namespace culvert::iked
