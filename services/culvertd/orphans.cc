// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/orphans.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/unique_fd.h"
#include "libs/daemon/log.h"
#include "libs/daemon/process_names.h"
#include "libs/daemon/unix_listener.h"

namespace culvert::culvertd {
namespace {

// The file name of the program that `pid` runs, also when the file was replaced by an upgrade meanwhile.
std::string ProgramOf(pid_t pid) {
  std::error_code error;
  std::string name = std::filesystem::read_symlink(absl::StrCat("/proc/", pid, "/exe"), error).filename().string();
  constexpr absl::string_view kDeleted = " (deleted)";
  const size_t at = name.rfind(kDeleted.data());
  return at == std::string::npos ? name : name.substr(0, at);
}

bool Stop(const daemon::Process& process, absl::string_view state_dir, absl::Time deadline) {
  const auto pid = daemon::ListenerOf(daemon::SocketPath(state_dir, process.name));
  if (!pid.ok()) return false;
  // The pidfd pins the process before its name is read: afterwards the pid cannot become somebody else's.
  base::UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, *pid, 0)));
  if (!pidfd.valid() || ProgramOf(*pid) != process.name) return false;
  daemon::LogWarning("stopping a process that an earlier culvertd left behind",
                     {{"name", process.name}, {"pid", *pid}});
  auto signal_and_wait = [&](int number, absl::Duration patience) {
    syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0);
    pollfd ended{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    return poll(&ended, 1, static_cast<int>(std::max<int64_t>(0, absl::ToInt64Milliseconds(patience)))) > 0;
  };
  if (!signal_and_wait(SIGTERM, deadline - absl::Now())) signal_and_wait(SIGKILL, absl::Minutes(1));
  return true;
}

}  // namespace

std::vector<std::string> StopOrphans(absl::string_view state_dir, absl::Duration patience) {
  std::vector<const daemon::Process*> order;
  for (auto process = daemon::kProcesses.rbegin(); process != daemon::kProcesses.rend(); ++process) {
    if (process->name != "culvertd") order.push_back(&*process);  // DIR's lock says that there is none
  }
  std::stable_partition(order.begin(), order.end(), [](const auto* process) { return process->name == "iked"; });
  const absl::Time deadline = absl::Now() + patience;
  std::vector<std::string> stopped;
  for (const daemon::Process* process : order) {
    if (Stop(*process, state_dir, deadline)) stopped.emplace_back(process->name);
  }
  return stopped;
}

}  // namespace culvert::culvertd
