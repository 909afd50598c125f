// SPDX-License-Identifier: Apache-2.0
// Public-key work off the engine's thread: a worker a core, three bounded queues. Established peers come first, then
// addresses that have proven themselves by a cookie, then everybody else: a flood of strangers delays strangers only.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace culvert::iked {

enum class JobClass { kEstablished = 0, kProven = 1, kNew = 2 };

class WorkerPool {
 public:
  using Work = absl::AnyInvocable<void()>;

  struct Limits {
    // Jobs that wait, by class. A new peer's job that waits behind 256 others of some 0.3 ms would start after the
    // peer has sent its first retransmission; it is better refused at once.
    std::array<size_t, 3> queued = {4096, 2048, 256};
  };

  // `threads` 0: one a core.
  explicit WorkerPool(int threads = 0) : WorkerPool(threads, Limits{}) {}
  WorkerPool(int threads, Limits limits);
  ~WorkerPool();  // finishes what runs, drops what waits

  // False: that class's queue is full, and the work was dropped. From any thread.
  [[nodiscard]] bool Submit(JobClass priority, Work work);

 private:
  void RunWorker();

  const Limits limits_;
  std::mutex mutex_;  // guards the next three
  std::condition_variable available_;
  std::array<std::deque<Work>, 3> queues_;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace culvert::iked
