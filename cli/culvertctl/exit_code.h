// SPDX-License-Identifier: Apache-2.0
// How culvertctl ends: one table from the code of a status to the exit code that scripts test and the advice that
// people read.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace culvert::ctl {

enum ExitCode {
  kDone = 0,  // warnings allowed
  kFailed = 1,
  kUsage = 2,
  kInvalid = 3,      // the configuration
  kUnreachable = 4,  // no daemon behind the target
  kNotFound = 5,
  kConflict = 6,
  kPermission = 7,
  kTimedOut = 8,
};

ExitCode ExitCodeOf(absl::StatusCode code);
absl::string_view AdviceOf(absl::StatusCode code);  // what to do next; "" where the message says it all

}  // namespace culvert::ctl
