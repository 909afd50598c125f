// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/succession.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/path.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked::ikev1 {
namespace {

// A message 1 that was lost comes a moment later.
constexpr absl::Duration kCrossing = absl::Seconds(2);

// Two SAs of one peer that are meant to live beside each other (unique ALLOW) come from two places.
bool IsSamePeer(const IkeSa& a, const IkeSa& b) {
  const bool several = a.config->unique == Unique::kAllow || a.config->unique == Unique::kAllowAlways;
  return a.tunnel == b.tunnel && (!several || a.remote.address == b.remote.address);
}

// The older, unless the newer began before its maker knew of the older, which the other side made meanwhile: then it is
// the one with the lower cookie, at both ends.
IkeSa& WhichGoes(IkeSa& newer, IkeSa& older, absl::Duration took) {
  const bool crossed = newer.initiator != older.initiator && newer.established - took < older.established + kCrossing;
  if (!crossed) return older;
  return newer.spi_i() < older.spi_i() ? newer : older;
}

// Something is under way that will change its CHILD_SAs.
bool IsBusy(const IkeSa& sa) {
  const bool asking = sa.own != nullptr && (sa.own->child || sa.own->installing != 0);
  const auto& peers = sa.ikev1->phase2.peers;
  return asking ||
         std::any_of(peers.begin(), peers.end(), [](const auto& quick) { return quick->step != QuickStep::kAnswered; });
}

bool BelongsToTheSa(const Task& task) {
  return task.story == Story::kRekeyIke || task.story == Story::kDeleteIke || task.story == Story::kLiveness;
}

void MoveTasks(Core& core, IkeSa& from, IkeSa& to) {
  std::vector<Task> tasks = std::exchange(from.queue, {});
  for (const Task& task : tasks) {
    if (!BelongsToTheSa(task)) to.queue.push_back(task);
  }
  tasks = std::exchange(from.postponed, {});
  for (const Task& task : tasks) {
    if (!BelongsToTheSa(task)) Postpone(core, to, task, kRetireGrace);
  }
}

void HandOver(Core& core, IkeSa& old, IkeSa& successor) {
  const bool moved = !(PathOf(old) == PathOf(successor));
  if (successor.virtual_ips == nullptr) successor.virtual_ips = std::move(old.virtual_ips);
  core.MoveChildren(old, successor);
  if (moved) MovePath(core, successor, successor.local, successor.remote);
  MoveTasks(core, old, successor);
  for (const TimerKind kind :
       {TimerKind::kIkeRekey, TimerKind::kIkeExpire, TimerKind::kLiveness, TimerKind::kKeepalive}) {
    core.Cancel(kind, old.local_spi);
  }
  core.SetState(old, IkeState::kRekeyed);
  // A moment later: a Delete that overtakes the last message of the new Phase 1 would take the CHILD_SAs with it.
  Postpone(core, old, {Story::kDeleteIke}, successor.initiator ? kRetireGrace : kOthersGrace);
  core.counters.Add("ipsec_rekeys_total",
                    {successor.tunnel->name(), "ike", successor.initiator ? "local" : "remote", "ok"});
  Announce(core, EventType::kIkeSaRekeyed, successor,
           absl::StrCat("IKE SA with ", successor.remote_id.ToString(), " was rekeyed by ",
                        successor.initiator ? "us." : "the peer."));
  StartNext(core, successor);
}

}  // namespace

void SucceedOthers(Core& core, IkeSa& sa, absl::Duration took) {
  for (IkeSa* other : core.SamePeer(sa.local_id, sa.remote_id)) {
    if (other == &sa || other->ikev1 == nullptr || !other->live() || !IsSamePeer(sa, *other)) continue;
    if (other->ikev1->successor != 0) continue;
    IkeSa& old = WhichGoes(sa, *other, took);
    IkeSa& successor = &old == &sa ? *other : sa;
    if (&old == &sa) core.counters.Add("ipsec_rekey_collisions_total", {sa.tunnel->name(), "ike"});
    old.ikev1->successor = successor.local_spi;
    HandOverIfIdle(core, old);
    if (&old == &sa) break;
  }
  sa.tunnel->renew = false;  // whoever made it, one of them is new
}

void HandOverIfIdle(Core& core, IkeSa& sa) {
  if (sa.ikev1->successor == 0 || !sa.live() || IsBusy(sa)) return;
  IkeSa* successor = core.FindIkeSa(sa.ikev1->successor);
  if (successor != nullptr) successor = &KeeperOf(core, *successor);
  if (successor != nullptr && successor->live()) return HandOver(core, sa, *successor);
  sa.ikev1->successor = 0;  // it went before it could take over
  StartNext(core, sa);
}

IkeSa& KeeperOf(Core& core, IkeSa& sa) {
  IkeSa* keeper = &sa;
  while (!keeper->live() && keeper->ikev1->successor != 0) {
    IkeSa* next = core.FindIkeSa(keeper->ikev1->successor);
    if (next == nullptr) break;  // it went already, and what it kept with it
    keeper = next;
  }
  return *keeper;
}

bool BeginPhase1Rekey(Core& core, IkeSa& sa) {
  if (sa.tunnel->config->serves_any_peer()) return false;  // such a peer must call us
  sa.tunnel->renew = true;
  core.Touch(*sa.tunnel);
  return false;
}

}  // namespace culvert::iked::ikev1
