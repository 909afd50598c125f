// SPDX-License-Identifier: Apache-2.0
// An event loop that runs, and what it heard, for tests.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "libs/base/clock.h"
#include "services/iked/runtime/event_loop.h"

namespace culvert::iked::testing {

// Stop() before what hangs on the loop is destroyed.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_->Run(); }) {}
  ~LoopThread() { Stop(); }

  EventLoop& loop() { return *loop_; }
  base::SystemClock& clock() { return clock_; }

  // Runs `task` on the loop and returns when it has run.
  void Run(EventLoop::Task task) {
    absl::Notification done;
    loop_->Post([&] {
      std::move(task)();
      done.Notify();
    });
    done.WaitForNotification();
  }

  void Stop() {
    loop_->Stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  base::SystemClock clock_;
  std::unique_ptr<EventLoop> loop_ = EventLoop::Create(clock_).value();
  std::thread thread_;
};

// Lines in the order in which they were heard.
class Transcript {
 public:
  void Add(std::string line) {
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back(std::move(line));
    }
    changed_.notify_all();
  }

  // Waits until `count` lines were heard; returns all of them.
  std::vector<std::string> WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return lines_.size() >= count; });
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

}  // namespace culvert::iked::testing
