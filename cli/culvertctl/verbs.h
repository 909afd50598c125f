// SPDX-License-Identifier: Apache-2.0
// up, down, rekey.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "cli/culvertctl/session.h"

namespace culvert::ctl {

// Which part of a tunnel a verb is about.
enum class Part { kAll, kIke, kChild };

// Shows the progress. kDone once the tunnel is up, or, with a `wait` of zero, once the attempt is under way; kFailed
// with the diagnosis where the attempt failed; kTimedOut where neither came within `wait`.
ExitCode Up(Session session, const std::string& tunnel, absl::Duration wait);
ExitCode Down(Session session, const std::string& tunnel, Part part);
ExitCode Rekey(Session session, const std::string& tunnel, Part part);

}  // namespace culvert::ctl
