// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/restart_backoff.h"

#include <algorithm>

namespace culvert::culvertd {

absl::Duration RestartBackoff::Next(absl::Duration ran_for) {
  if (ran_for >= kStable) deaths_ = 0;
  const int death = deaths_++;
  if (death == 0) return absl::ZeroDuration();
  const absl::Duration full = std::min(kCap, kFirst * (1 << std::min(death - 1, 16)));
  const base::Bytes random = rng_->Take(1);
  return full - full * (random[0] / 1024.0);  // 255/1024 is just under a quarter
}

}  // namespace culvert::culvertd
