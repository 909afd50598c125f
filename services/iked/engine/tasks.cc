// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/tasks.h"

#include <algorithm>

#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {
namespace {

bool Begin(Core& core, IkeSa& sa, const Task& task) {
  if (sa.ikev1 != nullptr) return ikev1::Begin(core, sa, task);
  switch (task.story) {
    case Story::kNewChild:
    case Story::kRekeyChild:
      return BeginChild(core, sa, task);
    case Story::kRekeyIke:
      return BeginRekeyIke(core, sa);
    case Story::kDeleteChild:
      return BeginDeleteChild(core, sa, task.child);
    case Story::kDeleteIke:
      return BeginDeleteIke(core, sa);
    case Story::kLiveness:
      return BeginLiveness(core, sa);
    case Story::kCrashToken:
      return BeginCrashToken(core, sa);
    case Story::kMobike:
      return BeginMobike(core, sa);
    case Story::kConnect:
    case Story::kRefuse:
      break;  // begun where they arise
  }
  return false;
}

// An SA that leaves does nothing but delete itself.
bool Permits(const IkeSa& sa, const Task& task) {
  if (sa.live()) return !ikev1::IsSucceeded(sa);
  return task.story == Story::kDeleteIke && (sa.state == IkeState::kRekeyed || sa.state == IkeState::kDeleting);
}

}  // namespace

bool IsPending(const IkeSa& sa, Task task) {
  if (sa.own != nullptr && sa.own->task == task) return true;
  return std::find(sa.queue.begin(), sa.queue.end(), task) != sa.queue.end() ||
         std::find(sa.postponed.begin(), sa.postponed.end(), task) != sa.postponed.end();
}

void Enqueue(Core& core, IkeSa& sa, Task task) {
  if (IsPending(sa, task)) return;
  sa.queue.push_back(task);
  StartNext(core, sa);
}

void StartNext(Core& core, IkeSa& sa) {
  while (sa.own == nullptr && !sa.queue.empty() && Permits(sa, sa.queue.front())) {
    const Task task = sa.queue.front();
    sa.queue.erase(sa.queue.begin());
    sa.own = std::make_unique<OwnExchange>();
    sa.own->task = task;
    if (!Begin(core, sa, task)) sa.own.reset();
  }
}

void FinishOwn(Core& core, IkeSa& sa) {
  if (sa.own->child) core.spis.Return(sa.own->child->spi_in);  // negotiated for, and never installed
  sa.own.reset();
  core.Touch(sa);
  StartNext(core, sa);
}

void Postpone(Core& core, IkeSa& sa, Task task, absl::Duration wait) {
  sa.postponed.push_back(task);
  core.Arm(TimerKind::kTaskRetry, sa.local_spi, core.clock.Monotonic() + core.Jittered(wait, kBackoffJitter));
}

void OnTaskRetry(Core& core, IkeSa& sa) {
  const std::vector<Task> tasks = std::exchange(sa.postponed, {});
  for (const Task& task : tasks) Enqueue(core, sa, task);
}

}  // namespace culvert::iked
