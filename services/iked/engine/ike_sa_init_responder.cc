// SPDX-License-Identifier: Apache-2.0
// IKE_SA_INIT as responder (RFC 7296 1.2, 2.6). What a stranger can make us do is ordered by what it costs us.
#include <algorithm>

#include "libs/wire/ikev2/payload_rules.h"
#include "libs/wire/ikev2/proposal_mapping.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/auth_offer.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/nat.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/unanswered.h"
#include "services/iked/engine/version.h"

namespace culvert::iked {

using wire::Decoded;
using wire::DecodeError;
using wire::IkeHeader;
using wire::ikev2::ExchangeType;
using wire::ikev2::KePayload;
using wire::ikev2::Message;
using wire::ikev2::NoncePayload;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::SaPayload;

namespace {

// Under attack, one site (/24, /48) may hold this share of the half-open SAs.
constexpr uint32_t kPrefixShare = 16;
constexpr uint32_t kPrefixLeast = 64;

void AnswerInit(Core& core, const Datagram& datagram, const IkeHeader& header, uint64_t responder_spi,
                Payloads payloads) {
  Message answer;
  answer.header.initiator_spi = header.initiator_spi;
  answer.header.responder_spi = responder_spi;
  answer.header.exchange_type = header.exchange_type;
  answer.header.flags = wire::kFlagResponse;
  answer.payloads = std::move(payloads);
  auto octets = std::make_shared<const base::Bytes>(EncodeMessage(answer));
  // Whoever forges an address shall gain nothing by our answering there. No honest request is that small.
  if (octets->size() > datagram.bytes.size()) return CountInvalid(core, "would_amplify");
  Reply(core, datagram, std::move(octets));
}

enum class Proof { kNotAsked, kGiven, kMissing };

// Keeps nothing for a stranger: what is allocated on the way goes with the answer.
Proof DemandCookie(Core& core, const Datagram& datagram, const IkeHeader& header) {
  if (!DemandsCookies(core)) return Proof::kNotAsked;
  const std::optional<InitPeek> peek = PeekInit(datagram.bytes);
  if (!peek) {
    CountInvalid(core, Name(DecodeError::kPayloadLength));
    return Proof::kMissing;
  }
  const absl::Duration now = core.clock.Monotonic();
  const base::IpAddress& peer = datagram.remote.address;
  if (core.cookies.Accept(now, peek->cookie, peek->nonce, peer, header.initiator_spi)) {
    ++core.attack.returned;
    return Proof::kGiven;
  }
  ++core.attack.asked;
  core.counters.Add("ipsec_ike_cookies_sent_total", {});
  NotifyPayload cookie{.type = NotifyType::kCookie};
  cookie.data = core.cookies.Bake(now, peek->nonce, peer, header.initiator_spi);
  AnswerInit(core, datagram, header, 0, {std::move(cookie)});
  return Proof::kMissing;
}

// The tunnel under which the first answer is given, and the suite. Which one it is in the end, IKE_AUTH says.
struct InitChoice {
  Tunnel* tunnel = nullptr;
  ipsec::Choice choice;
};
std::optional<InitChoice> ChooseTunnel(const std::vector<Tunnel*>& candidates,
                                       std::span<const ipsec::Proposal> theirs) {
  for (Tunnel* tunnel : candidates) {
    if (const auto choice = ipsec::Choose(tunnel->config->ike_proposals, theirs)) return InitChoice{tunnel, *choice};
  }
  return std::nullopt;
}

// As long as the peer's where that is less than we would take, so that our answer is no larger than its question; but
// never below half the PRF's key (2.10).
size_t NonceSize(const ipsec::Suite& suite, size_t theirs) {
  const size_t least = std::max(wire::ikev2::kMinNonce, size_t{suite.prf->key_bytes} / 2);
  return std::clamp(theirs, least, kNonceSize);
}

// The tunnels that may be meant, as far as addresses say.
std::vector<Tunnel*> CandidatesFor(const Core& core, const IkeSa& sa) {
  std::vector<Tunnel*> candidates = core.index.Candidates(sa.local.address, sa.init_remote.address);
  std::erase_if(candidates,
                [](const Tunnel* tunnel) { return !Answers(*tunnel) || !Speaks(*tunnel->config, IkeVersion::kIkev2); });
  return candidates;
}

// A tunnel that would answer, and speaks IKEv1 alone; null: there is none.
const Tunnel* FindIkev1(const Core& core, const IkeSa& sa) {
  for (const Tunnel* tunnel : core.index.Candidates(sa.local.address, sa.init_remote.address)) {
    if (Answers(*tunnel) && !Speaks(*tunnel->config, IkeVersion::kIkev2)) return tunnel;
  }
  return nullptr;
}

TunnelConfigs ConfigsOf(const std::vector<Tunnel*>& tunnels) {
  TunnelConfigs configs;
  for (const Tunnel* tunnel : tunnels) configs.push_back(tunnel->config.get());
  return configs;
}

Circumstance Here(const Core& core, const IkeSa& sa) {
  return At(core, sa, Phase::kIkeSaInit, Side::kResponder);
}

}  // namespace

bool WithinLimits(Core& core, const Datagram& datagram) {
  const uint32_t limit = core.config->half_open_limit;
  if (core.half_open() >= limit) {
    CountInvalid(core, "half_open_limit");
    const Circumstance here{"", datagram.remote.ToString(), Phase::kIkeSaInit, Side::kResponder, core.clock.Wall()};
    Report(core, nullptr, LimitReached(here, "gateway.half_open_limit", "half-open IKE SAs", limit));
    return false;
  }
  const uint32_t share = std::max(kPrefixLeast, limit / kPrefixShare);
  if (core.attack.on && core.half_open_of_prefix(datagram.remote.address) >= share) {
    CountInvalid(core, "half_open_prefix_limit");
    return false;
  }
  return true;
}

void AdmitInit(Core& core, const Datagram& datagram, const IkeHeader& header) {
  if (header.responder_spi != 0 || header.message_id != 0 || !header.from_initiator() || header.initiator_spi == 0) {
    return CountInvalid(core, "out_of_state");
  }
  if (const IkeSa* known = core.FindInit(header.initiator_spi, datagram.remote)) {
    const Handshake* handshake = known->handshake.get();
    if (handshake == nullptr || !std::equal(handshake->peer_message.begin(), handshake->peer_message.end(),
                                            datagram.bytes.begin(), datagram.bytes.end())) {
      return CountInvalid(core, "out_of_state");
    }
    if (handshake->own_message != nullptr) Reply(core, datagram, handshake->own_message);
    return;
  }
  if (core.config == nullptr || core.draining || !WithinLimits(core, datagram)) return;
  const Proof proof = DemandCookie(core, datagram, header);
  if (proof == Proof::kMissing) return;

  const Decoded<Message> message = wire::ikev2::DecodeMessage(datagram.bytes);
  if (!message.ok()) {
    CountInvalid(core, Name(message.error()));
    if (message.error() == DecodeError::kUnsupportedCritical && core.rebuttals.Allow(core.clock.Monotonic())) {
      AnswerInit(core, datagram, header, 0, {wire::ikev2::NotifyFor(message.malformed())});  // 2.5
    }
    return;
  }
  if (const auto malformed = CheckPayloads(*message)) return CountInvalid(core, Name(malformed->error));

  IkeSa& sa = core.CreateIkeSa(/*initiator=*/false);
  sa.remote_spi = header.initiator_spi;
  sa.local = datagram.local;
  sa.remote = sa.init_remote = datagram.remote;
  sa.nat_port = datagram.nat_port;
  sa.peer_next = 1;  // IKE_SA_INIT is 0, and not answered by SendResponse
  sa.handshake = std::make_unique<Handshake>();
  sa.handshake->proven = proof == Proof::kGiven;
  sa.handshake->started = core.clock.Monotonic();
  Step step{.message = &*message, .datagram = &datagram};
  if (!Dispatch(core, sa, Trigger::kRequest, Story::kConnect, step)) core.Destroy(sa);
}

bool OnInitRequest(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  const std::vector<ipsec::Proposal> theirs = wire::ikev2::FromWire(*message.Get<SaPayload>());
  const std::vector<Tunnel*> candidates = CandidatesFor(core, sa);
  const std::optional<InitChoice> chosen = ChooseTunnel(candidates, theirs);
  if (!chosen) {
    Circumstance here = Here(core, sa);
    if (const Tunnel* old = candidates.empty() ? FindIkev1(core, sa) : nullptr) {
      here.tunnel = old->name();
      ReportRefusal(core, PeerSpeaksIkev2(here));
      AnswerInit(core, *step.datagram, message.header, 0, {NotifyPayload{.type = NotifyType::kInvalidMajorVersion}});
      return false;
    }
    // A stranger's failure is no tunnel's diagnosis when several might have been meant.
    if (candidates.size() == 1) here.tunnel = candidates.front()->name();
    ReportRefusal(core, candidates.empty()
                            ? WhyNobodyAnswers(core, here, sa.local, sa.remote)
                            : IkeProposalMismatch(here, candidates.front()->config->ike_proposals, theirs));
    AnswerInit(core, *step.datagram, message.header, 0, {NotifyPayload{.type = NotifyType::kNoProposalChosen}});
    return false;
  }
  const ipsec::Suite& suite = chosen->choice.suite;
  const KePayload& ke = *message.Get<KePayload>();
  if (ke.group != suite.dh->id) {
    NotifyPayload wanted{.type = NotifyType::kInvalidKePayload};
    wanted.data = {static_cast<uint8_t>(suite.dh->id >> 8), static_cast<uint8_t>(suite.dh->id)};
    AnswerInit(core, *step.datagram, message.header, 0, {std::move(wanted)});
    return false;
  }
  Handshake& handshake = *sa.handshake;
  handshake.peer_nonce = message.Get<NoncePayload>()->data;
  handshake.own_nonce = core.rng.Take(NonceSize(suite, handshake.peer_nonce.size()));
  handshake.peer_message = base::ToBytes(step.datagram->bytes);
  handshake.suite = suite;
  handshake.proposal_number = message.Get<SaPayload>()->proposals[chosen->choice.theirs].number;
  handshake.encapsulation = core.EncapsulationOf(*chosen->tunnel->config);
  handshake.dscp = chosen->tunnel->config->ike_dscp;
  NoteAuthOffer(handshake, message, ConfigsOf(candidates));
  // The hashes cover the SPIs of their message, in which ours was still zero.
  sa.nat = JudgeNat(message, sa.remote_spi, 0, sa.local, sa.remote, handshake.encapsulation);
  sa.fragmentation = chosen->tunnel->config->fragmentation != Fragmentation::kNever &&
                     message.Has(NotifyType::kIkev2FragmentationSupported);
  sa.peer = std::make_unique<PeerExchange>();
  sa.peer->job = core.Ask(sa, handshake.proven ? Priority::kProven : Priority::kNew, DhRespond{suite.dh, ke.data});
  core.RegisterInit(sa);
  return true;
}

bool OnInitResponded(Core& core, IkeSa& sa, Step& step) {
  sa.peer.reset();
  if (!step.result->ok()) {  // a public value that no honest peer sends (RFC 6989)
    CountInvalid(core, "public_value");
    core.Destroy(sa);
    return false;
  }
  DhResponded& done = std::get<DhResponded>(**step.result);
  Handshake& handshake = *sa.handshake;
  Message answer;
  answer.header.initiator_spi = sa.remote_spi;
  answer.header.responder_spi = sa.local_spi;
  answer.header.exchange_type = static_cast<uint8_t>(ExchangeType::kIkeSaInit);
  answer.header.flags = wire::kFlagResponse;
  answer.payloads.push_back(wire::ikev2::ToSaPayload(handshake.suite, handshake.proposal_number, {}));
  answer.payloads.push_back(KePayload{handshake.suite.dh->id, std::move(done.public_value)});
  answer.payloads.push_back(NoncePayload{handshake.own_nonce});
  AppendAuthAnswer(answer.payloads, handshake, core.config->certificates, ConfigsOf(CandidatesFor(core, sa)));
  // Hashes of a peer that does not detect NATs are of no use to it.
  if (sa.nat.detection) {
    AppendNatDetection(answer.payloads, sa.remote_spi, sa.local_spi, sa.local, sa.remote, handshake.encapsulation,
                       core.rng);
  }
  if (sa.fragmentation) answer.payloads.push_back(NotifyPayload{.type = NotifyType::kIkev2FragmentationSupported});
  handshake.own_message = std::make_shared<const base::Bytes>(EncodeMessage(answer));
  handshake.shared = std::move(done.shared);
  handshake.init_done = core.clock.Monotonic();
  core.counters.AddHandshake(false, HandshakePhase::kIkeSaInit, handshake.init_done - handshake.started);
  CountMessage(core, true, answer.header.exchange_type, true);
  core.Emit(Send{sa.local, sa.remote, handshake.own_message, sa.nat_port, handshake.dscp});
  return true;
}

}  // namespace culvert::iked
