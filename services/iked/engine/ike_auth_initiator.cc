// SPDX-License-Identifier: Apache-2.0
// IKE_AUTH as initiator (RFC 7296 1.2, 2.15), with the first CHILD_SA.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/auth_eap.h"
#include "services/iked/engine/auth_offer.h"
#include "services/iked/engine/auth_signature.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/diagnoses_address.h"
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
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"

namespace culvert::iked {

using wire::ikev2::AuthMethod;
using wire::ikev2::AuthPayload;
using wire::ikev2::ExchangeType;
using wire::ikev2::IdPayload;
using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::PayloadType;

namespace {

Circumstance Here(const Core& core, const IkeSa& sa) {
  return At(core, sa, Phase::kIkeAuth, Side::kInitiator);
}

// The secret for this attempt: the current value, or the one before when the peer refused that.
bool ChooseSecret(const Core& core, IkeSa& sa) {
  const ipsec::SecretQuery query{.local = sa.local_id,
                                 .remote = sa.config->remote_identity,
                                 .local_address = sa.local.address,
                                 .remote_address = sa.remote.address};
  const SecretConfig* secret = FindSecret(*core.config, query);
  if (secret == nullptr) return false;
  const bool previous = sa.tunnel->use_previous_psk && !secret->psk_previous.empty();
  sa.handshake->auth.psk = (previous ? secret->psk_previous : secret->psk).Clone();
  sa.handshake->auth.secret = secret->name;
  return true;
}

const PpkConfig* OfferedPpk(const IkeSa& sa) {
  return sa.handshake->use_ppk ? sa.config->authentication.ppk.get() : nullptr;
}

// What the two sides' proofs take is at hand, and our signature asked for; else why not.
std::optional<Diagnosis> PrepareProofs(Core& core, IkeSa& sa) {
  const Authentication& authentication = sa.config->authentication;
  const Circumstance here = Here(core, sa);
  const bool by_psk = authentication.local == AuthKind::kPsk || authentication.remote == AuthKind::kPsk;
  if (by_psk && !ChooseSecret(core, sa)) return NoSecretForPeer(here, sa.local_id, sa.config->remote_identity);
  if (authentication.local == AuthKind::kEap && !MayAnswerEap(authentication)) {
    return NotSupported(here, "eap.role", "initiating as EAP server");
  }
  if (authentication.local != AuthKind::kX509) return std::nullopt;
  const PpkConfig* const ppk = OfferedPpk(sa);
  const bool also_without = ppk != nullptr && !ppk->required;
  auto make = PrepareSignature(here, core, sa, *sa.config, sa.local_id, ppk, also_without);
  if (Diagnosis* missing = std::get_if<Diagnosis>(&make)) return std::move(*missing);
  sa.own->job = core.Ask(sa, Priority::kProven, Prove{.make = std::get<SignatureToMake>(std::move(make))});
  return std::nullopt;
}

Payloads BuildRequest(Core& core, const IkeSa& sa, JobResult* result) {
  const Authentication& authentication = sa.config->authentication;
  Payloads payloads;
  payloads.push_back({PayloadType::kIdI, IdPayload{sa.local_id}});
  if (IsInitialContact(core, sa)) payloads.push_back(NotifyPayload{.type = NotifyType::kInitialContact});
  if (authentication.remote == AuthKind::kX509) {
    const Certificates& certificates = core.config->certificates;
    AppendCertificateRequest(payloads, certificates.Anchors(authentication), certificates.revocation);
  }
  const ipsec::Identity& wanted = sa.config->remote_identity;
  if (!wanted.any() && !IsPattern(wanted)) payloads.push_back({PayloadType::kIdR, IdPayload{wanted}});
  if (authentication.local != AuthKind::kEap) {
    AppendOwnAuth(payloads, sa, result);
  } else if (authentication.remote == AuthKind::kEap) {  // the peer need not prove itself ahead of it (RFC 5998)
    payloads.push_back(NotifyPayload{.type = NotifyType::kEapOnlyAuthentication});
  }
  AppendAddressRequest(*sa.config, payloads);
  if (sa.handshake->child) AppendOffer(payloads, *sa.handshake->child);
  AppendMobikeSupport(core, sa, payloads);
  AppendCrashToken(core, sa.spi_i(), sa.spi_r(), payloads);
  return payloads;
}

// 2.21.2: the peer believes the SA to be up, so it is told otherwise; nothing of it was ever used here.
bool RefusePeer(Core& core, IkeSa& sa, Diagnosis diagnosis) {
  Tunnel& tunnel = *sa.tunnel;
  core.counters.Add("ipsec_ike_handshakes_total", {tunnel.name(), "initiator", "failed", Name(diagnosis.code)});
  core.SetState(sa, IkeState::kDeleting);
  sa.own = std::make_unique<OwnExchange>();
  sa.own->task = {Story::kRefuse};
  SendRequest(core, sa, ExchangeType::kInformational, {NotifyPayload{.type = NotifyType::kAuthenticationFailed}});
  AttemptFailed(core, tunnel, TunnelReason::kNegotiationFailed, std::move(diagnosis));
  return false;
}

Diagnosis WhyAuthenticationRefused(const Circumstance& here, const Core& core, const IkeSa& sa) {
  const Authentication& authentication = sa.config->authentication;
  switch (authentication.local) {
    case AuthKind::kX509:
      if (const CertificateConfig* own = core.config->certificates.Own(authentication)) {
        return PeerRefusedCertificate(here, own->name, sa.local_id);
      }
      break;
    case AuthKind::kEap:
      return EapFailed(here, "EAP", {}, "the peer refused our authentication, and does not say why");
    case AuthKind::kPsk:
      break;
  }
  return PeerRefusedAuthentication(here, sa.handshake->auth.secret, sa.local_id);
}

// With a PPK that we insist on, AUTH verifies for nobody who lacks it (RFC 8784 3), and the answer says no more.
Diagnosis WithPpkInMind(const Authentication& authentication, Diagnosis diagnosis) {
  const PpkConfig* const ppk = authentication.ppk.get();
  if (ppk == nullptr || !ppk->required) return diagnosis;
  diagnosis.likely_causes.insert(diagnosis.likely_causes.begin(),
                                 absl::StrCat("the peer has no post-quantum key named ", ppk->id, ", or another one"));
  diagnosis.fixes.insert(diagnosis.fixes.begin(),
                         absl::StrCat("Enter the same key under the name ", ppk->id, " on both sides."));
  return diagnosis;
}

Diagnosis WhyRefused(const Core& core, const IkeSa& sa, const NotifyPayload* error) {
  const Circumstance here = Here(core, sa);
  if (error == nullptr) return InvalidMessage(here, "an answer to IKE_AUTH without IDr and AUTH");
  switch (error->type) {
    case NotifyType::kAuthenticationFailed:
      return WithPpkInMind(sa.config->authentication, WhyAuthenticationRefused(here, core, sa));
    case NotifyType::kUnsupportedCriticalPayload:
      return UnsupportedCriticalPayload(here, error->data.empty() ? 0 : error->data.front());
    default:
      return WhyChildRefused(core, sa, error->type, Phase::kIkeAuth, sa.handshake->child.value_or(ChildNegotiation()));
  }
}

// The peer is who it should be; the first CHILD_SA may still have come to nothing (1.2). The IKE SA stays, and the
// reconciler asks again for a CHILD_SA; as it does from the beginning where the IKE SA was made childless (RFC 6023).
void SettleFirstChild(Core& core, IkeSa& sa, const Message& message) {
  sa.childless = !sa.handshake->child;
  ChildNegotiation offer = std::exchange(sa.handshake->child, std::nullopt).value_or(ChildNegotiation());
  if (const NotifyPayload* error = message.FirstErrorNotify()) {
    core.spis.Return(offer.spi_in);
    ChildFailed(core, sa, error->type, WhyChildRefused(core, sa, error->type, Phase::kIkeAuth, offer));
    return;
  }
  const ChildNegotiation asked = offer;
  const auto break_off = [&](NotifyType notify, Diagnosis diagnosis) {  // the peer holds a CHILD_SA that is of no use
    core.spis.Return(asked.spi_in);
    sa.queue.push_back({Story::kDeleteIke});
    ChildFailed(core, sa, notify, std::move(diagnosis));
  };
  if (!sa.config->virtual_ips.empty() && !AcceptAddresses(core, sa, message)) {
    return break_off(NotifyType::kInternalAddressFailure, VirtualIpMissing(Here(core, sa)));
  }
  if (sa.childless) return;
  ChildOutcome outcome = CheckAnswer(core, sa, message, Phase::kIkeAuth, std::move(offer));
  if (Refusal* refusal = std::get_if<Refusal>(&outcome)) {
    return break_off(refusal->notify, std::move(refusal->diagnosis));
  }
  ChildNegotiation granted = std::get<ChildNegotiation>(std::move(outcome));
  if (!NarrowToAddresses(*sa.tunnel, sa, granted)) {
    return break_off(NotifyType::kTsUnacceptable,
                     SelectorsUnacceptable(Here(core, sa), asked.local, asked.remote, granted.remote, granted.local));
  }
  if (granted.narrowed && !LearnPerPair(*sa.tunnel, sa, granted)) {
    Report(core, sa.tunnel, Narrowed(Here(core, sa), asked.local, asked.remote, granted.local, granted.remote));
  }
  granted.own_nonce = sa.handshake->own_nonce;
  granted.peer_nonce = sa.handshake->peer_nonce;
  crypto::ChildKeys keys = DeriveChildKeys(sa, granted, /*initiator=*/true);
  sa.own->installing =
      InstallChild(core, sa, std::move(granted), /*initiator=*/true, std::move(keys), Activation::kNow);
}

}  // namespace

bool IsInitialContact(const Core& core, const IkeSa& sa) {
  for (const Tunnel* tunnel : core.index.Named(sa.remote.address)) {
    for (const uint64_t spi : tunnel->ike_sas) {
      const IkeSa* other = core.FindIkeSa(spi);
      if (other == nullptr || other == &sa || other->state < IkeState::kAuthSent) continue;
      if (other->local_id == sa.local_id && other->remote.address == sa.remote.address) return false;
    }
  }
  return true;
}

bool OnInitDerived(Core& core, IkeSa& sa, Step& step) {
  const auto fail = [&](TunnelReason reason, Diagnosis diagnosis) {
    FailConnect(core, sa, reason, std::move(diagnosis));
    return false;
  };
  if (!step.result->ok()) {
    return fail(TunnelReason::kNegotiationFailed,
                InvalidMessage(At(core, sa, Phase::kIkeSaInit, Side::kInitiator),
                               absl::StrCat("the peer's public value: ", step.result->status().message())));
  }
  const DhDerived& derived = std::get<DhDerived>(**step.result);
  if (const absl::Status keys = DeriveFirstKeys(sa, derived.shared.view()); !keys.ok()) {
    return fail(TunnelReason::kNotSupported, NotSupported(Here(core, sa), "ike.proposals", keys.message()));
  }
  if (std::optional<Diagnosis> missing = PrepareProofs(core, sa)) {
    return fail(TunnelReason::kNoSecret, *std::move(missing));
  }
  Handshake& handshake = *sa.handshake;
  if (!handshake.childless) {
    ChildNegotiation offer = OfferChild(core, *sa.tunnel, sa, 0, /*key_exchange=*/false);
    if (offer.spi_in == 0) {
      return fail(TunnelReason::kDatapathUnavailable,
                  InstallFailed(Here(core, sa), absl::UnavailableError("no SPI is leased")));
    }
    handshake.child = std::move(offer);
  }
  handshake.ours.reset();
  return true;
}

void ProceedUnlessComputing(Core& core, IkeSa& sa) {
  if (sa.own->job != 0) return;
  Step step;
  Dispatch(core, sa, Trigger::kOwnComputed, Story::kConnect, step);
}

bool OnAuthSigned(Core& core, IkeSa& sa, Step& step) {
  if (step.result != nullptr && !step.result->ok()) {
    FailConnect(core, sa, TunnelReason::kNotSupported,
                NotSupported(Here(core, sa), "authentication.local.x509.certificate", step.result->status().message()));
    return false;
  }
  SendRequest(core, sa, ExchangeType::kIkeAuth, BuildRequest(core, sa, step.result));
  Tell(core, *sa.tunnel, absl::StrCat("IKE_AUTH sent to ", sa.remote.ToString(), " as ", sa.local_id.ToString()));
  return true;
}

// AUTH; with a PPK, by what it makes of SK_pi, and where it is not required by SK_pi itself as well (RFC 8784 3).
void AppendOwnAuth(Payloads& payloads, const IkeSa& sa, JobResult* result) {
  const Handshake& handshake = *sa.handshake;
  const PpkConfig* const ppk = OfferedPpk(sa);
  if (ppk != nullptr) payloads.push_back(PpkIdentityOf(*ppk));
  if (result != nullptr) return AppendSignature(payloads, handshake.auth, std::get<Proven>(**result));
  const base::Secret& key = handshake.auth.msk.empty() ? handshake.auth.psk : handshake.auth.msk;
  const auto auth = [&](const PpkConfig* mixed) {
    const AuthKeys keys = AuthKeysOf(sa, mixed);
    const base::Secret made = ComputeAuth(sa.crypto->prf, key.view(),
                                          {*handshake.own_message, handshake.peer_nonce, keys.own.view(), sa.local_id});
    return base::ToBytes(made.view());
  };
  payloads.push_back(AuthPayload{AuthMethod::kSharedKey, auth(ppk)});
  if (ppk != nullptr && !ppk->required) {
    payloads.push_back(NotifyPayload{.type = NotifyType::kNoPpkAuth, .data = auth(nullptr)});
  }
}

void AskCheck(Core& core, IkeSa& sa, const PpkConfig* ppk) {
  const AuthProgress& auth = sa.handshake->auth;
  if (sa.config->authentication.remote != AuthKind::kX509 || KindOf(auth.proof()) != AuthKind::kX509) return;
  Prove prove{.check = CheckOf(core, sa, *sa.config, auth.proof(), auth.peer, ppk, nullptr)};
  sa.own->job = core.Ask(sa, Priority::kProven, std::move(prove));
}

bool OnAuthResponse(Core& core, IkeSa& sa, Step& step) {
  AuthProgress& auth = sa.handshake->auth;
  auth.message = *step.message;
  if (!auth.msk.empty()) return true;  // by EAP's key, and as whoever it said it was ahead of EAP
  TakePeer(auth, *step.message->Get<IdPayload>(PayloadType::kIdR));
  const auto ppk = PpkOfAnswer(Here(core, sa), sa, auth.message);
  if (const auto* mixed = std::get_if<const PpkConfig*>(&ppk)) AskCheck(core, sa, *mixed);
  return true;
}

std::optional<Diagnosis> JudgeResponder(const Core& core, const IkeSa& sa, const Step& step, const PpkConfig* ppk) {
  const Handshake& handshake = *sa.handshake;
  const AuthProgress& auth = handshake.auth;
  const Authentication& authentication = sa.config->authentication;
  const bool by_eap = !auth.msk.empty();
  const AuthKind expected = by_eap ? AuthKind::kPsk : authentication.remote;
  // Without EAP, a client of it has not been asked for anything: the peer takes us for somebody else.
  if (KindOf(auth.message) != expected) {
    return AuthMethodMismatch(Here(core, sa), authentication.remote, MethodOf(auth.message));
  }
  if (step.result != nullptr) {
    if (!step.result->ok()) return InvalidMessage(Here(core, sa), step.result->status().message());
    const ProofVerdict& verdict = std::get<Proven>(**step.result).verdict;
    if (verdict.fault != ProofFault::kNone) return CertificateRefused(Here(core, sa), verdict, auth.peer);
    return std::nullopt;
  }
  const AuthKeys keys = AuthKeysOf(sa, ppk);
  const AuthInput input{handshake.peer_message, handshake.own_nonce, keys.peer.view(), auth.peer, auth.peer_reserved};
  const base::Secret& key = by_eap ? auth.msk : auth.psk;
  if (VerifyAuth(sa.crypto->prf, key.view(), input, auth.message.Get<AuthPayload>()->data)) return std::nullopt;
  if (by_eap) return EapFailed(Here(core, sa), eap::ToString(auth.eap->method()), {}, "the peer has another key");
  return PskMismatch(Here(core, sa), auth.secret, sa.local_id, auth.peer);
}

bool OnAuthVerified(Core& core, IkeSa& sa, Step& step) {
  AuthProgress& auth = sa.handshake->auth;
  if (sa.config->authentication.local == AuthKind::kEap && auth.msk.empty()) {
    return RefusePeer(core, sa, EapMethodMismatch(Here(core, sa), "EAP", "the peer does without"));
  }
  auto ppk = PpkOfAnswer(Here(core, sa), sa, auth.message);
  if (Diagnosis* refusal = std::get_if<Diagnosis>(&ppk)) return RefusePeer(core, sa, std::move(*refusal));
  const PpkConfig* const mixed = std::get<const PpkConfig*>(ppk);
  if (std::optional<Diagnosis> refusal = JudgeResponder(core, sa, step, mixed)) {
    return RefusePeer(core, sa, *std::move(refusal));
  }
  if (!sa.config->remote_identity.Matches(auth.peer)) {
    return RefusePeer(core, sa, PeerIdMismatch(Here(core, sa), sa.config->remote_identity.ToString(), auth.peer));
  }
  if (mixed != nullptr) AdoptPpk(sa, *mixed);
  sa.remote_id = auth.peer;
  LearnMobike(core, sa, auth.message);
  sa.crash_token = CrashTokenIn(auth.message);
  SettleFirstChild(core, sa, auth.message);
  return true;
}

bool OnAuthRefused(Core& core, IkeSa& sa, Step& step) {
  const NotifyPayload* error = step.message->FirstErrorNotify();
  FailConnect(core, sa, TunnelReason::kNegotiationFailed, WhyRefused(core, sa, error));
  return false;
}

bool OnFirstChildInstalled(Core& core, IkeSa& sa, Step& step) {
  const uint64_t child = sa.own->installing;
  if (!step.installed.ok()) {  // the peer has it already
    sa.queue.push_back({Story::kDeleteChild, child});
    ChildFailed(core, sa, NotifyType::kTemporaryFailure, std::nullopt);
  } else if (RetireIfDeleted(core, sa, child)) {
    ChildLost(core, *sa.tunnel);
  }
  FinishOwn(core, sa);
  return true;
}

}  // namespace culvert::iked
