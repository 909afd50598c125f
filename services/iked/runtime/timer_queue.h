// SPDX-License-Identifier: Apache-2.0
// Deadlines by key, earliest first. Arming a key again moves it. O(log n) in a B-tree, whose nodes hold many deadlines
// each: 30,000 timers cost three cache lines a step, and no deadline is rounded as a wheel would.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace culvert::iked {

template <typename Key>
class TimerQueue {
 public:
  // `when` is a reading of the queue's clock; the queue itself knows no clock. Equal deadlines keep the order of
  // arming.
  void Arm(const Key& key, absl::Duration when) {
    Cancel(key);
    const Slot slot{when, ++serial_};
    slots_[key] = slot;
    order_.emplace(slot, key);
  }

  void Cancel(const Key& key) {
    const auto found = slots_.find(key);
    if (found == slots_.end()) return;
    order_.erase(found->second);
    slots_.erase(found);
  }

  std::optional<absl::Duration> Next() const {
    if (order_.empty()) return std::nullopt;
    return order_.begin()->first.first;
  }

  // Takes out the earliest that is due; nullopt where none is. One at a time, because a handler may cancel the others.
  std::optional<Key> PopDue(absl::Duration now) {
    if (order_.empty() || order_.begin()->first.first > now) return std::nullopt;
    Key key = order_.begin()->second;
    order_.erase(order_.begin());
    slots_.erase(key);
    return key;
  }

  size_t size() const { return order_.size(); }

 private:
  using Slot = std::pair<absl::Duration, uint64_t>;

  absl::btree_map<Slot, Key> order_;
  absl::flat_hash_map<Key, Slot> slots_;
  uint64_t serial_ = 0;
};

}  // namespace culvert::iked
