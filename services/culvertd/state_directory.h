// SPDX-License-Identifier: Apache-2.0
// DIR, as culvertd makes it for the others:
//   DIR          0755 root
//   DIR/run      0755 root              sockets; nobody but culvertd can put one there
//   DIR/config   0700 culvert-configd   the store: configured secrets rest here and nowhere else
//   DIR/guard    0755 culvert-sad       the rules that culvertd loads before any link is up
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/unique_fd.h"

namespace culvert::culvertd {

struct StateDirectoryOptions {
  std::string path;
  uint32_t uid_base;
  bool give_away;  // to the processes' own users; not where all of them run as we do
};

// Makes what is missing, and corrects owners and modes. Errors name the directory.
absl::Status PrepareStateDirectory(const StateDirectoryOptions& options);

// Holds DIR/run/culvertd.lock as long as the descriptor is open. AlreadyExists names the pid that has it.
absl::StatusOr<base::UniqueFd> LockStateDirectory(const std::string& path);

}  // namespace culvert::culvertd
