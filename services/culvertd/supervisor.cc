// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/supervisor.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/daemon/log.h"

namespace culvert::culvertd {

using daemon::LogInfo;
using daemon::LogWarning;

Supervisor::Supervisor(std::vector<SupervisedChild> children, const base::Clock* clock, base::Rng* rng)
    : clock_(clock) {
  for (SupervisedChild& child : children) {
    ChildStatus status;
    status.name = child.spec.name;
    slots_.push_back(
        Slot{.child = std::move(child), .backoff = RestartBackoff(rng), .process = {}, .due = {}, .status = status});
  }
}

absl::Status Supervisor::Start() {
  for (Slot& slot : slots_) {
    if (absl::Status status = Launch(slot); !status.ok()) {
      StopAll();
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status Supervisor::Launch(Slot& slot) {
  ChildSpec spec = slot.child.spec;
  base::UniqueFd socket;
  if (slot.child.socket) {
    ASSIGN_OR_RETURN(socket, daemon::BindUnix(*slot.child.socket));
    spec.descriptors.emplace_back("listen", socket.get());
  }
  ASSIGN_OR_RETURN(ChildProcess process, ChildProcess::Spawn(spec));
  slot.started = clock_->Monotonic();
  slot.due.reset();
  std::lock_guard lock(mutex_);
  slot.status.pid = process.pid();
  slot.status.started = clock_->Wall();
  slot.process = std::move(process);
  return absl::OkStatus();
}

void Supervisor::Ended(Slot& slot) {
  const std::string end = slot.process->Reap();
  const absl::Duration ran_for = clock_->Monotonic() - slot.started;
  {
    std::lock_guard lock(mutex_);
    slot.process.reset();
    slot.status.pid = 0;
    slot.status.last_end = end;
  }
  LogWarning("process ended",
             {{"name", slot.child.spec.name}, {"how", end}, {"ran_ms", absl::ToInt64Milliseconds(ran_for)}});
  Schedule(slot, ran_for);
}

void Supervisor::Schedule(Slot& slot, absl::Duration ran_for) {
  slot.due = clock_->Monotonic() + slot.backoff.Next(ran_for);
}

bool Supervisor::RunUntil(int stop_fd) {
  while (true) {
    std::vector<pollfd> waits = {{.fd = stop_fd, .events = POLLIN, .revents = 0}};
    absl::Duration next = absl::Minutes(1);
    for (const Slot& slot : slots_) {
      waits.push_back({.fd = slot.process ? slot.process->pidfd() : -1, .events = POLLIN, .revents = 0});
      if (slot.due) next = std::min(next, *slot.due - clock_->Monotonic());
    }
    // Rounded up: waking before the time would spin.
    const int64_t milliseconds = absl::ToInt64Milliseconds(absl::Ceil(next, absl::Milliseconds(1)));
    poll(waits.data(), waits.size(), static_cast<int>(std::max<int64_t>(0, milliseconds)));
    if (waits[0].revents != 0) return StopAll();

    for (size_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = slots_[i];
      if (slot.process && waits[i + 1].revents != 0) Ended(slot);
      if (!slot.due || *slot.due > clock_->Monotonic()) continue;
      if (absl::Status status = Launch(slot); !status.ok()) {
        LogWarning("cannot start a process again", {{"name", slot.child.spec.name}, {"error", status}});
        Schedule(slot, absl::ZeroDuration());
        continue;
      }
      std::lock_guard lock(mutex_);
      ++slot.status.restarts;
      LogInfo("process started again", {{"name", slot.status.name}, {"restarts", slot.status.restarts}});
    }
  }
}

std::vector<Supervisor::Slot*> Supervisor::StopOrder() {
  std::vector<Slot*> order;
  for (auto slot = slots_.rbegin(); slot != slots_.rend(); ++slot) order.push_back(&*slot);
  std::stable_partition(order.begin(), order.end(), [](const Slot* slot) { return slot->child.stops_first; });
  return order;
}

bool Supervisor::StopAll() {
  bool gently = true;
  const absl::Duration begin = clock_->Monotonic();
  for (Slot* slot : StopOrder()) {
    if (!slot->process) continue;
    const absl::Duration deadline = begin + (slot->child.stops_first ? kFirstWithin : kStopWithin);
    slot->process->Signal(SIGTERM);
    if (!slot->process->WaitForEnd(deadline - clock_->Monotonic())) {
      LogWarning("process does not stop: killed", {{"name", slot->child.spec.name}});
      slot->process->Signal(SIGKILL);
      slot->process->WaitForEnd(absl::Minutes(1));  // only the kernel can delay it now
      gently = false;
    }
    const std::string end = slot->process->Reap();
    std::lock_guard lock(mutex_);
    slot->process.reset();
    slot->status.pid = 0;
    slot->status.last_end = end;
  }
  return gently;
}

std::vector<ChildStatus> Supervisor::List() const {
  std::lock_guard lock(mutex_);
  std::vector<ChildStatus> out;
  for (const Slot& slot : slots_) out.push_back(slot.status);
  return out;
}

}  // namespace culvert::culvertd
