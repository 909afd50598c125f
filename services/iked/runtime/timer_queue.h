// SPDX-License-Identifier: Apache-2.0
// Deadlines by key, earliest first. Arming a key again moves it. O(log n) in a B-tree, whose nodes hold many deadlines
// each: 30,000 timers cost three cache lines a step, and no deadline is rounded as a wheel would.
#pragma once

#include <optional>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace culvert::iked {

template <typename Key>
class TimerQueue {
 public:
  // `when` is a reading of the queue's clock; the queue itself knows no clock.
  void Arm(const Key& key, absl::Duration when) {
    Cancel(key);
    when_[key] = when;
    order_.emplace(when, key);
  }

  void Cancel(const Key& key) {
    const auto found = when_.find(key);
    if (found == when_.end()) return;
    order_.erase({found->second, key});
    when_.erase(found);
  }

  std::optional<absl::Duration> Next() const {
    if (order_.empty()) return std::nullopt;
    return order_.begin()->first;
  }

  // Takes out the earliest that is due; nullopt where none is. One at a time, because a handler may cancel the others.
  std::optional<Key> PopDue(absl::Duration now) {
    if (order_.empty() || order_.begin()->first > now) return std::nullopt;
    Key key = order_.begin()->second;
    order_.erase(order_.begin());
    when_.erase(key);
    return key;
  }

  size_t size() const { return order_.size(); }

 private:
  absl::btree_set<std::pair<absl::Duration, Key>> order_;
  absl::flat_hash_map<Key, absl::Duration> when_;
};

}  // namespace culvert::iked
