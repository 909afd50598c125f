// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/own_child.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_collision.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/timers.h"
#include "services/iked/engine/views.h"

namespace culvert::iked {

using wire::ikev2::NotifyType;

namespace {

void CountRekey(Core& core, const IkeSa& sa, absl::string_view result) {
  core.counters.Add("ipsec_rekeys_total", {sa.tunnel->name(), "child", "local", result});
}

}  // namespace

bool PrepareChild(Core& core, IkeSa& sa, const Task& task) {
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
  if (own.child->spi_in != 0) return true;
  Postpone(core, sa, task, kTemporaryFailureRetry);
  if (ChildSa* old = sa.FindChild(task.child)) old->state = ChildState::kInstalled;
  return false;
}

const ipsec::Algorithm* FirstGroup(const std::vector<ipsec::Proposal>& proposals) {
  if (proposals.empty() || proposals.front().dh.empty()) return nullptr;
  const ipsec::Algorithm* first = proposals.front().dh.front();
  return first->id == 0 ? nullptr : first;
}

void Generate(Core& core, IkeSa& sa, const ipsec::Algorithm* group) {
  sa.own->group = group;
  sa.own->ours.reset();
  sa.own->job = core.Ask(sa, Priority::kEstablished, DhGenerate{group});
}

bool IsMoot(const IkeSa& sa) {
  if (sa.own->task.story != Story::kRekeyChild) return false;
  const ChildSa* old = sa.FindChild(sa.own->task.child);
  return old == nullptr || old->replaced;
}

void EndMoot(Core& core, IkeSa& sa) {
  if (ChildSa* old = sa.FindChild(sa.own->task.child)) old->state = ChildState::kRekeyed;
  FinishOwn(core, sa);
}

void FailChild(Core& core, IkeSa& sa, NotifyType notify, std::optional<Diagnosis> diagnosis) {
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

void FinishChild(Core& core, IkeSa& sa, const absl::Status& installed, const Circumstance& here) {
  const Task task = sa.own->task;
  const uint64_t fresh = sa.own->installing;
  if (!installed.ok()) {  // the peer has it already
    sa.queue.push_back({Story::kDeleteChild, fresh});
    return FailChild(core, sa, NotifyType::kTemporaryFailure, std::nullopt);
  }
  if (RetireIfDeleted(core, sa, fresh)) {
    return FailChild(core, sa, NotifyType::kTemporaryFailure, PeerDeleted(here, "CHILD_SA"));
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
}

}  // namespace culvert::iked
