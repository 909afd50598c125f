// SPDX-License-Identifier: Apache-2.0
// IKE_AUTH as responder (RFC 7296 1.2, 2.15, 2.16). Who the peer is decides under which tunnel it is served; whether it
// is unknown or knows the wrong key is, from outside, the same.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/auth_eap.h"
#include "services/iked/engine/auth_offer.h"
#include "services/iked/engine/auth_signature.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/diagnoses_authentication.h"
#include "services/iked/engine/diagnoses_certificate.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ike_auth.h"
#include "services/iked/engine/ike_crypto.h"
#include "services/iked/engine/mobike.h"
#include "services/iked/engine/ppk.h"
#include "services/iked/engine/psk.h"
#include "services/iked/engine/quick_crash.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/unanswered.h"
#include "services/iked/engine/version.h"

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
using wire::ikev2::SaPayload;

namespace {

Identity IdentityUnder(const Core& core, const Tunnel& tunnel, const IkeSa& sa) {
  return OwnIdentity(tunnel.config->local_identity, tunnel.config->authentication, core.config->certificates,
                     sa.local.address);
}

// Its proposals contain the suite that IKE_SA_INIT settled on.
bool Allows(const Tunnel& tunnel, const ipsec::Suite& suite) {
  ipsec::Proposal single{.protocol = ipsec::Protocol::kIke, .encr = {suite.encr}, .prf = {suite.prf}};
  if (suite.integ != nullptr) single.integ = {suite.integ};
  single.dh = {suite.dh};
  return ipsec::Choose(tunnel.config->ike_proposals, {&single, 1}).has_value();
}

// RFC 6023: the IKE SA is to have no CHILD_SA yet.
bool IsChildless(const Message& message) {
  return message.Get<SaPayload>() == nullptr;
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
  std::erase_if(candidates, [&](const Tunnel* tunnel) {
    return !Answers(*tunnel) || !Speaks(*tunnel->config, IkeVersion::kIkev2) || !Allows(*tunnel, sa.handshake->suite);
  });
  for (Tunnel* tunnel : candidates) {
    const bool peer_fits = tunnel->config->remote_identity.Matches(peer);
    const Identity own = IdentityUnder(core, *tunnel, sa);
    const bool own_fits = wanted == nullptr || own.Same(wanted->identity);
    const bool form_fits = tunnel->config->childless || !IsChildless(message);
    const AuthKind expected = tunnel->config->authentication.remote;
    if (peer_fits && own_fits && form_fits && expected == KindOf(message)) {
      meant.tunnels.push_back(tunnel);
      continue;
    }
    if (meant.why_none) continue;
    const Circumstance here = AtAuth(core, sa, candidates.size() == 1 ? tunnel : nullptr);
    meant.why_none = !peer_fits   ? PeerIdMismatch(here, tunnel->config->remote_identity.ToString(), peer)
                     : !own_fits  ? LocalIdMismatch(here, own.ToString(), wanted->identity)
                     : !form_fits ? ChildSaMissing(here)
                                  : AuthMethodMismatch(here, expected, MethodOf(message));
  }
  if (candidates.size() == 1) meant.blamed = candidates.front();
  if (meant.tunnels.empty() && !meant.why_none) {
    meant.why_none = WhyNobodyAnswers(core, AtAuth(core, sa, nullptr), sa.local, sa.init_remote);
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

ChildOutcome FirstChild(const Core& core, const IkeSa& sa, const Tunnel& tunnel, const Message& message) {
  return SelectChild(core, tunnel, sa, message, Phase::kIkeAuth, std::nullopt);
}

// Among the tunnels that are meant, the first whose suite and subnets fit as well.
Tunnel& ChooseServed(const Core& core, const IkeSa& sa, const std::vector<Tunnel*>& tunnels, const Message& message) {
  if (tunnels.size() == 1 || IsChildless(message)) return *tunnels.front();
  for (Tunnel* tunnel : tunnels) {
    if (std::holds_alternative<ChildNegotiation>(FirstChild(core, sa, *tunnel, message))) return *tunnel;
  }
  return *tunnels.front();
}

// The peer's proof by a shared key, under the tunnel and with the PPK that were chosen. The pre-shared one it was
// proven with is what we answer with.
std::optional<Diagnosis> JudgeSharedKey(const Core& core, IkeSa& sa, const Tunnel& tunnel, const PpkChoice& ppk) {
  Handshake& handshake = *sa.handshake;
  AuthProgress& auth = handshake.auth;
  const Message& message = auth.proof();
  const Circumstance here = AtAuth(core, sa, &tunnel);
  const auto input = [&](const AuthKeys& keys) {
    return AuthInput{handshake.peer_message, handshake.own_nonce, keys.peer.view(), auth.peer, auth.peer_reserved};
  };
  const base::Bytes& given = ppk.fallback != nullptr ? *ppk.fallback : message.Get<AuthPayload>()->data;
  const AuthKeys keys = AuthKeysOf(sa, ppk.ppk);
  if (!auth.msk.empty()) {
    if (VerifyAuth(sa.crypto->prf, auth.msk.view(), input(keys), given)) return std::nullopt;
    return EapFailed(here, eap::ToString(auth.eap->method()), auth.eap->identity(), "the peer has another key");
  }
  const SecretConfig* const secret =
      FindSecret(*core.config, {auth.own, auth.peer, sa.local.address, sa.remote.address});
  if (secret == nullptr) return NoSecretForPeer(here, auth.own, auth.peer);
  auth.psk = ProvenSecret(sa.crypto->prf, *secret, input(keys), given);
  if (!auth.psk.empty()) return std::nullopt;
  const NotifyPayload* const without = ppk.ppk != nullptr ? message.GetNotify(NotifyType::kNoPpkAuth) : nullptr;
  const AuthKeys plain = AuthKeysOf(sa, nullptr);
  if (without != nullptr && !ProvenSecret(sa.crypto->prf, *secret, input(plain), without->data).empty()) {
    return PpkDiffers(here, ppk.ppk->id);
  }
  return PskMismatch(here, secret->name, auth.own, auth.peer);
}

// Whether the peer's proof stands.
std::optional<Diagnosis> JudgePeer(const Core& core, IkeSa& sa, const Step& step, const Tunnel& tunnel,
                                   const PpkChoice& ppk) {
  const AuthProgress& auth = sa.handshake->auth;
  const Circumstance here = AtAuth(core, sa, &tunnel);
  if (step.result != nullptr && !step.result->ok()) {
    return NotSupported(here, "authentication.local.x509.certificate", step.result->status().message());
  }
  if (tunnel.config->authentication.remote != AuthKind::kX509) return JudgeSharedKey(core, sa, tunnel, ppk);
  const ProofVerdict& verdict = std::get<Proven>(**step.result).verdict;
  if (verdict.fault == ProofFault::kNone) return std::nullopt;
  return CertificateRefused(here, verdict, auth.peer);
}

// Our AUTH, mixed with the PPK that was adopted by now. False: there is nothing to make it with.
bool AppendAnswerAuth(const Core& core, const IkeSa& sa, const Step& step, Payloads& answer) {
  const Handshake& handshake = *sa.handshake;
  if (step.result != nullptr && !std::get<Proven>(**step.result).auth.empty()) {
    AppendSignature(answer, handshake.auth, std::get<Proven>(**step.result));
    return true;
  }
  const base::Secret key = OwnSharedKey(core, sa);
  if (key.empty()) return false;
  const AuthInput input{*handshake.own_message, handshake.peer_nonce, handshake.sk_p_own.view(), handshake.auth.own};
  answer.push_back(
      AuthPayload{AuthMethod::kSharedKey, base::ToBytes(ComputeAuth(sa.crypto->prf, key.view(), input).view())});
  return true;
}

// The peer is as its EAP identity says, which alone was proven: IDi is a claim (RFC 7296 2.16).
std::optional<Diagnosis> AdoptEapIdentity(const Circumstance& here, const Tunnel& tunnel, const AuthProgress& auth,
                                          Identity* peer) {
  if (auth.eap == nullptr) return std::nullopt;
  if (auth.eap->method() == eap::Type::kTls) return EapNameMismatch(here, *auth.eap, auth.peer);
  absl::StatusOr<Identity> user = Identity::Parse(auth.eap->identity());
  if (!user.ok() || !tunnel.config->remote_identity.Matches(*user)) {
    return PeerIdMismatch(here, tunnel.config->remote_identity.ToString(), user.ok() ? *user : auth.peer);
  }
  *peer = *std::move(user);
  return std::nullopt;
}

// The rest of the answer: the CHILD_SA, or why there is none.
void SettleFirstChild(Core& core, IkeSa& sa, const Message& message) {
  std::optional<Refusal> no_address = AssignAddresses(core, *sa.tunnel, sa, sa.remote_id, message);
  sa.childless = IsChildless(message);
  if (sa.childless && !no_address) return AppendAssigned(core, sa, sa.peer->answer);
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
    Report(core, sa.tunnel, InstallFailed(AtAuth(core, sa, sa.tunnel), absl::UnavailableError("no SPI is leased")));
    return;
  }
  if (message.Has(NotifyType::kUseTransportMode) && !child.transport) {
    Report(core, sa.tunnel, TransportRefused(AtAuth(core, sa, sa.tunnel), /*transport_here=*/false));
  }
  if (child.narrowed) {
    const SubnetPair pair = PairsOf(*sa.tunnel, sa)[child.pair];
    Report(core, sa.tunnel, Narrowed(AtAuth(core, sa, sa.tunnel), pair.local, pair.remote, child.local, child.remote));
  }
  AppendAssigned(core, sa, sa.peer->answer);
  AppendChoice(sa.peer->answer, child);
  child.own_nonce = sa.handshake->own_nonce;
  child.peer_nonce = sa.handshake->peer_nonce;
  crypto::ChildKeys keys = DeriveChildKeys(sa, child, /*initiator=*/false);
  sa.peer->installing =
      InstallChild(core, sa, std::move(child), /*initiator=*/false, std::move(keys), Activation::kNow);
}

}  // namespace

Circumstance AtAuth(const Core& core, const IkeSa& sa, const Tunnel* tunnel) {
  Circumstance here = At(core, sa, Phase::kIkeAuth, Side::kResponder);
  if (tunnel != nullptr) here.tunnel = tunnel->name();
  return here;
}

bool Refuse(Core& core, IkeSa& sa, Tunnel* tunnel, Diagnosis diagnosis, NotifyType notify) {
  core.counters.Add("ipsec_ike_handshakes_total",
                    {tunnel == nullptr ? "" : tunnel->name(), "responder", "failed", Name(diagnosis.code)});
  Report(core, tunnel, std::move(diagnosis));
  SendResponse(core, sa, ExchangeType::kIkeAuth, {NotifyPayload{.type = notify}});
  core.SetState(sa, IkeState::kRefused);
  return false;
}

bool MustStayOut(const Core& core, const Tunnel& tunnel, const Identity& own, const Identity& peer,
                 bool initial_contact) {
  if (tunnel.config->unique != Unique::kKeep || initial_contact) return false;
  for (const IkeSa* other : core.SamePeer(own, peer)) {
    if (other->tunnel == &tunnel && other->live()) return true;
  }
  return false;
}

Tunnel* StillMeant(const Core& core, const AuthProgress& auth) {
  Tunnel* const tunnel = core.FindTunnel(auth.tunnel);
  return tunnel != nullptr && tunnel->config == auth.config && Answers(*tunnel) ? tunnel : nullptr;
}

bool TakeClaim(Core& core, IkeSa& sa, const Message& message) {
  Meant meant = TunnelsMeant(core, sa, message);
  if (IsChildless(message) && !sa.handshake->childless) {  // whoever it is: so it says nothing of who is known
    return Refuse(core, sa, meant.blamed, ChildSaMissing(AtAuth(core, sa, meant.blamed)), NotifyType::kInvalidSyntax);
  }
  if (meant.tunnels.empty()) {
    if (message.Get<AuthPayload>() != nullptr) MeasureStranger(core, sa, message);
    return Refuse(core, sa, meant.blamed, std::move(*meant.why_none));
  }
  const Tunnel& tunnel = ChooseServed(core, sa, meant.tunnels, message);
  sa.handshake->peer_wants_ocsp = AsksForOcsp(message);
  AuthProgress& auth = sa.handshake->auth;
  auth.message = message;
  TakePeer(auth, *message.Get<IdPayload>(PayloadType::kIdI));
  auth.tunnel = tunnel.number;
  auth.config = tunnel.config;
  auth.own = IdentityUnder(core, tunnel, sa);
  sa.peer->story = Story::kConnect;
  return true;
}

base::Secret OwnSharedKey(const Core& core, const IkeSa& sa) {
  const AuthProgress& auth = sa.handshake->auth;
  if (!auth.msk.empty()) return auth.msk.Clone();
  if (!auth.psk.empty()) return auth.psk.Clone();
  const SecretConfig* const secret =
      FindSecret(*core.config, {auth.own, auth.peer, sa.local.address, sa.remote.address});
  return secret == nullptr ? base::Secret() : secret->psk.Clone();
}

bool OnAuthRequest(Core& core, IkeSa& sa, Step& step) {
  if (!TakeClaim(core, sa, *step.message)) return false;
  const AuthProgress& auth = sa.handshake->auth;
  const TunnelConfig& config = *auth.config;
  Tunnel* const tunnel = core.FindTunnel(auth.tunnel);
  const Circumstance here = AtAuth(core, sa, tunnel);
  auto choice = ChoosePpk(here, sa, config, auth.message);
  if (Diagnosis* refusal = std::get_if<Diagnosis>(&choice)) return Refuse(core, sa, tunnel, std::move(*refusal));
  const PpkChoice ppk = std::get<PpkChoice>(choice);
  Prove prove;
  if (config.authentication.remote == AuthKind::kX509) {
    prove.check = CheckOf(core, sa, config, auth.message, auth.peer, ppk.ppk, ppk.fallback);
  }
  if (config.authentication.local == AuthKind::kX509) {
    auto make = PrepareSignature(here, core, sa, config, auth.own, ppk.ppk, /*also_without=*/false);
    if (Diagnosis* missing = std::get_if<Diagnosis>(&make)) return Refuse(core, sa, tunnel, std::move(*missing));
    prove.make = std::get<SignatureToMake>(std::move(make));
  }
  if (prove.check || prove.make) sa.peer->job = core.Ask(sa, Priority::kProven, std::move(prove));
  return true;
}

void JudgeUnlessComputing(Core& core, IkeSa& sa) {
  if (sa.peer->job != 0) return;
  Step step;
  Dispatch(core, sa, Trigger::kPeerComputed, Story::kConnect, step);
}

bool OnAuthJudged(Core& core, IkeSa& sa, Step& step) {
  Handshake& handshake = *sa.handshake;
  const AuthProgress& auth = handshake.auth;
  Tunnel* const tunnel = StillMeant(core, auth);
  const Circumstance here = AtAuth(core, sa, tunnel);
  if (tunnel == nullptr) return Refuse(core, sa, nullptr, WhyNobodyAnswers(core, here, sa.local, sa.init_remote));

  auto choice = ChoosePpk(here, sa, *tunnel->config, auth.proof());
  if (Diagnosis* refusal = std::get_if<Diagnosis>(&choice)) return Refuse(core, sa, tunnel, std::move(*refusal));
  const PpkChoice ppk = std::get<PpkChoice>(choice);
  if (auto refusal = JudgePeer(core, sa, step, *tunnel, ppk)) return Refuse(core, sa, tunnel, *std::move(refusal));
  Identity peer = auth.peer;
  if (auto refusal = AdoptEapIdentity(here, *tunnel, auth, &peer)) return Refuse(core, sa, tunnel, *std::move(refusal));
  const bool initial_contact = auth.message.Has(NotifyType::kInitialContact);
  if (MustStayOut(core, *tunnel, auth.own, peer, initial_contact)) {
    return Refuse(core, sa, tunnel, PeerStaysConnected(here, peer));
  }
  if (ppk.ppk != nullptr) AdoptPpk(sa, *ppk.ppk);
  Payloads& answer = sa.peer->answer;
  if (auth.eap == nullptr) answer.push_back({PayloadType::kIdR, IdPayload{auth.own}});
  if (!AppendAnswerAuth(core, sa, step, answer)) return Refuse(core, sa, tunnel, NoSecretForPeer(here, auth.own, peer));
  if (ppk.ppk != nullptr) answer.push_back(NotifyPayload{.type = NotifyType::kPpkIdentity});
  core.BindTunnel(sa, *tunnel);
  sa.local_id = auth.own;
  sa.remote_id = peer;
  sa.crash_token = CrashTokenIn(auth.message);
  handshake.initial_contact = initial_contact;
  LearnMobike(core, sa, auth.message);
  if (sa.mobike != nullptr) AppendMobikeSupport(core, sa, answer);
  AppendCrashToken(core, sa.spi_i(), sa.spi_r(), answer);
  sa.peer->kept = answer.size();
  SettleFirstChild(core, sa, auth.message);
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

// With EAP from the start, without an identity, or with half a CHILD_SA.
bool OnOtherAuthRequest(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  const Meant meant = message.Get<IdPayload>(PayloadType::kIdI) != nullptr ? TunnelsMeant(core, sa, message) : Meant{};
  Tunnel* const tunnel = meant.tunnels.empty() ? meant.blamed : meant.tunnels.front();
  const Circumstance here = AtAuth(core, sa, tunnel);
  if (message.Get<AuthPayload>() != nullptr) {
    return Refuse(core, sa, tunnel, InvalidMessage(here, "an IKE_AUTH without the payloads of any of its forms"));
  }
  return Refuse(core, sa, tunnel, meant.why_none ? *meant.why_none : AuthMethodMismatch(here, AuthKind::kPsk, "EAP"));
}

}  // namespace culvert::iked
