// SPDX-License-Identifier: Apache-2.0
// What the control plane publishes and the workers read. Everything reachable from here is immutable, atomic, or freed
// only when Quiescence says that no worker can hold it.
#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "libs/base/unique_fd.h"
#include "services/espd/drop.h"
#include "services/espd/event.h"
#include "services/espd/policy_table.h"
#include "services/espd/quiescence.h"
#include "services/espd/sa_table.h"

namespace culvert::espd {

struct SharedState {
  explicit SharedState(int worker_count)
      : quiescence(worker_count), news(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), workers(worker_count) {
    for (PerWorker& w : workers) w.wake = base::UniqueFd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  }
  ~SharedState() { delete policies.load(); }
  SharedState(const SharedState&) = delete;
  SharedState& operator=(const SharedState&) = delete;

  SaTable sas;
  std::atomic<const PolicyTable*> policies = nullptr;
  // Of everything that an outbound lookup depends on; a flow cache entry of another version is void.
  std::atomic<uint64_t> version = 1;
  Quiescence quiescence;
  DropCounters drops;  // packets of no tunnel: no_sa, malformed

  struct PerWorker {
    EventQueue events;
    base::UniqueFd wake;  // control plane → worker: an SA has come that held packets may wait for
  };
  base::UniqueFd news;  // workers → control plane: some queue has an event

  // By worker `index`. False if its queue is full.
  bool Raise(int index, const Event& event) {
    if (!workers[static_cast<size_t>(index)].events.Push(event)) return false;
    Signal(news);
    return true;
  }
  void WakeWorkers() {
    for (PerWorker& w : workers) Signal(w.wake);
  }
  static void Signal(const base::UniqueFd& fd) {
    const uint64_t one = 1;
    // Fails only when the counter is full, and then it is readable already.
    [[maybe_unused]] const ssize_t written = write(fd.get(), &one, sizeof(one));
  }

  std::vector<PerWorker> workers;
};

}  // namespace culvert::espd
