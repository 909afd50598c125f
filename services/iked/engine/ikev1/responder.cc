// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/responder.h"

#include <algorithm>
#include <utility>

#include "services/iked/engine/attack.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/diagnoses_authentication.h"
#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ike_auth.h"
#include "services/iked/engine/ikev1/authentication.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/offer.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/ikev1/transitions.h"
#include "services/iked/engine/ikev1/vendors.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/unanswered.h"
#include "services/iked/engine/version.h"

namespace culvert::iked::ikev1 {

using wire::Decoded;
using wire::IkeHeader;
using wire::ikev1::ExchangeType;
using wire::ikev1::Message;
using wire::ikev1::NotifyPayload;
using wire::ikev1::NotifyType;
using wire::ikev1::SaPayload;

namespace {

// How often a first answer is repeated to an address that has proven nothing.
constexpr int kMaxRepeats = 5;

std::vector<Tunnel*> Candidates(const Core& core, const IkeSa& sa) {
  std::vector<Tunnel*> candidates = core.index.Candidates(sa.local.address, sa.init_remote.address);
  std::erase_if(candidates,
                [](const Tunnel* tunnel) { return !Answers(*tunnel) || !Speaks(*tunnel->config, IkeVersion::kIkev1); });
  return candidates;
}

void RepeatFirstAnswer(Core& core, IkeSa& sa, const Datagram& datagram) {
  State* state = sa.ikev1.get();
  if (state == nullptr || state->last_received != DigestOf(datagram.bytes)) return CountInvalid(core, "out_of_state");
  if (state->last_sent.empty()) return;  // it is being worked on
  if (++state->repeats > kMaxRepeats) return CountInvalid(core, "repeated");
  SendAgain(core, sa, state->last_sent);
}

// Nothing of the kind of a cookie is asked for in IKEv1: under attack only who is configured by address is listened to.
bool IsWelcome(Core& core, const Datagram& datagram) {
  if (!WithinLimits(core, datagram)) return false;
  if (!DemandsCookies(core) || !core.index.Named(datagram.remote.address).empty()) return true;
  ++core.attack.asked;
  CountInvalid(core, "under_attack");
  return false;
}

Diagnosis ProposalMismatch(const Circumstance& here, const TunnelConfig& config, const SaPayload& offer) {
  const wire::ikev1::AuthMethod method = MethodOf(config, /*initiator=*/false);
  return Phase1ProposalMismatch(here, config.ike_proposals,
                                wire::ikev1::Phase1Difference(config.ike_proposals, {&method, 1}, offer));
}

bool AllowsAgreed(const Tunnel& tunnel, const IkeSa& sa) {
  const std::optional<wire::ikev1::Phase1Choice> choice = Choose(*tunnel.config, sa.ikev1->phase1->answer);
  return choice && choice->suite == sa.ikev1->suite;
}

// The tunnels that could have answered message 1 as we did.
std::vector<Tunnel*> AgreedCandidates(const Core& core, const IkeSa& sa) {
  std::vector<Tunnel*> candidates = Candidates(core, sa);
  std::erase_if(candidates, [&](const Tunnel* tunnel) {
    return tunnel->config->ike_mode != ModeOf(sa.ikev1->mode) || !AllowsAgreed(*tunnel, sa);
  });
  return candidates;
}

}  // namespace

void Admit(Core& core, const Datagram& datagram, const IkeHeader& header) {
  if (header.message_id != 0 || header.initiator_spi == 0) return CountInvalid(core, "out_of_state");
  if (IkeSa* known = core.FindInit(header.initiator_spi, datagram.remote)) {
    return RepeatFirstAnswer(core, *known, datagram);
  }
  if (core.config == nullptr || core.draining || !IsWelcome(core, datagram)) return;

  const Transition* row = FindMessage(Step::kNew, static_cast<ExchangeType>(header.exchange_type));
  if (row == nullptr) return CountInvalid(core, "out_of_state");
  const Decoded<Message> message = wire::ikev1::DecodeMessage(datagram.bytes);
  if (!message.ok()) return CountInvalid(core, Name(message.error()));
  if (const auto malformed = CheckPayloads(*message, *row->form)) return CountInvalid(core, Name(malformed->error));

  IkeSa& sa = core.CreateIkeSa(/*initiator=*/false);
  sa.remote_spi = header.initiator_spi;
  sa.local = datagram.local;
  sa.remote = sa.init_remote = datagram.remote;
  sa.nat_port = datagram.nat_port;
  sa.handshake = std::make_unique<Handshake>();
  sa.handshake->started = core.clock.Monotonic();
  sa.ikev1 = std::make_unique<State>();
  sa.ikev1->mode = message->exchange() == ExchangeType::kMain ? Mode::kMain : Mode::kAggressive;
  sa.ikev1->phase1 = std::make_unique<Phase1>();
  Occasion occasion{.message = &*message, .datagram = &datagram};
  if (!Dispatch(core, sa, *row, occasion)) return core.Destroy(sa);
  core.RegisterInit(sa);
  core.SetState(sa, IkeState::kIkev1Negotiating);
}

std::optional<FirstChoice> ChooseFirst(Core& core, IkeSa& sa, const Message& message, const Datagram& datagram) {
  const SaPayload& offer = *message.Get<SaPayload>();
  const IkeMode mode = ModeOf(sa.ikev1->mode);
  const std::vector<Tunnel*> candidates = Candidates(core, sa);
  const Tunnel* nearest = nullptr;  // of that mode
  for (Tunnel* tunnel : candidates) {
    if (tunnel->config->ike_mode != mode) continue;
    if (nearest == nullptr) nearest = tunnel;
    if (auto choice = Choose(*tunnel->config, offer)) return FirstChoice{tunnel, *std::move(choice)};
  }
  // A stranger's failure is no tunnel's diagnosis when several might have been meant.
  Circumstance here = Here(core, sa);
  if (candidates.size() == 1) here.tunnel = candidates.front()->name();
  if (nearest != nullptr) {
    ReportRefusal(core, ProposalMismatch(here, *nearest->config, offer));
    Rebut(core, sa, datagram, NotifyType::kNoProposalChosen);
  } else if (!candidates.empty()) {
    ReportRefusal(core, ModeMismatch(here, candidates.front()->config->ike_mode, mode));
    Rebut(core, sa, datagram, NotifyType::kUnsupportedExchangeType);
  } else {
    ReportRefusal(core, WhyNobodyAnswers(core, here, sa.local, sa.remote));
    Rebut(core, sa, datagram, NotifyType::kNoProposalChosen);
  }
  return std::nullopt;
}

void Rebut(Core& core, const IkeSa& sa, const Datagram& datagram, NotifyType type) {
  if (!core.rebuttals.Allow(core.clock.Monotonic())) return;
  Message answer;
  answer.header = wire::ikev1::HeaderOf({sa.spi_i(), sa.spi_r()}, ExchangeType::kInformational, NewMessageId(core, sa));
  answer.payloads.push_back(NotifyPayload{.type = type});
  Reply(core, datagram, std::make_shared<const base::Bytes>(EncodeMessage(answer)));
}

std::optional<Diagnosis> TakeClaim(Core& core, IkeSa& sa, const ipsec::Identity& peer) {
  const std::vector<Tunnel*> candidates = AgreedCandidates(core, sa);
  Circumstance here = Here(core, sa);
  if (candidates.empty()) return WhyNobodyAnswers(core, here, sa.local, sa.init_remote);
  for (const Tunnel* tunnel : candidates) {
    if (!tunnel->config->remote_identity.Matches(peer)) continue;
    AuthProgress& auth = sa.handshake->auth;
    auth.peer = peer;
    auth.tunnel = tunnel->number;
    auth.config = tunnel->config;
    auth.own = OwnIdentity(tunnel->config->local_identity, tunnel->config->authentication, core.config->certificates,
                           sa.local.address);
    return std::nullopt;
  }
  if (candidates.size() == 1) here.tunnel = candidates.front()->name();
  return PeerIdMismatch(here, candidates.front()->config->remote_identity.ToString(), peer);
}

bool RefusePeer(Core& core, IkeSa& sa, Tunnel* tunnel, Diagnosis diagnosis) {
  core.counters.Add("ipsec_ike_handshakes_total",
                    {tunnel == nullptr ? "" : tunnel->name(), "responder", "failed", Name(diagnosis.code)});
  Report(core, tunnel, std::move(diagnosis));
  sa.ikev1->last_sent = SendInformational(core, sa, {NotifyPayload{.type = NotifyType::kAuthenticationFailed}});
  core.SetState(sa, IkeState::kRefused);
  return false;
}

void TakeFirst(Core& core, IkeSa& sa, const Message& message, const FirstChoice& chosen) {
  const TunnelConfig& config = *chosen.tunnel->config;
  State& state = *sa.ikev1;
  state.phase1->offer = *message.Get<SaPayload>();
  state.phase1->tunnel = chosen.tunnel->number;
  sa.handshake->encapsulation = core.EncapsulationOf(config);
  sa.handshake->dscp = config.ike_dscp;
  state.peer = FeaturesOf(message, config, sa.handshake->encapsulation);
  Adopt(state, config, chosen.choice);
}

bool TakeSharedSecret(Core& core, IkeSa& sa, JobResult& result) {
  if (!result.ok()) {
    CountInvalid(core, "public_value");
    core.Destroy(sa);
    return false;
  }
  DhResponded& done = std::get<DhResponded>(*result);
  Handshake& handshake = *sa.handshake;
  sa.ikev1->phase1->own_public = std::move(done.public_value);
  handshake.shared = std::move(done.shared);
  handshake.init_done = core.clock.Monotonic();
  core.counters.AddHandshake(false, HandshakePhase::kIkeSaInit, handshake.init_done - handshake.started);
  return true;
}

void FollowInitiator(IkeSa& sa, const Datagram& datagram) {
  sa.local = datagram.local;
  sa.remote = datagram.remote;
  sa.nat_port = datagram.nat_port;
}

const Tunnel* OpenToGuesses(const Core& core, const IkeSa& sa) {
  for (const Tunnel* tunnel : AgreedCandidates(core, sa)) {
    if (tunnel->config->allow_weak_aggressive_psk) return tunnel;
  }
  return nullptr;
}

Tunnel* JudgePeer(Core& core, IkeSa& sa, const JobResult* result) {
  const AuthProgress& auth = sa.handshake->auth;
  Tunnel* const tunnel = StillMeant(core, auth);
  Circumstance here = Here(core, sa);
  if (tunnel != nullptr) here.tunnel = tunnel->name();
  // Also of a peer that nobody knows, so that it takes as long as one that is known.
  std::optional<Diagnosis> refusal = JudgeProof(here, sa, result);
  if (tunnel == nullptr) refusal = WhyNobodyAnswers(core, here, sa.local, sa.init_remote);
  if (!refusal && MustStayOut(core, *tunnel, auth.own, auth.peer, sa.handshake->initial_contact)) {
    refusal = PeerStaysConnected(here, auth.peer);
  }
  if (!refusal) return tunnel;
  RefusePeer(core, sa, tunnel, *std::move(refusal));
  return nullptr;
}

void TakeIn(Core& core, IkeSa& sa, Tunnel& tunnel) {
  core.BindTunnel(sa, tunnel);
  sa.local_id = sa.handshake->auth.own;
  sa.remote_id = sa.handshake->auth.peer;
}

}  // namespace culvert::iked::ikev1
