// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/process_names.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace culvert::daemon {

const Process* FindProcess(absl::string_view name) {
  for (const Process& process : kProcesses) {
    if (process.name == name) return &process;
  }
  return nullptr;
}

const Process* FindProcessByUid(uid_t uid, uint32_t uid_base) {
  for (const Process& process : kProcesses) {
    // Offset 0 is no user: culvertd is root, and the number is the shared group.
    if (process.uid_offset != 0 && uid == uid_base + process.uid_offset) return &process;
  }
  return nullptr;
}

std::string RunDirectory(absl::string_view state_dir) {
  return absl::StrCat(state_dir, "/run");
}

std::string SocketPath(absl::string_view state_dir, absl::string_view process) {
  const Process* found = FindProcess(process);
  if (found == nullptr) {
    std::fprintf(stderr, "no process is called %s\n", std::string(process).c_str());
    std::abort();
  }
  return absl::StrCat(RunDirectory(state_dir), "/", found->socket);
}

}  // namespace culvert::daemon
