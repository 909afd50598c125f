// SPDX-License-Identifier: Apache-2.0
// CREATE_CHILD_SA as initiator, for a new CHILD_SA or for the rekey of one (RFC 7296 1.3.1, 1.3.3, 2.8).
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/wire/writer.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_collision.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/timers.h"
#include "services/iked/engine/views.h"

namespace culvert::iked {

using ipsec::Algorithm;
using wire::ikev2::ExchangeType;
using wire::ikev2::KePayload;
using wire::ikev2::Message;
using wire::ikev2::NoncePayload;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::ProtocolId;

namespace {

Circumstance Here(const Core& core, const IkeSa& sa) {
  return At(core, sa, Phase::kCreateChildSa, Side::kInitiator);
}

// The group of our KE payload: the first one of the first proposal; null without PFS.
const Algorithm* FirstGroup(const std::vector<ipsec::Proposal>& proposals) {
  if (proposals.empty() || proposals.front().dh.empty()) return nullptr;
  const Algorithm* first = proposals.front().dh.front();
  return first->id == 0 ? nullptr : first;
}

const Algorithm* OfferedGroup(const std::vector<ipsec::Proposal>& proposals, uint16_t id) {
  for (const ipsec::Proposal& proposal : proposals) {
    for (const Algorithm* group : proposal.dh) {
      if (group->id == id && id != 0) return group;
    }
  }
  return nullptr;
}

void SendCreateChild(Core& core, IkeSa& sa) {
  OwnExchange& own = *sa.own;
  Payloads payloads;
  if (const ChildSa* old = sa.FindChild(own.child->replaces)) {
    wire::Writer spi;
    spi.U32(old->spi_in);  // 1.3.3: the one we would expect in inbound packets
    payloads.push_back(
        NotifyPayload{.type = NotifyType::kRekeySa, .protocol = ProtocolId::kEsp, .spi = base::ToBytes(spi.view())});
  }
  Payloads between;
  between.push_back(NoncePayload{own.child->own_nonce});
  if (own.group != nullptr) between.push_back(KePayload{own.group->id, base::ToBytes(own.ours->public_value())});
  AppendOffer(payloads, *own.child, std::move(between));
  SendRequest(core, sa, ExchangeType::kCreateChildSa, std::move(payloads));
}

void Generate(Core& core, IkeSa& sa, const Algorithm* group) {
  sa.own->group = group;
  sa.own->ours.reset();
  sa.own->job = core.Ask(sa, Priority::kEstablished, DhGenerate{group});
}

void CountRekey(Core& core, const IkeSa& sa, absl::string_view result) {
  core.counters.Add("ipsec_rekeys_total", {sa.tunnel->name(), "child", "local", result});
}

// The exchange came to nothing and the old CHILD_SA, if any, lives on: it is tried again later.
void Fail(Core& core, IkeSa& sa, NotifyType notify, std::optional<Diagnosis> diagnosis) {
  const Task task = sa.own->task;
  ChildSa* old = sa.FindChild(task.child);
  if (task.story == Story::kNewChild) {
    ChildFailed(core, sa, notify, std::move(diagnosis));
    return FinishOwn(core, sa);
  }
  CountRekey(core, sa, "failed");
  if (old != nullptr && old->state == ChildState::kRekeying) CarryOn(core, *old);
  if (diagnosis) Report(core, sa.tunnel, std::move(*diagnosis));
  FinishOwn(core, sa);
}

// The peer has rekeyed or deleted what we were about to rekey (2.8.1): there is nothing left to ask for.
bool IsMoot(const IkeSa& sa) {
  if (sa.own->task.story != Story::kRekeyChild) return false;
  const ChildSa* old = sa.FindChild(sa.own->task.child);
  return old == nullptr || old->replaced;
}

void EndMoot(Core& core, IkeSa& sa) {
  if (ChildSa* old = sa.FindChild(sa.own->task.child)) old->state = ChildState::kRekeyed;
  FinishOwn(core, sa);
}

// The peer holds a CHILD_SA that breaks its word. There is no common ground: start over.
bool BreakOff(Core& core, IkeSa& sa, Diagnosis diagnosis) {
  const std::string message = diagnosis.summary;
  Tunnel& tunnel = *sa.tunnel;
  Report(core, &tunnel, std::move(diagnosis));
  CloseIkeSa(core, sa, message);
  IkeSaLost(core, tunnel, TunnelReason::kNegotiationFailed);
  return false;
}

void Install(Core& core, IkeSa& sa, base::ByteView g_ir) {
  OwnExchange& own = *sa.own;
  ChildNegotiation granted = std::move(*own.child);
  own.child.reset();
  own.installing = InstallChild(core, sa, std::move(granted), /*initiator=*/true, g_ir, Activation::kNow);
}

bool RetryWithGroup(Core& core, IkeSa& sa, const NotifyPayload& invalid_ke) {
  OwnExchange& own = *sa.own;
  const base::Bytes& data = invalid_ke.data;
  const uint16_t id = data.size() == 2 ? static_cast<uint16_t>(data[0] << 8 | data[1]) : uint16_t{0};
  const Algorithm* wanted = OfferedGroup(own.child->offered, id);
  if (wanted == nullptr || wanted == own.group ||
      std::find(own.tried.begin(), own.tried.end(), wanted) != own.tried.end()) {
    const Algorithm* known = ipsec::FindTransform(ipsec::TransformKind::kDh, id, 0);
    Fail(core, sa, invalid_ke.type,
         KeGroupMismatch(Here(core, sa), "esp.proposals", own.child->offered,
                         known == nullptr ? absl::StrCat("number ", id) : std::string(known->keyword)));
    return false;
  }
  own.tried.push_back(own.group);
  Generate(core, sa, wanted);
  return true;
}

}  // namespace

bool BeginChild(Core& core, IkeSa& sa, const Task& task) {
  size_t pair = task.pair;
  if (task.story == Story::kNewChild && ServesPair(sa, pair)) return false;  // the peer was quicker
  if (task.story == Story::kRekeyChild) {
    ChildSa* old = sa.FindChild(task.child);
    if (old == nullptr || old->state != ChildState::kInstalled) return false;
    if (sa.peer != nullptr && sa.peer->child && sa.peer->child->replaces == old->id) {  // the peer is at it
      Postpone(core, sa, task, kTemporaryFailureRetry);
      return false;
    }
    old->state = ChildState::kRekeying;
    pair = old->pair;
  }
  OwnExchange& own = *sa.own;
  own.child = OfferChild(core, *sa.tunnel, sa, pair, /*key_exchange=*/true);
  own.child->replaces = task.child;
  own.child->own_nonce = core.Nonce();
  if (own.child->spi_in == 0) {
    Postpone(core, sa, task, kTemporaryFailureRetry);
    if (ChildSa* old = sa.FindChild(task.child)) old->state = ChildState::kInstalled;
    return false;
  }
  if (const Algorithm* group = FirstGroup(own.child->offered)) {
    Generate(core, sa, group);
  } else {
    SendCreateChild(core, sa);
  }
  return true;
}

bool OnChildGenerated(Core& core, IkeSa& sa, Step& step) {
  if (IsMoot(sa)) {
    EndMoot(core, sa);
    return true;
  }
  if (!step.result->ok()) {
    Fail(core, sa, NotifyType::kNoProposalChosen,
         NotSupported(Here(core, sa), "esp.proposals", absl::StrCat("group ", sa.own->group->keyword)));
    return false;
  }
  sa.own->ours = std::get<DhGenerated>(**step.result).ours;
  SendCreateChild(core, sa);
  return true;
}

bool OnChildResponse(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  if (message.FirstErrorNotify() != nullptr) return OnChildRefused(core, sa, step);
  OwnExchange& own = *sa.own;
  const ChildNegotiation asked = *own.child;
  ChildOutcome outcome = CheckAnswer(core, sa, message, Phase::kCreateChildSa, asked);
  if (Refusal* refusal = std::get_if<Refusal>(&outcome)) return BreakOff(core, sa, std::move(refusal->diagnosis));
  ChildNegotiation granted = std::get<ChildNegotiation>(std::move(outcome));
  granted.peer_nonce = message.Get<NoncePayload>()->data;
  const KePayload* ke = message.Get<KePayload>();
  const Algorithm* group = granted.suite.dh;
  if (group != nullptr && (group != own.group || ke == nullptr || ke->group != group->id)) {
    return BreakOff(core, sa, InvalidMessage(Here(core, sa), "a key exchange of another group than ours"));
  }
  const bool rekey = sa.FindChild(granted.replaces) != nullptr;
  if (granted.narrowed && !rekey && !LearnPerPair(*sa.tunnel, sa, granted)) {
    Report(core, sa.tunnel, Narrowed(Here(core, sa), asked.local, asked.remote, granted.local, granted.remote));
  }
  own.child = std::move(granted);
  if (group != nullptr) {
    own.job = core.Ask(sa, Priority::kEstablished, DhDerive{own.ours, ke->data});
  } else {
    Install(core, sa, {});
  }
  return true;
}

bool OnChildDerived(Core& core, IkeSa& sa, Step& step) {
  if (!step.result->ok()) {
    return BreakOff(core, sa, InvalidMessage(Here(core, sa), "a public value that is none"));
  }
  Install(core, sa, std::get<DhDerived>(**step.result).shared.view());
  return true;
}

bool OnChildRefused(Core& core, IkeSa& sa, Step& step) {
  OwnExchange& own = *sa.own;
  const NotifyPayload* error = step.message->FirstErrorNotify();
  if (error == nullptr) return BreakOff(core, sa, InvalidMessage(Here(core, sa), "an answer without its payloads"));
  if (error->type == NotifyType::kInvalidKePayload && own.group != nullptr) return RetryWithGroup(core, sa, *error);
  const Task task = own.task;
  if (IsMoot(sa)) {
    EndMoot(core, sa);
    return true;
  }
  if (error->type == NotifyType::kTemporaryFailure && task.story == Story::kRekeyChild) {  // 2.25: another time
    Fail(core, sa, error->type, std::nullopt);
    return true;
  }
  Diagnosis why = WhyChildRefused(core, sa, error->type, Phase::kCreateChildSa, *own.child);
  if (error->type == NotifyType::kTemporaryFailure && task.story == Story::kNewChild) {
    Report(core, sa.tunnel, std::move(why));
    Postpone(core, sa, task, kTemporaryFailureRetry);
    FinishOwn(core, sa);
    return true;
  }
  if (error->type == NotifyType::kChildSaNotFound && task.story == Story::kRekeyChild) {
    // 2.25: the peer has lost it. Ours is of no use; a new one is.
    const size_t pair = own.child->pair;
    RetireChild(core, sa, task.child, absl::ZeroDuration(), "The peer does not know it any more (CHILD_SA_NOT_FOUND).");
    sa.queue.push_back({.story = Story::kNewChild, .pair = pair});
  }
  Fail(core, sa, error->type, std::move(why));
  return true;
}

bool OnChildInstalled(Core& core, IkeSa& sa, Step& step) {
  const Task task = sa.own->task;
  const uint64_t fresh = sa.own->installing;
  if (!step.installed.ok()) {  // the peer has it already
    sa.queue.push_back({Story::kDeleteChild, fresh});
    Fail(core, sa, NotifyType::kTemporaryFailure, std::nullopt);
    return true;
  }
  if (RetireIfDeleted(core, sa, fresh)) {
    Fail(core, sa, NotifyType::kTemporaryFailure, PeerDeleted(Here(core, sa), "CHILD_SA"));
    return true;
  }
  if (ChildSa* old = sa.FindChild(task.child)) {
    CountRekey(core, sa, "ok");
    old->replaced = true;
    old->state = ChildState::kRekeyed;
    Announce(core, EventType::kChildSaRekeyed, sa, *sa.FindChild(fresh),
             absl::StrCat("CHILD_SA ", ChildName(sa, *old), " was rekeyed by us."));
    // 2.8.1: the maker of the survivor closes the old one. Where ours lost against another than a rekey of the same, it
    // is still ours to close.
    const bool peers = std::any_of(sa.children.begin(), sa.children.end(), [old](const auto& child) {
      return !child->ours && child->replaces == old->id && child->carries();
    });
    if (!peers) sa.queue.push_back({Story::kDeleteChild, old->id});
  }
  FinishOwn(core, sa);
  return true;
}

}  // namespace culvert::iked
