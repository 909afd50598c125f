// SPDX-License-Identifier: Apache-2.0
// What is going to happen, in the order of its virtual time; at the same time, in the order in which it was posted.
#pragma once

#include <functional>
#include <queue>
#include <random>
#include <vector>

#include "services/iked/engine/testing/virtual_world.h"

namespace culvert::sim {

class Agenda {
 public:
  explicit Agenda(uint64_t seed) : chance_(seed) {}

  absl::Duration now() const { return clock_.Monotonic(); }
  const iked::testing::VirtualClock& clock() const { return clock_; }

  void Post(absl::Duration at, std::function<void()> what) {
    ++under_way_;
    entries_.push({at, ++posted_, [this, then = std::move(what)] {
                     --under_way_;
                     then();
                   }});
  }
  // What may never come to pass; whoever sets it keeps count.
  void SetTimer(absl::Duration at, std::function<void()> what) { entries_.push({at, ++posted_, std::move(what)}); }
  // Nothing is on its way any more, but for timers.
  bool idle() const { return under_way_ == 0; }
  // Does the next thing. False: nothing is left before `end`, which has come.
  bool Step(absl::Duration end) {
    if (entries_.empty() || entries_.top().at > end) {
      clock_.AdvanceTo(end);
      return false;
    }
    Entry entry = entries_.top();
    entries_.pop();
    clock_.AdvanceTo(std::max(entry.at, now()));
    entry.what();
    return true;
  }

  // Anything from nothing to `longest`.
  absl::Duration Some(absl::Duration longest) { return longest * (static_cast<double>(chance_() % 1000) / 1000); }
  bool Happens(double probability) { return static_cast<double>(chance_() % 100'000) < probability * 100'000; }

 private:
  struct Entry {
    absl::Duration at;
    uint64_t order;
    std::function<void()> what;
    bool operator<(const Entry& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  iked::testing::VirtualClock clock_;
  std::mt19937_64 chance_;
  std::priority_queue<Entry> entries_;
  uint64_t posted_ = 0;
  uint64_t under_way_ = 0;
};

}  // namespace culvert::sim
