// SPDX-License-Identifier: Apache-2.0
// How long to wait before a process that died is started again.
#pragma once

#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace culvert::culvertd {

class RestartBackoff {
 public:
  static constexpr absl::Duration kFirst = absl::Milliseconds(100);
  static constexpr absl::Duration kCap = absl::Seconds(10);
  static constexpr absl::Duration kStable = absl::Seconds(60);  // a run this long forgives what was before it

  explicit RestartBackoff(base::Rng* rng) : rng_(rng) {}

  // After a run of `ran_for`: 0 for the first death (packets wait for iked and espd), then 100 ms doubling to 10 s,
  // each shortened by up to a quarter at random, so that processes that died together do not come back together.
  absl::Duration Next(absl::Duration ran_for);

 private:
  base::Rng* rng_;
  int deaths_ = 0;
};

}  // namespace culvert::culvertd
