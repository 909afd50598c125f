// SPDX-License-Identifier: Apache-2.0
// version: of culvertctl, and of the daemon behind it where one answers.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/culvertctl/session.h"

namespace culvert::ctl {

std::string OwnVersion();  // "culvertctl 0.1.0 (8fc460d…, gcc 12)"
ExitCode Version(Printer& printer, const absl::StatusOr<Client>& client);

}  // namespace culvert::ctl
