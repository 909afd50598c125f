// SPDX-License-Identifier: Apache-2.0
// Who waits for which of the operator's commands. On the loop's thread.
#pragma once

#include <functional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "services/iked/engine/effects.h"

namespace culvert::iked {

class Commands {
 public:
  struct Waiter {
    std::function<void(const Progress&)> progress;  // may be empty
    std::function<void(const CommandDone&)> done;   // exactly once
  };

  // The number to give to the engine.
  uint64_t Register(Waiter waiter) {
    waiters_.emplace(++last_, std::move(waiter));
    return last_;
  }

  void OnProgress(const Progress& progress) {
    const auto found = waiters_.find(progress.request);
    if (found != waiters_.end() && found->second.progress) found->second.progress(progress);
  }

  void OnDone(const CommandDone& done) {
    if (auto waiter = waiters_.extract(done.request)) waiter.mapped().done(done);
  }

 private:
  uint64_t last_ = 0;
  absl::flat_hash_map<uint64_t, Waiter> waiters_;
};

}  // namespace culvert::iked
