// SPDX-License-Identifier: Apache-2.0
// SIGTERM and SIGINT as a readable descriptor: a stop is an event like any other.
#pragma once

#include "absl/time/time.h"
#include "libs/base/unique_fd.h"

namespace culvert::daemon {

class StopSignal {
 public:
  // Blocks both signals; construct it before any thread starts, so that every thread inherits the mask. Ignores
  // SIGPIPE.
  StopSignal();

  int fd() const { return fd_.get(); }  // readable once a stop was asked for; it stays so
  // Waits for the stop. False: `timeout` passed first.
  bool Wait(absl::Duration timeout = absl::InfiniteDuration()) const;
  bool requested() const { return Wait(absl::ZeroDuration()); }

  // Asks this process to stop, as an operator's SIGTERM would. From any thread.
  static void Request();

 private:
  base::UniqueFd fd_;
};

}  // namespace culvert::daemon
