// SPDX-License-Identifier: Apache-2.0
// IKE_SA_INIT as initiator (RFC 7296 1.2, 2.6, 2.7).
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/host.h"
#include "libs/wire/ikev2/proposal_mapping.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/auth_offer.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/diagnoses_authentication.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/nat.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/version.h"

namespace culvert::iked {

using ipsec::Algorithm;
using wire::ikev2::KePayload;
using wire::ikev2::Message;
using wire::ikev2::NoncePayload;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::SaPayload;

namespace {

constexpr int kMaxCookies = 3;  // a responder whose secret changes asks twice; more is no honest responder

Circumstance Here(const Core& core, const IkeSa& sa) {
  return At(core, sa, Phase::kIkeSaInit, Side::kInitiator);
}

std::shared_ptr<const base::Bytes> BuildInit(Core& core, const IkeSa& sa) {
  const Handshake& handshake = *sa.handshake;
  Message message;
  message.header.initiator_spi = sa.local_spi;
  message.header.exchange_type = static_cast<uint8_t>(wire::ikev2::ExchangeType::kIkeSaInit);
  message.header.flags = wire::kFlagInitiator;
  if (!handshake.cookie.empty()) {
    message.payloads.push_back(NotifyPayload{.type = NotifyType::kCookie, .data = handshake.cookie});
  }
  message.payloads.push_back(wire::ikev2::ToSaPayload(sa.config->ike_proposals, {}));
  message.payloads.push_back(KePayload{handshake.group->id, base::ToBytes(handshake.ours->public_value())});
  message.payloads.push_back(NoncePayload{handshake.own_nonce});
  AppendAuthOffer(message.payloads, *sa.config);
  AppendNatDetection(message.payloads, sa.local_spi, 0, sa.local, sa.remote, handshake.encapsulation, core.rng);
  if (sa.config->fragmentation != Fragmentation::kNever) {
    message.payloads.push_back(NotifyPayload{.type = NotifyType::kIkev2FragmentationSupported});
  }
  return std::make_shared<const base::Bytes>(EncodeMessage(message));
}

void Generate(Core& core, IkeSa& sa, const Algorithm* group) {
  sa.handshake->group = group;
  sa.own->job = core.Ask(sa, Priority::kProven, DhGenerate{group});
}

const Algorithm* OfferedGroup(const IkeSa& sa, uint16_t id) {
  for (const ipsec::Proposal& proposal : sa.config->ike_proposals) {
    for (const Algorithm* group : proposal.dh) {
      if (group->id == id && id != 0) return group;
    }
  }
  return nullptr;
}

Diagnosis WhyRefused(const Core& core, const IkeSa& sa, const NotifyPayload* error) {
  const Circumstance here = Here(core, sa);
  if (error == nullptr) return InvalidMessage(here, "an answer to IKE_SA_INIT without its payloads");
  switch (error->type) {
    case NotifyType::kNoProposalChosen:
      return PeerRefusedIkeProposals(here, sa.config->ike_proposals);
    case NotifyType::kInvalidMajorVersion:
      return VersionMismatch(here, 2);
    case NotifyType::kTemporaryFailure:
    case NotifyType::kNoAdditionalSas:
      return PeerBusy(here, ToString(error->type));
    default:
      return InvalidMessage(here, absl::StrCat("the peer answered ", ToString(error->type)));
  }
}

}  // namespace

IkeSa& BeginAttempt(Core& core, Tunnel& tunnel, const PathCandidate& path) {
  IkeSa& sa = core.CreateIkeSa(/*initiator=*/true);
  core.BindTunnel(sa, tunnel);
  tunnel.connecting = sa.local_spi;
  sa.local = {path.local, base::kIkePort};
  sa.remote = sa.init_remote = {path.remote, base::kIkePort};
  sa.local_id =
      OwnIdentity(tunnel.config->local_identity, tunnel.config->authentication, core.config->certificates, path.local);
  sa.handshake = std::make_unique<Handshake>();
  sa.handshake->own_nonce = core.Nonce();
  sa.handshake->encapsulation = core.EncapsulationOf(*tunnel.config);
  sa.handshake->started = core.clock.Monotonic();
  sa.own = std::make_unique<OwnExchange>();
  sa.own->task = {Story::kConnect};
  return sa;
}

void Connect(Core& core, Tunnel& tunnel, const PathCandidate& path) {
  if (CallsInIkev1(tunnel)) return ikev1::Connect(core, tunnel, path);
  IkeSa& sa = BeginAttempt(core, tunnel, path);
  Generate(core, sa, tunnel.config->ike_proposals.front().dh.front());
  core.SetState(sa, IkeState::kGenerating);
}

void FailConnect(Core& core, IkeSa& sa, TunnelReason reason, Diagnosis diagnosis) {
  Tunnel& tunnel = *sa.tunnel;
  core.counters.Add("ipsec_ike_handshakes_total", {tunnel.name(), "initiator", "failed", Name(diagnosis.code)});
  core.Destroy(sa);
  AttemptFailed(core, tunnel, reason, std::move(diagnosis));
}

bool OnInitGenerated(Core& core, IkeSa& sa, Step& step) {
  if (!step.result->ok()) {
    FailConnect(core, sa, TunnelReason::kNotSupported,
                NotSupported(Here(core, sa), "ike.proposals", absl::StrCat("group ", sa.handshake->group->keyword)));
    return false;
  }
  sa.handshake->ours = std::get<DhGenerated>(**step.result).ours;
  sa.handshake->own_message = BuildInit(core, sa);
  SendInit(core, sa, sa.handshake->own_message);
  Tell(core, *sa.tunnel, absl::StrCat("IKE_SA_INIT sent to ", sa.remote.ToString()));
  return true;
}

bool OnCookie(Core& core, IkeSa& sa, Step& step) {
  Handshake& handshake = *sa.handshake;
  const base::Bytes& cookie = step.message->GetNotify(NotifyType::kCookie)->data;
  if (cookie.empty() || cookie.size() > 64 || ++handshake.cookies > kMaxCookies) {  // 2.6: 1 to 64 octets
    FailConnect(core, sa, TunnelReason::kNegotiationFailed,
                InvalidMessage(Here(core, sa), "a cookie that nobody could return"));
    return false;
  }
  handshake.cookie = cookie;
  handshake.own_message = BuildInit(core, sa);
  SendInit(core, sa, handshake.own_message);
  return true;
}

// 1.2: only a group that we offered ourselves, and each only once: a forged answer can cost us a round trip, never
// security.
bool OnInvalidKe(Core& core, IkeSa& sa, Step& step) {
  Handshake& handshake = *sa.handshake;
  const base::Bytes& data = step.message->GetNotify(NotifyType::kInvalidKePayload)->data;
  const uint16_t id = data.size() == 2 ? static_cast<uint16_t>(data[0] << 8 | data[1]) : uint16_t{0};
  const Algorithm* wanted = OfferedGroup(sa, id);
  const bool tried = wanted == handshake.group ||
                     std::find(handshake.tried.begin(), handshake.tried.end(), wanted) != handshake.tried.end();
  if (wanted == nullptr || tried) {
    const Algorithm* known = ipsec::FindTransform(ipsec::TransformKind::kDh, id, 0);
    FailConnect(core, sa, TunnelReason::kNegotiationFailed,
                KeGroupMismatch(Here(core, sa), "ike.proposals", sa.config->ike_proposals,
                                known == nullptr ? absl::StrCat("number ", id) : std::string(known->keyword)));
    return false;
  }
  handshake.tried.push_back(handshake.group);
  handshake.ours.reset();
  Generate(core, sa, wanted);
  return true;
}

bool OnInitResponse(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  const Handshake& offered = *sa.handshake;
  const SaPayload& answer = *message.Get<SaPayload>();
  const KePayload& ke = *message.Get<KePayload>();
  const auto fail = [&](Diagnosis diagnosis) {
    FailConnect(core, sa, TunnelReason::kNegotiationFailed, std::move(diagnosis));
    return false;
  };
  if (message.header.responder_spi == 0) return fail(InvalidMessage(Here(core, sa), "a responder SPI of zero"));
  if (answer.proposals.size() != 1) return fail(InvalidMessage(Here(core, sa), "an answer with several proposals"));
  const ipsec::Proposal chosen = wire::ikev2::FromWire(answer.proposals.front());
  const std::optional<ipsec::Suite> suite = ipsec::Verify(sa.config->ike_proposals, chosen);
  if (!suite) return fail(IkeProposalMismatch(Here(core, sa), sa.config->ike_proposals, {&chosen, 1}));
  if (suite->dh != offered.group || ke.group != offered.group->id) {
    return fail(InvalidMessage(Here(core, sa), "a key exchange of another group than ours"));
  }
  const NatSituation nat =
      JudgeNat(message, sa.local_spi, message.header.responder_spi, sa.local, sa.remote, offered.encapsulation);
  if (!nat.detection && offered.encapsulation == Encapsulation::kForce) {
    Diagnosis refused = EncapsulationRefused(Here(core, sa));
    if (core.datapath && !core.datapath->raw_esp) return fail(std::move(refused));
    Report(core, sa.tunnel, std::move(refused));
  }

  const PpkConfig* const ppk = sa.config->authentication.ppk.get();
  if (ppk != nullptr && ppk->required && !message.Has(NotifyType::kUsePpk))
    return fail(PpkMissing(Here(core, sa), ppk->id));

  Handshake& handshake = *sa.handshake;
  handshake.suite = *suite;
  NoteAuthOffer(handshake, message, {sa.config.get()});
  handshake.peer_nonce = message.Get<NoncePayload>()->data;
  handshake.peer_message = base::ToBytes(step.datagram->bytes);
  handshake.init_done = core.clock.Monotonic();
  core.counters.AddHandshake(true, HandshakePhase::kIkeSaInit, handshake.init_done - handshake.started);
  sa.remote_spi = message.header.responder_spi;
  sa.nat = nat;
  sa.fragmentation =
      sa.config->fragmentation != Fragmentation::kNever && message.Has(NotifyType::kIkev2FragmentationSupported);
  // 2.23: from here on, everything by 4500; with MOBIKE a NAT may come later (RFC 4555 3.3).
  if (nat.encapsulate() || (sa.config->mobike && nat.detection)) {
    sa.local.port = sa.remote.port = base::kIkeNatPort;
    sa.nat_port = true;
  }
  sa.own->job = core.Ask(sa, Priority::kProven, DhDerive{handshake.ours, ke.data});
  return true;
}

bool OnInitRefused(Core& core, IkeSa& sa, Step& step) {
  FailConnect(core, sa, TunnelReason::kNegotiationFailed, WhyRefused(core, sa, step.message->FirstErrorNotify()));
  return false;
}

}  // namespace culvert::iked
