// SPDX-License-Identifier: Apache-2.0
// What all pairs of a tunnel share for as long as its name is in the policies or one of its pairs lives.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "services/espd/child_sa.h"
#include "services/espd/drop.h"

namespace culvert::espd {

// The pairs that may carry a tunnel's outbound packets, newest first. Immutable.
using ActivePairs = std::vector<ChildSa*>;

class Tunnel {
 public:
  Tunnel(uint64_t id_in, std::string name_in) : id(id_in), name(std::move(name_in)) {}
  ~Tunnel() { delete active.load(); }
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  // The pair for a flow; null while there is none.
  ChildSa* PairFor(const cv_flow& flow) const {
    if (const ActivePairs* pairs = active.load(std::memory_order_acquire)) {
      for (ChildSa* sa : *pairs) {
        if (sa->Covers(flow, /*outbound=*/true)) return sa;
      }
    }
    return nullptr;
  }

  const uint64_t id;  // never used again
  const std::string name;
  std::atomic<const ActivePairs*> active = nullptr;  // published; replaced versions go through Quiescence
  std::atomic<int64_t> acquire_told_ms = 0;          // CLOCK_BOOTTIME of the last Acquire event
  DropCounters drops_out;                            // packets of no pair: no_sa, queue, policy

  // The control plane's own.
  uint32_t path_mtu = 0;
  bool in_policies = false;
};

}  // namespace culvert::espd
