// SPDX-License-Identifier: Apache-2.0
// How often somebody may get it wrong: kTries in kWindow under one name, known or not.
#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace culvert::iked {

class FailureLimit {
 public:
  static constexpr int kTries = 3;
  static constexpr absl::Duration kWindow = absl::Minutes(1);
  static constexpr size_t kMostNames = 1024;  // names are a stranger's: beyond this many all are forgotten

  bool Allows(absl::Duration now, const std::string& name) const {
    const auto it = failures_.find(name);
    return it == failures_.end() || it->second.count < kTries || now - it->second.since >= kWindow;
  }
  void Failed(absl::Duration now, const std::string& name) {
    if (failures_.size() >= kMostNames && !failures_.contains(name)) failures_.clear();
    Entry& entry = failures_[name];
    if (now - entry.since >= kWindow) entry = {0, now};
    ++entry.count;
  }

 private:
  struct Entry {
    int count = 0;
    absl::Duration since = -absl::InfiniteDuration();
  };
  absl::flat_hash_map<std::string, Entry> failures_;
};

}  // namespace culvert::iked
