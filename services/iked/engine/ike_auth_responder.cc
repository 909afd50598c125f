// SPDX-License-Identifier: Apache-2.0
// IKE_AUTH as responder (RFC 7296 1.2, 2.15, 2.16). Who the peer is decides under which tunnel it is served; whether it
// is unknown or knows the wrong key is, from outside, the same.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/psk.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/teardown.h"

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

// The tunnels that the peer's identity, and the one it asks for, may mean; and if there is none, why not.
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
    if (peer_fits && (wanted == nullptr || own.Same(wanted->identity))) {
      meant.tunnels.push_back(tunnel);
      continue;
    }
    if (meant.why_none) continue;
    const Circumstance here = Here(core, sa, candidates.size() == 1 ? tunnel : nullptr);
    meant.why_none = peer_fits ? LocalIdMismatch(here, own.ToString(), wanted->identity)
                               : PeerIdMismatch(here, tunnel->config->remote_identity.ToString(), peer);
  }
  if (candidates.size() == 1) meant.blamed = candidates.front();
  if (meant.tunnels.empty() && !meant.why_none) {
    meant.why_none = NoTunnelForPeer(Here(core, sa, nullptr), sa.local.address.ToString());
  }
  return meant;
}

// Which of a secret's values the peer knows; empty when neither. A peer that matches no secret is measured against one
// that nobody knows, so that it takes as long.
base::Secret ProvenSecret(Core& core, const IkeSa& sa, const SecretConfig* secret, const AuthInput& input,
                          base::ByteView auth) {
  if (secret == nullptr) {
    base::Secret nobodys(32);
    core.rng.Fill(nobodys.mutable_view());
    VerifyAuth(sa.crypto->prf, nobodys.view(), input, auth);
    return {};
  }
  if (VerifyAuth(sa.crypto->prf, secret->psk.view(), input, auth)) return secret->psk.Clone();
  if (!secret->psk_previous.empty() && VerifyAuth(sa.crypto->prf, secret->psk_previous.view(), input, auth)) {
    return secret->psk_previous.Clone();
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

// Among the tunnels that are meant, the first whose suite and subnets fit as well.
struct Served {
  Tunnel* tunnel = nullptr;
  ChildOutcome child;
};
Served ChooseServed(const Core& core, const IkeSa& sa, const std::vector<Tunnel*>& tunnels, const Message& message) {
  std::optional<Served> first;
  for (Tunnel* tunnel : tunnels) {
    Served served{tunnel, SelectChild(core, *tunnel, sa, message, Phase::kIkeAuth, std::nullopt)};
    if (std::holds_alternative<ChildNegotiation>(served.child)) return served;
    if (!first) first = std::move(served);
  }
  return std::move(*first);
}

// The rest of the answer: the CHILD_SA, or why there is none.
void SettleFirstChild(Core& core, IkeSa& sa, ChildOutcome outcome, bool transport_wanted) {
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
  if (transport_wanted) Report(core, sa.tunnel, TransportRefused(Here(core, sa, sa.tunnel)));
  if (child.narrowed) {
    const SubnetPair pair = PairsOf(*sa.tunnel, sa)[child.pair];
    Report(core, sa.tunnel, Narrowed(Here(core, sa, sa.tunnel), pair.local, pair.remote, child.local, child.remote));
  }
  AppendChoice(sa.peer->answer, child);
  sa.peer->answer.push_back(NotifyPayload{.type = NotifyType::kEspTfcPaddingNotSupported});
  child.own_nonce = sa.handshake->own_nonce;
  child.peer_nonce = sa.handshake->peer_nonce;
  sa.peer->installing = InstallChild(core, sa, std::move(child), /*initiator=*/false, {}, Activation::kNow);
}

}  // namespace

bool OnAuthRequest(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  const Handshake& handshake = *sa.handshake;
  const Identity& peer = message.Get<IdPayload>(PayloadType::kIdI)->identity;
  const AuthPayload& auth = *message.Get<AuthPayload>();
  Meant meant = TunnelsMeant(core, sa, message);
  Tunnel* const likely = meant.tunnels.empty() ? nullptr : meant.tunnels.front();
  const Identity own = likely == nullptr ? Identity::Of(sa.local.address) : OwnIdentity(*likely, sa);

  const SecretConfig* const secret =
      likely == nullptr ? nullptr : FindSecret(*core.config, {own, peer, sa.local.address, sa.remote.address});
  const AuthInput input{handshake.peer_message, handshake.own_nonce, handshake.sk_p_peer.view(), peer};
  base::Secret psk = ProvenSecret(core, sa, secret, input, auth.data);
  if (auth.method != AuthMethod::kSharedKey) {
    return Refuse(core, sa, likely, AuthMethodMismatch(Here(core, sa, likely), ToString(auth.method)));
  }
  if (likely == nullptr) return Refuse(core, sa, meant.blamed, std::move(*meant.why_none));
  if (secret == nullptr) return Refuse(core, sa, likely, NoSecretForPeer(Here(core, sa, likely), peer));
  if (psk.empty()) return Refuse(core, sa, likely, PskMismatch(Here(core, sa, likely), secret->name, own, peer));

  Served served = ChooseServed(core, sa, meant.tunnels, message);
  const bool initial_contact = message.Has(NotifyType::kInitialContact);
  if (MustStayOut(core, *served.tunnel, sa, peer, initial_contact)) {
    return Refuse(core, sa, served.tunnel, PeerStaysConnected(Here(core, sa, served.tunnel), peer));
  }
  core.BindTunnel(sa, *served.tunnel);
  sa.local_id = OwnIdentity(*served.tunnel, sa);
  sa.remote_id = peer;
  sa.handshake->initial_contact = initial_contact;
  const AuthInput answer{*handshake.own_message, handshake.peer_nonce, handshake.sk_p_own.view(), sa.local_id};
  const base::Secret own_auth = ComputeAuth(sa.crypto->prf, psk.view(), answer);
  sa.peer->story = Story::kConnect;
  sa.peer->answer.push_back({PayloadType::kIdR, IdPayload{sa.local_id}});
  sa.peer->answer.push_back(AuthPayload{AuthMethod::kSharedKey, base::ToBytes(own_auth.view())});
  SettleFirstChild(core, sa, std::move(served.child), message.Has(NotifyType::kUseTransportMode));
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
    answer.erase(answer.begin() + 2, answer.end());  // IDr and AUTH stay true
    answer.push_back(NotifyPayload{.type = NotifyType::kNoAdditionalSas});
  }
  SendResponse(core, sa, ExchangeType::kIkeAuth, std::move(answer));
  return true;
}

// IKE_AUTH without AUTH asks for EAP (2.16); with EAP, or without a CHILD_SA, it is no form that we know.
bool OnOtherAuthRequest(Core& core, IkeSa& sa, Step& step) {
  const Meant meant =
      step.message->Get<IdPayload>(PayloadType::kIdI) != nullptr ? TunnelsMeant(core, sa, *step.message) : Meant{};
  Tunnel* const tunnel = meant.tunnels.empty() ? meant.blamed : meant.tunnels.front();
  const bool childless = step.message->Get<AuthPayload>() != nullptr;
  return Refuse(core, sa, tunnel,
                childless ? NotSupported(Here(core, sa, tunnel), "ike.childless", "IKE_AUTH without a CHILD_SA")
                          : AuthMethodMismatch(Here(core, sa, tunnel), "EAP"));
}

}  // namespace culvert::iked
