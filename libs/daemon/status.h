// SPDX-License-Identifier: Apache-2.0
// The one map between absl::Status, the error of our modules, and grpc::Status, the error on a wire. Codes map one to
// one; google.rpc details travel as payloads of the absl::Status and as grpc-status-details-bin.
#pragma once

#include <grpcpp/support/status.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace culvert::daemon {

grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

// google.rpc.ErrorInfo with domain "culvert": a stable UPPER_SNAKE_CASE reason that clients may switch on.
absl::Status WithReason(absl::Status status, absl::string_view reason,
                        const std::map<std::string, std::string>& metadata = {});
std::string ReasonOf(const absl::Status& status);  // "" where there is none

// google.rpc.BadRequest.
struct FieldViolation {
  std::string field;  // tunnels[to-b].ike.lifetime
  std::string description;
  std::string reason;  // the problem's code
};
absl::Status WithFieldViolations(absl::Status status, const std::vector<FieldViolation>& violations);
std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status);

}  // namespace culvert::daemon
