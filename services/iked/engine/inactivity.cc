// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/inactivity.h"

#include <algorithm>

#include "services/iked/engine/tasks.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {
namespace {

// An operator's `up` was for traffic that has ended; START and IGNORE know no waiting for it.
void LetWait(Tunnel& tunnel) {
  const Startup startup = tunnel.config->startup;
  if (startup == Startup::kRoute || startup == Startup::kAdd) tunnel.operator_up = false;
}

void AskFor(Core& core, const IkeSa& sa, const ChildSa& child, uint64_t whose) {
  core.Emit(QueryUsage{.ike_sa = sa.local_spi, .child_sas = {whose}, .idle = child.id});
}

}  // namespace

void WatchInactivity(Core& core, const IkeSa& sa, ChildSa& child) {
  const absl::Duration inactivity = sa.config->inactivity;
  if (inactivity == absl::ZeroDuration()) return;
  child.used = child.installed;
  const ChildSa* const old = sa.FindChild(child.replaces);
  if (old == nullptr) return core.Arm(TimerKind::kInactivity, child.id, child.used + inactivity);
  child.used = old->used;
  AskFor(core, sa, child, old->id);
}

void OnInactivityTimer(Core& core, uint64_t id) {
  const IkeSa* sa = core.FindIkeSaOfChild(id);
  if (sa == nullptr) return;
  const ChildSa& child = *sa->FindChild(id);
  if (child.carries()) AskFor(core, *sa, child, id);
}

void OnIdleUsage(Core& core, const ChildSaUsage& usage) {
  IkeSa* sa = core.FindIkeSaOfChild(usage.idle);
  if (sa == nullptr) return;
  ChildSa& child = *sa->FindChild(usage.idle);
  if (!child.carries()) return;
  const absl::Duration now = core.clock.BootTime();
  if (!usage.counted) child.used = now;  // nobody can say that it was idle
  for (const auto& last : {usage.last_in, usage.last_out}) {
    if (last) child.used = std::clamp(*last, child.used, now);
  }
  const absl::Duration end = child.used + sa->config->inactivity;
  if (now < end) return core.Arm(TimerKind::kInactivity, child.id, end);
  // What is rekeyed at this moment is judged by what takes its place.
  if (child.state == ChildState::kRekeying || !sa->live()) return;
  child.idle = true;
  LetWait(*sa->tunnel);
  Enqueue(core, *sa, {Story::kDeleteChild, child.id});
}

std::string WhyWeDeleted(const ChildSa& child) {
  return child.idle ? "It carried nothing for esp.inactivity." : "We deleted it.";
}

}  // namespace culvert::iked
