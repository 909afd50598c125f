// SPDX-License-Identifier: Apache-2.0
// One thread that waits for descriptors, timers and work from other threads, and runs their callbacks one after the
// other. Everything that belongs to the engine happens on it, so nothing of the engine's needs a lock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/unique_fd.h"
#include "services/iked/runtime/timer_queue.h"

namespace culvert::iked {

class EventLoop {
 public:
  using Task = absl::AnyInvocable<void()>;
  using TimerId = uint64_t;

  // Fails where the kernel gives no descriptors. `clock` outlives the loop.
  static absl::StatusOr<std::unique_ptr<EventLoop>> Create(const base::Clock& clock);

  // Runs `task` on the loop's thread, in the order posted. From any thread; never blocks on a task. Dropped after Run
  // has returned.
  void Post(Task task);

  // The rest is for the loop's own thread, or for anyone before Run.

  // `callback` gets the ready EPOLL* bits; level-triggered. The descriptor stays the caller's and outlives the watch.
  using FdCallback = std::function<void(uint32_t ready)>;
  absl::Status Watch(int fd, uint32_t events, FdCallback callback);
  void Unwatch(int fd);

  TimerId After(absl::Duration delay, Task task);  // CLOCK_MONOTONIC
  void Cancel(TimerId timer);

  // Called once each time the loop has handled everything that was ready: the place to flush batches.
  void AtEndOfTurn(std::function<void()> hook) { end_of_turn_.push_back(std::move(hook)); }

  // Until Stop.
  void Run();
  void Stop();  // from any thread

  bool InLoopThread() const { return std::this_thread::get_id() == thread_; }

 private:
  EventLoop(const base::Clock& clock, base::UniqueFd epoll, base::UniqueFd wake)
      : clock_(clock), epoll_(std::move(epoll)), wake_(std::move(wake)) {}
  void RunPosted();
  void RunTimers();
  int TimeoutMilliseconds() const;

  const base::Clock& clock_;
  base::UniqueFd epoll_;
  base::UniqueFd wake_;  // eventfd: written when posted_ stops being empty
  std::thread::id thread_;
  absl::flat_hash_map<int, std::shared_ptr<FdCallback>> watches_;
  TimerQueue<TimerId> timers_;
  absl::flat_hash_map<TimerId, Task> timer_tasks_;
  TimerId last_timer_ = 0;
  std::vector<std::function<void()>> end_of_turn_;

  std::mutex mutex_;  // guards the rest
  std::vector<Task> posted_;
  bool stopping_ = false;
};

}  // namespace culvert::iked
