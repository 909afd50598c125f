// SPDX-License-Identifier: Apache-2.0
// events: what happens, as it happens.
#pragma once

#include <string>

#include "cli/culvertctl/session.h"

namespace culvert::ctl {

struct EventsOptions {
  std::string tunnel;        // "" for all
  std::string resume_token;  // of the last event seen; "" starts with a snapshot
};
// Until the daemon ends the stream or the process is interrupted.
ExitCode Events(Session session, const EventsOptions& options);

}  // namespace culvert::ctl
