// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/exit_code.h"

namespace culvert::ctl {
namespace {

struct Row {
  absl::StatusCode code;
  ExitCode exit_code;
  absl::string_view advice;
};

// Whatever is not listed is kFailed and needs no advice beyond its message.
constexpr Row kTable[] = {
    {absl::StatusCode::kOk, kDone, ""},
    {absl::StatusCode::kInvalidArgument, kInvalid, ""},
    {absl::StatusCode::kUnavailable, kUnreachable,
     "Is culvertd running? --target or CULVERT_TARGET names its socket: unix:STATE-DIR/run/api.sock."},
    {absl::StatusCode::kNotFound, kNotFound,
     "See 'culvertctl tunnel list' and 'culvertctl revision list' for what there is."},
    {absl::StatusCode::kAborted, kConflict,
     "The configuration was changed meanwhile: export it, merge, and apply again."},
    {absl::StatusCode::kAlreadyExists, kConflict, ""},
    {absl::StatusCode::kFailedPrecondition, kConflict, ""},
    {absl::StatusCode::kPermissionDenied, kPermission,
     "Reading needs group culvert; changing anything needs root or group culvert-admin."},
    {absl::StatusCode::kUnauthenticated, kPermission, ""},
    {absl::StatusCode::kDeadlineExceeded, kTimedOut, "--timeout, or --wait of 'up', allows more time."},
    {absl::StatusCode::kUnimplemented, kFailed, "This version of the appliance does not have it."},
};

const Row* Find(absl::StatusCode code) {
  for (const Row& row : kTable) {
    if (row.code == code) return &row;
  }
  return nullptr;
}

}  // namespace

ExitCode ExitCodeOf(absl::StatusCode code) {
  const Row* row = Find(code);
  return row == nullptr ? kFailed : row->exit_code;
}

absl::string_view AdviceOf(absl::StatusCode code) {
  const Row* row = Find(code);
  return row == nullptr ? "" : row->advice;
}

}  // namespace culvert::ctl
