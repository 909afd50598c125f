// SPDX-License-Identifier: Apache-2.0
// How long to wait before trying a neighbour process again: doubling from 20 ms to 2 s, half of it random, so that a
// restarted process is not met by everybody at once.
#pragma once

#include <algorithm>

#include "absl/random/random.h"
#include "absl/time/time.h"

namespace culvert::iked {

class Backoff {
 public:
  absl::Duration Next() {
    const absl::Duration wait = next_ * absl::Uniform(random_, 0.5, 1.0);
    next_ = std::min(next_ * 2, kLongest);
    return wait;
  }
  void Reset() { next_ = kFirst; }

 private:
  static constexpr absl::Duration kFirst = absl::Milliseconds(20);
  static constexpr absl::Duration kLongest = absl::Seconds(2);

  absl::BitGen random_;
  absl::Duration next_ = kFirst;
};

}  // namespace culvert::iked
