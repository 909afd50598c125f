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

class Tunnel {
 public:
  Tunnel(uint64_t id_in, std::string name_in) : id(id_in), name(std::move(name_in)) {}
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  // The pair for a flow; null while there is none.
  ChildSa* PairFor(const cv_flow& flow) const {
    ChildSa* sa = active.load(std::memory_order_acquire);
    while (sa != nullptr && !sa->Covers(flow, /*outbound=*/true)) sa = sa->next_active.load(std::memory_order_acquire);
    return sa;
  }

  const uint64_t id;  // never used again
  const std::string name;
  // The pairs that may carry outbound packets, newest first, linked by `next_active`. One that leaves keeps its own
  // link, for whoever stands on it, until Quiescence lets it go.
  std::atomic<ChildSa*> active = nullptr;
  std::atomic<int64_t> acquire_told_ms = 0;  // CLOCK_BOOTTIME of the last Acquire event
  DropCounters drops_out;                    // packets of no pair: no_sa, queue, policy

  // The control plane's own.
  uint32_t path_mtu = 0;
  bool in_policies = false;
};

}  // namespace culvert::espd
