// SPDX-License-Identifier: Apache-2.0
// confirm, cancel, rollback, revision list, diff: the configuration's history.
#pragma once

#include <cstdint>

#include "cli/culvertctl/session.h"

namespace culvert::ctl {

ExitCode Confirm(Session session, int64_t revision);   // 0: the pending one
ExitCode Cancel(Session session, int64_t revision);    // 0: the pending one
ExitCode Rollback(Session session, int64_t revision);  // 0: the one before the running one
ExitCode ListRevisions(Session session);
// From one revision to another; `to` 0: the running one.
ExitCode Diff(Session session, int64_t from, int64_t to);

}  // namespace culvert::ctl
