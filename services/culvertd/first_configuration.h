// SPDX-License-Identifier: Apache-2.0
// culvertd --config FILE: the file becomes a new revision if it is not the file that was applied last.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "culvert/config/v1/config_service.pb.h"

namespace culvert::culvertd {

// Reads FILE with the files that its *_file keys name. InvalidArgument lists every problem, each on a line of its own
// with FILE's name and the line in it.
absl::StatusOr<config::v1::ApplyRequest> ReadConfigurationFile(const std::string& path);

// Sends it to configd on `socket`, waiting for configd where it is not up yet.
absl::StatusOr<config::v1::ApplyResponse> ApplyConfiguration(const std::string& socket,
                                                             const config::v1::ApplyRequest& request,
                                                             absl::Duration patience);

}  // namespace culvert::culvertd
