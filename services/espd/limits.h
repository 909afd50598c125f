// SPDX-License-Identifier: Apache-2.0
// Byte and packet limits of an SA (RFC 4301 4.4.2.1): told once when the soft one is met, stopped at the hard one.
#pragma once

#include "services/espd/child_sa.h"
#include "services/espd/shared_state.h"

namespace culvert::espd {

// Books `packets` of `bytes` together against one direction. False, and nothing booked, if that would pass a hard
// limit: the direction is then expired for good.
inline bool BookTraffic(SharedState& shared, int worker, const ChildSa& sa, Traffic& traffic, uint64_t bytes,
                        uint64_t packets, int64_t now_ms) {
  const Limits& limits = sa.limits;
  const uint64_t total_bytes = traffic.bytes.load(std::memory_order_relaxed) + bytes;
  const uint64_t total_packets = traffic.packets.load(std::memory_order_relaxed) + packets;
  const auto passed = [&](uint64_t byte_limit, uint64_t packet_limit) {
    return (byte_limit != 0 && total_bytes > byte_limit) || (packet_limit != 0 && total_packets > packet_limit);
  };
  if (passed(limits.hard_bytes, limits.hard_packets)) [[unlikely]] {
    if (!traffic.expired.exchange(true)) shared.Raise(worker, {.kind = Event::Kind::kHardExpire, .child_sa = sa.id});
    return false;
  }
  if (passed(limits.soft_bytes, limits.soft_packets) && !traffic.soft_told.load(std::memory_order_relaxed))
      [[unlikely]] {
    if (shared.Raise(worker, {.kind = Event::Kind::kSoftExpire, .child_sa = sa.id})) traffic.soft_told = true;
  }
  traffic.bytes.fetch_add(bytes, std::memory_order_relaxed);
  traffic.packets.fetch_add(packets, std::memory_order_relaxed);
  traffic.last_boottime_ms.store(now_ms, std::memory_order_relaxed);
  return true;
}

}  // namespace culvert::espd
