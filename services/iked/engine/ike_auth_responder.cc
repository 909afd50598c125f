// SPDX-License-Identifier: Apache-2.0
// IKE_AUTH as responder (RFC 7296 1.2, 2.15, 2.16). Who the peer is decides under which tunnel it is served; whether it
// is unknown or knows the wrong key is, from outside, the same.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/diagnoses_authentication.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/mobike.h"
#include "services/iked/engine/ppk.h"
#include "services/iked/engine/psk.h"
#include "services/iked/engine/quick_crash.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/unanswered.h"

namespace culvert::iked {

using ipsec::Identity;
using wire::ikev2::AuthMethod;
using wire::ikev2::AuthPayload;
using wire::ikev2::ExchangeType;
using wire::ikev2::IdPayload;
using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::PayloadType;

namespace {

Circumstance Here(const Core& core, const IkeSa& sa, const Tunnel* tunnel) {
  Circumstance here = At(core, sa, Phase::kIkeAuth, Side::kResponder);
  if (tunnel != nullptr) here.tunnel = tunnel->name();
  return here;
}

Identity OwnIdentity(const Tunnel& tunnel, const IkeSa& sa) {
  return tunnel.config->local_identity.any() ? Identity::Of(sa.local.address) : tunnel.config->local_identity;
}

// Its proposals contain the suite that IKE_SA_INIT settled on.
bool Allows(const Tunnel& tunnel, const ipsec::Suite& suite) {
  ipsec::Proposal single{.protocol = ipsec::Protocol::kIke, .encr = {suite.encr}, .prf = {suite.prf}};
  if (suite.integ != nullptr) single.integ = {suite.integ};
  single.dh = {suite.dh};
  return ipsec::Choose(tunnel.config->ike_proposals, {&single, 1}).has_value();
}

// How the peer proves who it is; without AUTH it asks for EAP (2.16).
AuthKind KindOf(const Message& message) {
  const AuthPayload* auth = message.Get<AuthPayload>();
  if (auth == nullptr) return AuthKind::kEap;
  return auth->method == AuthMethod::kSharedKey ? AuthKind::kPsk : AuthKind::kX509;
}

std::string MethodOf(const Message& message) {
  const AuthPayload* auth = message.Get<AuthPayload>();
  return auth == nullptr ? "EAP" : ToString(auth->method);
}

// The tunnels that the peer's identity, the one it asks for, and its way to authenticate may mean; and if there is
// none, why not.
struct Meant {
  std::vector<Tunnel*> tunnels;
  std::optional<Diagnosis> why_none;
  Tunnel* blamed = nullptr;  // the only tunnel that could have been meant
};
Meant TunnelsMeant(const Core& core, const IkeSa& sa, const Message& message) {
  const Identity& peer = message.Get<IdPayload>(PayloadType::kIdI)->identity;
  const IdPayload* wanted = message.Get<IdPayload>(PayloadType::kIdR);
  Meant meant;
  std::vector<Tunnel*> candidates = core.index.Candidates(sa.local.address, sa.init_remote.address);
  std::erase_if(candidates,
                [&](const Tunnel* tunnel) { return !Answers(*tunnel) || !Allows(*tunnel, sa.handshake->suite); });
  for (Tunnel* tunnel : candidates) {
    const bool peer_fits = tunnel->config->remote_identity.Matches(peer);
    const Identity own = OwnIdentity(*tunnel, sa);
    const bool own_fits = wanted == nullptr || own.Same(wanted->identity);
    const AuthKind expected = tunnel->config->authentication.remote;
    if (peer_fits && own_fits && expected == KindOf(message)) {
      meant.tunnels.push_back(tunnel);
      continue;
    }
    if (meant.why_none) continue;
    const Circumstance here = Here(core, sa, candidates.size() == 1 ? tunnel : nullptr);
    meant.why_none = !peer_fits ? PeerIdMismatch(here, tunnel->config->remote_identity.ToString(), peer)
                     : own_fits ? AuthMethodMismatch(here, expected, MethodOf(message))
                                : LocalIdMismatch(here, own.ToString(), wanted->identity);
  }
  if (candidates.size() == 1) meant.blamed = candidates.front();
  if (meant.tunnels.empty() && !meant.why_none) {
    meant.why_none = WhyNobodyAnswers(core, Here(core, sa, nullptr), sa.local, sa.init_remote);
  }
  return meant;
}

// Measures a peer that nobody knows against a secret that nobody has, so that it takes as long as one that is known.
void MeasureStranger(Core& core, const IkeSa& sa, const Message& message) {
  base::Secret nobodys(32);
  core.rng.Fill(nobodys.mutable_view());
  const Handshake& handshake = *sa.handshake;
  const IdPayload& peer = *message.Get<IdPayload>(PayloadType::kIdI);
  const AuthInput input{handshake.peer_message, handshake.own_nonce, handshake.sk_p_peer.view(), peer.identity,
                        peer.reserved};
  VerifyAuth(sa.crypto->prf, nobodys.view(), input, message.Get<AuthPayload>()->data);
}

// Which of a secret's values the peer knows; empty when neither.
base::Secret ProvenSecret(const crypto::Prf& prf, const SecretConfig& secret, const AuthInput& input,
                          base::ByteView auth) {
  if (VerifyAuth(prf, secret.psk.view(), input, auth)) return secret.psk.Clone();
  if (!secret.psk_previous.empty() && VerifyAuth(prf, secret.psk_previous.view(), input, auth)) {
    return secret.psk_previous.Clone();
  }
  return {};
}

// The one answer to everything that is wrong with who the peer is.
bool Refuse(Core& core, IkeSa& sa, Tunnel* tunnel, Diagnosis diagnosis) {
  core.counters.Add("ipsec_ike_handshakes_total",
                    {tunnel == nullptr ? "" : tunnel->name(), "responder", "failed", Name(diagnosis.code)});
  Report(core, tunnel, std::move(diagnosis));
  SendResponse(core, sa, ExchangeType::kIkeAuth, {NotifyPayload{.type = NotifyType::kAuthenticationFailed}});
  core.SetState(sa, IkeState::kRefused);
  return false;
}

// The same identity is there already, and stays (unique: KEEP).
bool MustStayOut(const Core& core, const Tunnel& tunnel, const IkeSa& sa, const Identity& peer, bool initial_contact) {
  if (tunnel.config->unique != Unique::kKeep || initial_contact) return false;
  for (const IkeSa* other : core.SamePeer(OwnIdentity(tunnel, sa), peer)) {
    if (other->tunnel == &tunnel && other->live()) return true;
  }
  return false;
}

ChildOutcome FirstChild(const Core& core, const IkeSa& sa, const Tunnel& tunnel, const Message& message) {
  return SelectChild(core, tunnel, sa, message, Phase::kIkeAuth, std::nullopt);
}

// Among the tunnels that are meant, the first whose suite and subnets fit as well.
Tunnel& ChooseServed(const Core& core, const IkeSa& sa, const std::vector<Tunnel*>& tunnels, const Message& message) {
  if (tunnels.size() == 1) return *tunnels.front();
  for (Tunnel* tunnel : tunnels) {
    if (std::holds_alternative<ChildNegotiation>(FirstChild(core, sa, *tunnel, message))) return *tunnel;
  }
  return *tunnels.front();
}

// The tunnel that the peer was judged under, unless it changed or went meanwhile.
Tunnel* StillMeant(const Core& core, const AuthProgress& auth) {
  Tunnel* const tunnel = core.FindTunnel(auth.tunnel);
  return tunnel != nullptr && tunnel->config == auth.config && Answers(*tunnel) ? tunnel : nullptr;
}

// The peer's proof by pre-shared key, under the tunnel and with the PPK that were chosen. What it was proven with is
// what we answer with.
std::optional<Diagnosis> JudgePsk(const Core& core, IkeSa& sa, const Tunnel& tunnel, const PpkChoice& ppk) {
  Handshake& handshake = *sa.handshake;
  const Message& message = handshake.auth.message;
  const IdPayload& id = *message.Get<IdPayload>(PayloadType::kIdI);
  const Identity& peer = id.identity;
  const Circumstance here = Here(core, sa, &tunnel);
  const SecretConfig* const secret =
      FindSecret(*core.config, {handshake.auth.own, peer, sa.local.address, sa.remote.address});
  if (secret == nullptr) return NoSecretForPeer(here, handshake.auth.own, peer);
  const auto proven = [&](const PpkConfig* mixed, const base::Bytes& auth) {
    const AuthKeys keys = AuthKeysOf(sa, mixed);
    const AuthInput input{handshake.peer_message, handshake.own_nonce, keys.peer.view(), peer, id.reserved};
    return ProvenSecret(sa.crypto->prf, *secret, input, auth);
  };
  handshake.auth.psk = proven(ppk.ppk, ppk.fallback != nullptr ? *ppk.fallback : message.Get<AuthPayload>()->data);
  if (!handshake.auth.psk.empty()) return std::nullopt;
  const NotifyPayload* const without = ppk.ppk != nullptr ? message.GetNotify(NotifyType::kNoPpkAuth) : nullptr;
  if (without != nullptr && !proven(nullptr, without->data).empty()) return PpkDiffers(here, ppk.ppk->id);
  return PskMismatch(here, secret->name, handshake.auth.own, peer);
}

// The rest of the answer: the CHILD_SA, or why there is none.
void SettleFirstChild(Core& core, IkeSa& sa, const Message& message) {
  std::optional<Refusal> no_address = AssignAddresses(core, *sa.tunnel, sa, sa.remote_id, message);
  ChildOutcome outcome = no_address ? ChildOutcome(*std::move(no_address)) : FirstChild(core, sa, *sa.tunnel, message);
  if (Refusal* refusal = std::get_if<Refusal>(&outcome)) {
    sa.peer->answer.push_back(NotifyPayload{.type = refusal->notify, .data = std::move(refusal->data)});
    Report(core, sa.tunnel, std::move(refusal->diagnosis));
    return;
  }
  ChildNegotiation child = std::get<ChildNegotiation>(std::move(outcome));
  child.spi_in = core.TakeSpi();
  if (child.spi_in == 0) {
    sa.peer->answer.push_back(NotifyPayload{.type = NotifyType::kNoAdditionalSas});
    Report(core, sa.tunnel, InstallFailed(Here(core, sa, sa.tunnel), absl::UnavailableError("no SPI is leased")));
    return;
  }
  if (message.Has(NotifyType::kUseTransportMode) && !child.transport) {
    Report(core, sa.tunnel, TransportRefused(Here(core, sa, sa.tunnel), /*transport_here=*/false));
  }
  if (child.narrowed) {
    const SubnetPair pair = PairsOf(*sa.tunnel, sa)[child.pair];
    Report(core, sa.tunnel, Narrowed(Here(core, sa, sa.tunnel), pair.local, pair.remote, child.local, child.remote));
  }
  AppendAssigned(core, sa, sa.peer->answer);
  AppendChoice(sa.peer->answer, child);
  child.own_nonce = sa.handshake->own_nonce;
  child.peer_nonce = sa.handshake->peer_nonce;
  sa.peer->installing = InstallChild(core, sa, std::move(child), /*initiator=*/false, {}, Activation::kNow);
}

}  // namespace

bool OnAuthRequest(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  Meant meant = TunnelsMeant(core, sa, message);
  if (meant.tunnels.empty()) {
    MeasureStranger(core, sa, message);
    return Refuse(core, sa, meant.blamed, std::move(*meant.why_none));
  }
  const Tunnel& tunnel = ChooseServed(core, sa, meant.tunnels, message);
  AuthProgress& auth = sa.handshake->auth;
  auth.message = message;
  auth.tunnel = tunnel.number;
  auth.config = tunnel.config;
  auth.own = OwnIdentity(tunnel, sa);
  sa.peer->story = Story::kConnect;
  return true;
}

void JudgeUnlessComputing(Core& core, IkeSa& sa) {
  if (sa.peer->job != 0) return;
  Step step;
  Dispatch(core, sa, Trigger::kPeerComputed, Story::kConnect, step);
}

bool OnAuthJudged(Core& core, IkeSa& sa, Step&) {
  Handshake& handshake = *sa.handshake;
  const Message& message = handshake.auth.message;
  const Identity& peer = message.Get<IdPayload>(PayloadType::kIdI)->identity;
  Tunnel* const tunnel = StillMeant(core, handshake.auth);
  const Circumstance here = Here(core, sa, tunnel);
  if (tunnel == nullptr) {
    return Refuse(core, sa, nullptr, WhyNobodyAnswers(core, here, sa.local, sa.init_remote));
  }

  auto choice = ChoosePpk(here, sa, *tunnel->config, message);
  if (Diagnosis* refusal = std::get_if<Diagnosis>(&choice)) return Refuse(core, sa, tunnel, std::move(*refusal));
  const PpkChoice ppk = std::get<PpkChoice>(choice);
  if (std::optional<Diagnosis> refusal = JudgePsk(core, sa, *tunnel, ppk)) {
    return Refuse(core, sa, tunnel, *std::move(refusal));
  }
  const bool initial_contact = message.Has(NotifyType::kInitialContact);
  if (MustStayOut(core, *tunnel, sa, peer, initial_contact)) {
    return Refuse(core, sa, tunnel, PeerStaysConnected(here, peer));
  }
  core.BindTunnel(sa, *tunnel);
  if (ppk.ppk != nullptr) AdoptPpk(sa, *ppk.ppk);
  sa.local_id = handshake.auth.own;
  sa.remote_id = peer;
  sa.crash_token = CrashTokenIn(message);
  handshake.initial_contact = initial_contact;
  const AuthInput answer{*handshake.own_message, handshake.peer_nonce, handshake.sk_p_own.view(), sa.local_id};
  const base::Secret own_auth = ComputeAuth(sa.crypto->prf, handshake.auth.psk.view(), answer);
  sa.peer->answer.push_back({PayloadType::kIdR, IdPayload{sa.local_id}});
  sa.peer->answer.push_back(AuthPayload{AuthMethod::kSharedKey, base::ToBytes(own_auth.view())});
  if (ppk.ppk != nullptr) sa.peer->answer.push_back(NotifyPayload{.type = NotifyType::kPpkIdentity});
  LearnMobike(core, sa, message);
  if (sa.mobike != nullptr) AppendMobikeSupport(core, sa, sa.peer->answer);
  AppendCrashToken(core, sa.spi_i(), sa.spi_r(), sa.peer->answer);
  sa.peer->kept = sa.peer->answer.size();
  SettleFirstChild(core, sa, message);
  return true;
}

void AnswerUnlessInstalling(Core& core, IkeSa& sa) {
  if (sa.peer->installing != 0) return;
  Step step{.installed = absl::OkStatus()};
  Dispatch(core, sa, Trigger::kPeerInstalled, Story::kConnect, step);
}

bool OnAuthInstalled(Core& core, IkeSa& sa, Step& step) {
  Payloads answer = std::move(sa.peer->answer);
  if (!step.installed.ok()) {
    core.TakeChild(sa, sa.peer->installing);
    answer.erase(answer.begin() + static_cast<std::ptrdiff_t>(sa.peer->kept), answer.end());
    answer.push_back(NotifyPayload{.type = NotifyType::kNoAdditionalSas});
  }
  SendResponse(core, sa, ExchangeType::kIkeAuth, std::move(answer));
  return true;
}

// With EAP, or without a CHILD_SA, it is no form that we know.
bool OnOtherAuthRequest(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  const Meant meant = message.Get<IdPayload>(PayloadType::kIdI) != nullptr ? TunnelsMeant(core, sa, message) : Meant{};
  Tunnel* const tunnel = meant.tunnels.empty() ? meant.blamed : meant.tunnels.front();
  const Circumstance here = Here(core, sa, tunnel);
  if (message.Get<AuthPayload>() != nullptr) {
    return Refuse(core, sa, tunnel, NotSupported(here, "ike.childless", "IKE_AUTH without a CHILD_SA"));
  }
  return Refuse(core, sa, tunnel, meant.why_none ? *meant.why_none : AuthMethodMismatch(here, AuthKind::kPsk, "EAP"));
}

}  // namespace culvert::iked
