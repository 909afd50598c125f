// SPDX-License-Identifier: Apache-2.0
// A worker's exact-match cache in front of the policy table: flow → policy and pair.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

#include "kmod/core/selector.h"
#include "services/espd/policy_table.h"

namespace culvert::espd {

class FlowCache {
 public:
  struct Entry {
    cv_flow flow = {};
    const Policy* policy = nullptr;  // null: no tunnel protects the flow
    ChildSa* sa = nullptr;           // null: none is up
    uint64_t version = 0;            // of SharedState when this was looked up; the pointers are void in any other
  };

  FlowCache() : entries_(new Entry[kSize]) {}

  // The one place where the flow can be; its flow or version may be another's.
  Entry& At(const cv_flow& flow) { return entries_[Hash(flow) % kSize]; }

  static bool Same(const cv_flow& a, const cv_flow& b) { return std::memcmp(&a, &b, sizeof(cv_flow)) == 0; }

 private:
  static constexpr size_t kSize = 4096;
  static uint64_t Hash(const cv_flow& flow) {
    uint64_t words[sizeof(cv_flow) / 8];
    std::memcpy(words, &flow, sizeof(flow));
    uint64_t hash = 0;
    for (const uint64_t word : words) hash = (hash ^ word) * 0x9e3779b97f4a7c15 ^ (hash >> 29);
    return hash >> 32;
  }
  static_assert(sizeof(cv_flow) % 8 == 0);

  std::unique_ptr<Entry[]> entries_;
};

}  // namespace culvert::espd
