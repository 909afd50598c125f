// SPDX-License-Identifier: Apache-2.0
// A token bucket: so many at once, so many a second after that.
#pragma once

#include <algorithm>

#include "absl/time/time.h"

namespace culvert::iked {

class RateLimit {
 public:
  RateLimit(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  bool Allow(absl::Duration monotonic) {
    tokens_ = std::min(burst_, tokens_ + absl::ToDoubleSeconds(monotonic - last_) * per_second_);
    last_ = monotonic;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double per_second_;
  double burst_;
  double tokens_;
  absl::Duration last_;
};

}  // namespace culvert::iked
