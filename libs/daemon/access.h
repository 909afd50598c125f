// SPDX-License-Identifier: Apache-2.0
// May this caller call that method? The answer is in the method's (culvert.service.v1.access) option.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/daemon/caller.h"

namespace culvert::daemon {

// `path` is HTTP/2's: "/culvert.sad.v1.SadService/WatchEvents". PermissionDenied names the method and what it needs; a
// method that is unknown or has no option can be called by nobody, unless `proxied`: then a method that this process
// does not know is passed to any viewer, operator, admin or process, for the one behind it to judge.
absl::Status CheckAccess(const Caller& caller, absl::string_view path, bool proxied);

}  // namespace culvert::daemon
