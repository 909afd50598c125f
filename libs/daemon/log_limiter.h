// SPDX-License-Identifier: Apache-2.0
// A token bucket for log lines that a peer can cause, so that nobody fills a disk from outside.
//   LogLimiter limiter(10, absl::Seconds(1));                        // at most 10 lines a second
//   if (auto missed = limiter.Admit(clock.Monotonic())) LogDebug("bad cookie", {{"from", peer}, {"suppressed",
//   *missed}});
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "absl/time/time.h"

namespace culvert::daemon {

class LogLimiter {
 public:
  LogLimiter(int lines, absl::Duration period) : capacity_(lines), refill_(period / lines), tokens_(lines) {}

  // nullopt: say nothing. Otherwise how many lines were held back since the last one that was admitted.
  // `now` is monotonic. Thread-safe.
  std::optional<uint64_t> Admit(absl::Duration now);

 private:
  const int capacity_;
  const absl::Duration refill_;  // time that earns one token
  std::mutex mutex_;
  double tokens_;
  std::optional<absl::Duration> last_;
  uint64_t suppressed_ = 0;
};

}  // namespace culvert::daemon
