// SPDX-License-Identifier: Apache-2.0
// Why a packet went no further; the words are those of the metric ipsec_child_drops_total{reason}.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace culvert::espd {

enum class Drop : uint8_t { kReplay, kIntegrity, kExpired, kNoSa, kPolicy, kMtu, kQueue, kMalformed };
inline constexpr size_t kDrops = 8;

inline constexpr std::array<absl::string_view, kDrops> kDropWords = {"replay", "integrity", "expired", "no_sa",
                                                                     "policy", "mtu",       "queue",   "malformed"};

// Counted by any worker, read by anyone.
class DropCounters {
 public:
  void Count(Drop reason, uint64_t packets = 1) {
    counts_[static_cast<size_t>(reason)].fetch_add(packets, std::memory_order_relaxed);
  }
  uint64_t Get(Drop reason) const { return counts_[static_cast<size_t>(reason)].load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<uint64_t>, kDrops> counts_{};
};

}  // namespace culvert::espd
