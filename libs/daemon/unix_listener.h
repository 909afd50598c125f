// SPDX-License-Identifier: Apache-2.0
// A Unix socket's file, made so that there is no moment at which somebody unwanted can connect and none at which it is
// missing.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/unique_fd.h"

namespace culvert::daemon {

struct SocketFile {
  std::string path;
  mode_t mode = 0660;
  std::optional<gid_t> group = std::nullopt;  // unset: as the process
};

// Binds beside `path`, sets mode and group, then renames over whatever a dead process left there. The socket does not
// listen yet: listen(2) stamps the credentials that clients see, so the process that serves calls it.
absl::StatusOr<base::UniqueFd> BindUnix(const SocketFile& file);

// The process that listens on `path`. NotFound: no file, or nobody listens.
absl::StatusOr<pid_t> ListenerOf(const std::string& path);

}  // namespace culvert::daemon
