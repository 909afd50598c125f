// SPDX-License-Identifier: Apache-2.0
// Giving up rights, in a fixed order: groups, gid, uid with the capabilities that stay, then what can never come back.
#pragma once

#include <sys/types.h>

#include <vector>

#include "absl/status/status.h"

namespace culvert::daemon {

struct Identity {
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;      // supplementary
  std::vector<int> capabilities;  // CAP_* that remain permitted and effective; the bounding set is emptied
};

// Becomes `identity` for good. Needs root; call it while the process has one thread.
absl::Status BecomeUser(const Identity& identity);

// Whether this process may do what CAP_* `capability` allows, now.
bool HasCapability(int capability);

// No core dumps and no ptrace by the same uid (key material), no new privileges through exec.
absl::Status Harden();

// Allows the system calls of a gRPC server that works on sockets it was given; opening files for writing, exec, new
// network sockets (Unix ones excepted), ptrace, mounts, modules and keyrings kill the process. After every start-up
// file was opened.
absl::Status EnterSeccompJail();

}  // namespace culvert::daemon
