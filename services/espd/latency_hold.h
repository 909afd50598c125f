// SPDX-License-Identifier: Apache-2.0
// Keeps the processor out of deep sleep while packets flow, through a descriptor of /dev/cpu_dma_latency: it halves the
// round trip and costs power, so it ends tens of milliseconds after the last packet.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <utility>

#include "libs/base/unique_fd.h"

namespace culvert::espd {

class LatencyHold {
 public:
  static constexpr int64_t kIdleMs = 50;

  // Without a descriptor it does nothing.
  explicit LatencyHold(base::UniqueFd fd) : fd_(std::move(fd)) {}

  // By any worker that has traffic.
  void Touch(int64_t now_ms) {
    if (!fd_.valid()) return;
    last_ms_.store(now_ms, std::memory_order_relaxed);
    if (!held_.load(std::memory_order_relaxed) && !held_.exchange(true)) Ask(0);
  }
  // Now and then, by the control plane. True while it is held, and should be asked again soon.
  bool Relax(int64_t now_ms) {
    if (!held_.load()) return false;
    if (now_ms - last_ms_.load(std::memory_order_relaxed) < kIdleMs) return true;
    // In this order: a worker that touches it in between finds it not held, and asks again after us.
    Ask(kAnyLatency);
    held_.store(false);
    return false;
  }

 private:
  static constexpr int32_t kAnyLatency = 2'000'000'000;  // PM_QOS_CPU_LATENCY_DEFAULT_VALUE of the kernel
  void Ask(int32_t microseconds) {
    [[maybe_unused]] const ssize_t written = write(fd_.get(), &microseconds, sizeof(microseconds));
  }

  const base::UniqueFd fd_;
  std::atomic<bool> held_ = false;
  std::atomic<int64_t> last_ms_ = 0;
};

}  // namespace culvert::espd
