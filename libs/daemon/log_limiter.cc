// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/log_limiter.h"

#include <algorithm>
#include <utility>

namespace culvert::daemon {

std::optional<uint64_t> LogLimiter::Admit(absl::Duration now) {
  std::lock_guard lock(mutex_);
  if (last_) tokens_ = std::min<double>(capacity_, tokens_ + absl::FDivDuration(now - *last_, refill_));
  last_ = now;
  if (tokens_ < 1) {
    ++suppressed_;
    return std::nullopt;
  }
  tokens_ -= 1;
  return std::exchange(suppressed_, 0);
}

}  // namespace culvert::daemon
