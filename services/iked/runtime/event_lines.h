// SPDX-License-Identifier: Apache-2.0
// Events as lines of the log.
#pragma once

#include "absl/time/time.h"
#include "libs/daemon/log_limiter.h"
#include "services/iked/engine/view.h"

namespace culvert::iked {

class EventLines {
 public:
  // One line at INFO; a diagnosis at WARNING. What strangers cause (no tunnel matched) is limited to a few a second.
  void Write(const Event& event, absl::Duration monotonic_now);

 private:
  daemon::LogLimiter strangers_{5, absl::Seconds(1)};
};

}  // namespace culvert::iked
