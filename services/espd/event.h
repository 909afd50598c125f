// SPDX-License-Identifier: Apache-2.0
// What a worker notices and the control plane should know, and the queue between them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "kmod/core/selector.h"
#include "libs/base/ip.h"

namespace culvert::espd {

struct Event {
  enum class Kind : uint8_t { kAcquire, kSoftExpire, kHardExpire, kFirstInbound, kNatMapping, kUnknownSpi, kPathMtu };
  Kind kind = Kind::kAcquire;
  uint64_t child_sa = 0;       // all but kAcquire, kUnknownSpi and kPathMtu
  uint32_t spi = 0;            // kUnknownSpi
  uint64_t tunnel = 0;         // kAcquire: Tunnel::id, which outlives the tunnel in this queue
  cv_flow flow = {};           // kAcquire: the packet's own
  base::Endpoint source = {};  // kNatMapping, kUnknownSpi; kPathMtu: the peer behind the narrow path
};

// From one worker to the control plane, without locks. A full queue refuses; whoever raises an event leaves its mark
// ("told") only when it was taken, so a later packet raises it again.
class EventQueue {
 public:
  bool Push(const Event& event) {
    const uint32_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == kSize) return false;
    ring_[tail % kSize] = event;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }
  bool Pop(Event* event) {
    const uint32_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return false;
    *event = ring_[head % kSize];
    head_.store(head + 1, std::memory_order_release);
    return true;
  }
  bool empty() const { return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire); }

 private:
  static constexpr uint32_t kSize = 256;
  std::array<Event, kSize> ring_;
  alignas(64) std::atomic<uint32_t> head_ = 0;
  alignas(64) std::atomic<uint32_t> tail_ = 0;
};

}  // namespace culvert::espd
