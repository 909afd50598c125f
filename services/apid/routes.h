// SPDX-License-Identifier: Apache-2.0
// The public API: which process answers which service. What is not listed here cannot be reached through apid.
#pragma once

#include <array>

#include "absl/strings/string_view.h"

namespace culvert::apid {

struct Route {
  absl::string_view service;  // full name
  absl::string_view process;
};

// The services between processes (snapshots, datapath, fetch) are left out on purpose.
inline constexpr std::array<Route, 4> kRoutes = {{
    {"culvert.config.v1.ConfigService", "configd"},
    {"culvert.ike.v1.IkeService", "iked"},
    {"culvert.sad.v1.SadService", "sad"},
    {"culvert.service.v1.SupervisorService", "culvertd"},
}};

}  // namespace culvert::apid
