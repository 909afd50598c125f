// SPDX-License-Identifier: Apache-2.0
// Problems and plans of a configuration, rendered.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "culvert/config/v1/config_service.pb.h"
#include "culvert/config/v1/problem.pb.h"

namespace culvert::ctl {

// A line each, as compilers write them, so that editors find the place:
//   site.yaml:12: error: tunnels[to-b].ike.lifetime: "8x" is not a duration → write 8h [WRONG_TYPE]
std::string ProblemsText(absl::string_view file, const std::vector<config::v1::Problem>& problems);

// "2 errors, 1 warning"; "no problems".
std::string ProblemsSummary(const std::vector<config::v1::Problem>& problems);

// What a commit does (or would do) to what runs, a line for each tunnel that it touches.
std::string PlanText(const config::v1::Plan& plan);

}  // namespace culvert::ctl
