// SPDX-License-Identifier: Apache-2.0
// The processes of culvert, as one table: who they are, as which user they run, and the one right each of them keeps.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace culvert::daemon {

inline constexpr uint32_t kDefaultUidBase = 64200;  // Debian's 60000-64999 is for globally allocated accounts
inline constexpr char kDefaultStateDir[] = "/var/lib/culvert";

// Owns nothing: what several processes need to agree on.
struct Process {
  absl::string_view name;    // the program, the `callers` word of the access option, the log's "process"
  uint32_t uid_offset;       // uid and primary gid are --uid-base + this; culvertd stays root
  absl::string_view socket;  // file in DIR/run
  bool net_admin;            // keeps CAP_NET_ADMIN after the drop; every other capability goes from everyone
};

inline constexpr std::array<Process, 8> kProcesses = {{
    {"culvertd", 0, "culvertd.sock", true},
    {"configd", 1, "configd.sock", false},
    {"iked", 2, "iked.sock", false},
    {"sad", 3, "sad.sock", true},  // links, routes, rules, addresses, nftables, SAs
    {"espd", 4, "espd.sock", false},
    {"fetchd", 5, "fetchd.sock", false},
    {"metricsd", 6, "metricsd.sock", false},
    {"apid", 7, "api.sock", false},
}};

// Null where no process has that name, or runs as that uid.
const Process* FindProcess(absl::string_view name);
const Process* FindProcessByUid(uid_t uid, uint32_t uid_base);

// DIR/run, and DIR/run/<socket> of a process, which must be in the table (CHECKed).
std::string RunDirectory(absl::string_view state_dir);
std::string SocketPath(absl::string_view state_dir, absl::string_view process);

// The group that all processes share, so that they reach each other's sockets (0660) and nobody else does.
inline gid_t SharedGroup(uint32_t uid_base) {
  return uid_base;
}

}  // namespace culvert::daemon
