// SPDX-License-Identifier: Apache-2.0
// One run of a program: started with descriptors in systemd's protocol, watched by a pidfd.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/unique_fd.h"

namespace culvert::culvertd {

// Everything about a program that stays the same from run to run.
struct ChildSpec {
  std::string name;
  std::vector<std::string> argv;                         // [0] is the path
  std::vector<std::pair<std::string, int>> descriptors;  // names and descriptors that the supervisor's owner keeps open
};

class ChildProcess {
 public:
  // Starts the program in a process group of its own (a ^C at our terminal is for us alone to pass on), with default
  // signals, and with `spec.descriptors` and nothing else above stderr. It outlives us: a dead parent must not stop
  // packets.
  static absl::StatusOr<ChildProcess> Spawn(const ChildSpec& spec);

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  // readable once the process has ended

  void Signal(int number) const;
  bool WaitForEnd(absl::Duration timeout) const;
  // Collects the ended process: "exit 3" or "signal 9 (Killed)". Once, after pidfd became readable.
  std::string Reap();

 private:
  ChildProcess(pid_t pid, base::UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_;
  base::UniqueFd pidfd_;
};

}  // namespace culvert::culvertd
