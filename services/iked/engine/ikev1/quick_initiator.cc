// SPDX-License-Identifier: Apache-2.0
// Quick Mode as initiator, for a new CHILD_SA or for one that replaces another.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/crypto/ikev1_keys.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/authentic.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/ikev1/informational.h"
#include "services/iked/engine/ikev1/quick_mode.h"
#include "services/iked/engine/ikev1/quick_offer.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/ikev1/succession.h"
#include "services/iked/engine/own_child.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"

namespace culvert::iked::ikev1 {

using ipsec::Algorithm;
using wire::ikev1::ExchangeType;
using wire::ikev1::HashPayload;
using wire::ikev1::KePayload;
using wire::ikev1::Message;
using wire::ikev1::MessageForm;
using wire::ikev1::NotifyType;

namespace {

constexpr size_t kMaxFinished = 16;

Circumstance Here(const Core& core, const IkeSa& sa) {
  return At(core, sa, Phase::kQuickMode, Side::kInitiator);
}

Phase2& Of(IkeSa& sa) {
  return sa.ikev1->phase2;
}

void SendOffer(Core& core, IkeSa& sa) {
  QuickMode& quick = *Of(sa).own;
  quick.message_id = NewMessageId(core, sa);
  quick.iv = InitialIv(sa, quick.message_id);
  quick.step = QuickStep::kAsked;
  SendOwn(core, sa, {ExchangeType::kQuick, quick.message_id},
          WithHash(sa, quick.message_id, {}, OfferPayloads(sa, *sa.own)), quick.iv);
}

// Message 1 with the key exchange `group`; null: without PFS.
void Ask(Core& core, IkeSa& sa, const Algorithm* group) {
  Of(sa).own = std::make_unique<QuickMode>();
  sa.own->group = group;
  if (group == nullptr) return SendOffer(core, sa);
  Generate(core, sa, group);
}

// What `sa.own` was about is over; a successor may have waited for it.
void End(Core& core, IkeSa& sa, void (*finish)(Core&, IkeSa&)) {
  Of(sa).own.reset();
  finish(core, sa);
  HandOverIfIdle(core, sa);
}

void Fail(Core& core, IkeSa& sa, Diagnosis diagnosis) {
  Of(sa).own.reset();
  FailChild(core, sa, wire::ikev2::NotifyType::kNoProposalChosen, std::move(diagnosis));
  HandOverIfIdle(core, sa);
}

void Install(Core& core, IkeSa& sa, base::ByteView g_xy) {
  OwnExchange& own = *sa.own;
  QuickMode& quick = *Of(sa).own;
  ChildNegotiation granted = std::move(*own.child);
  own.child.reset();
  quick.step = QuickStep::kInstalling;
  quick.hash3 = ConfirmingHash(sa, quick.message_id, granted.own_nonce, granted.peer_nonce);
  const State& state = *sa.ikev1;
  auto keys = crypto::DeriveIkev1ChildKeys(granted.suite, state.prf, state.keys.d.view(), g_xy, granted.spi_in,
                                           granted.spi_out, granted.own_nonce, granted.peer_nonce);
  if (!keys.ok()) std::abort();  // our own suite of ESP
  // The peer may have its keys only when message 3 is in: until it uses them, or the old ones go, so do we wait.
  const bool rekey = sa.FindChild(granted.replaces) != nullptr;
  own.installing = InstallChild(core, sa, std::move(granted), /*initiator=*/true, *std::move(keys),
                                rekey ? Activation::kOnFirstInbound : Activation::kNow);
}

Diagnosis WhyRefused(const Core& core, const IkeSa& sa, NotifyType error) {
  const ChildNegotiation& offer = *sa.own->child;
  switch (error) {
    case NotifyType::kNoProposalChosen:
      return PeerRefusedEspProposals(Here(core, sa), offer.offered);
    case NotifyType::kInvalidIdInformation:
      return PeerRefusedPair(Here(core, sa), offer.local, offer.remote, ToString(error));
    default:
      return InvalidMessage(Here(core, sa), absl::StrCat("the peer answered ", ToString(error)));
  }
}

}  // namespace

bool BeginQuickMode(Core& core, IkeSa& sa, const Task& task) {
  if (!PrepareChild(core, sa, task)) return false;
  const std::vector<const Algorithm*> groups = GroupsOf(sa.own->child->offered);
  if (groups.empty()) {
    Fail(core, sa, NotSupported(Here(core, sa), "esp.proposals", "in IKEv1, a group of these"));
  } else {
    Ask(core, sa, groups.front());
  }
  return true;
}

void OnOwnQuickComputed(Core& core, IkeSa& sa, JobDone& done) {
  OwnExchange& own = *sa.own;
  own.job = 0;
  if (own.ours != nullptr) {
    if (done.result.ok()) return Install(core, sa, std::get<DhDerived>(*done.result).shared.view());
    SendDelete(core, sa, own.child->spi_in);
    return Fail(core, sa, InvalidMessage(Here(core, sa), "a public value that is none"));
  }
  if (IsMoot(sa)) return End(core, sa, EndMoot);
  if (!done.result.ok()) {
    const std::string group = absl::StrCat("group ", own.group->keyword);
    return Fail(core, sa, NotSupported(Here(core, sa), "esp.proposals", group));
  }
  own.ours = std::get<DhGenerated>(*done.result).ours;
  SendOffer(core, sa);
}

void OnQuickAnswer(Core& core, IkeSa& sa, const Datagram& datagram, const Message& message, base::Bytes next_iv) {
  OwnExchange& own = *sa.own;
  QuickMode& quick = *Of(sa).own;
  if (!HasHash(core, sa, message, own.child->own_nonce) || !IsLawful(core, message, MessageForm::kQuick2)) return;
  OnFreshMessage(core, sa, datagram);
  Answered(core, sa);
  quick.iv = std::move(next_iv);
  quick.received = DigestOf(datagram.bytes);
  OrRefusal<ChildNegotiation> outcome = CheckAnswer(core, sa, own, message);
  if (QuickRefusal* refusal = std::get_if<QuickRefusal>(&outcome)) {
    SendDelete(core, sa, own.child->spi_in);  // it may have it already
    return Fail(core, sa, std::move(refusal->diagnosis));
  }
  own.child = std::get<ChildNegotiation>(std::move(outcome));
  if (own.group == nullptr) return Install(core, sa, {});
  quick.step = QuickStep::kComputing;
  own.job = core.Ask(sa, Priority::kEstablished, DhDerive{own.ours, message.Get<KePayload>()->data});
}

void OnOwnQuickInstalled(Core& core, IkeSa& sa, const absl::Status& status) {
  Phase2& phase2 = Of(sa);
  QuickMode& quick = *phase2.own;
  if (status.ok()) {
    quick.step = QuickStep::kDone;
    quick.sent = SendSealed(core, sa, {ExchangeType::kQuick, quick.message_id}, {HashPayload{quick.hash3}}, quick.iv);
  }
  phase2.finished.push_back(std::move(phase2.own));
  if (phase2.finished.size() > kMaxFinished) phase2.finished.erase(phase2.finished.begin());
  FinishChild(core, sa, status, Here(core, sa));
  HandOverIfIdle(core, sa);
}

bool OnQuickUnanswered(Core& core, IkeSa& sa) {
  if (sa.own->task.story != Story::kNewChild || !sa.own->child || !sa.children.empty()) return false;
  const ChildNegotiation& offer = *sa.own->child;
  Abandon(core, sa, TunnelReason::kNegotiationFailed,
          PeerRefusedPair(Here(core, sa), offer.local, offer.remote, /*notify=*/{}));
  return true;
}

void OnQuickRefused(Core& core, IkeSa& sa, NotifyType error) {
  OwnExchange& own = *sa.own;
  Answered(core, sa);
  if (IsMoot(sa)) return End(core, sa, EndMoot);
  const std::vector<const Algorithm*> groups = GroupsOf(own.child->offered);
  own.tried.push_back(own.group);
  const auto next = std::find_if(groups.begin(), groups.end(), [&own](const Algorithm* group) {
    return std::find(own.tried.begin(), own.tried.end(), group) == own.tried.end();
  });
  if (error == NotifyType::kNoProposalChosen && next != groups.end()) return Ask(core, sa, *next);
  Fail(core, sa, WhyRefused(core, sa, error));
}

}  // namespace culvert::iked::ikev1
