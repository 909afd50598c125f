// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/daemon/descriptors.h"

namespace culvert::culvertd {
namespace {

constexpr int kFirstDescriptor = 3;  // SD_LISTEN_FDS_START

// posix_spawn's attribute objects, freed on every path.
struct SpawnSettings {
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& text : strings) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Ours, with our own LISTEN_* replaced by the child's. No LISTEN_PID: posix_spawn knows no pid beforehand.
std::vector<std::string> EnvironmentFor(const ChildSpec& spec) {
  std::vector<std::string> out, names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "LISTEN_", 7) != 0) out.emplace_back(*entry);
  }
  for (const auto& [name, fd] : spec.descriptors) names.push_back(name);
  out.push_back(absl::StrCat("LISTEN_FDS=", names.size()));
  out.push_back(absl::StrCat("LISTEN_FDNAMES=", daemon::ListenFdNames(names)));
  return out;
}

}  // namespace

absl::StatusOr<ChildProcess> ChildProcess::Spawn(const ChildSpec& spec) {
  SpawnSettings settings;
  // Copies far above the range that dup2 fills, so that no step of the plan overwrites the source of a later one.
  std::vector<base::UniqueFd> copies;
  const int above = kFirstDescriptor + static_cast<int>(spec.descriptors.size());
  for (const auto& [name, fd] : spec.descriptors) {
    copies.emplace_back(fcntl(fd, F_DUPFD_CLOEXEC, above));
    if (!copies.back().valid()) return absl::ErrnoToStatus(errno, absl::StrCat("descriptor ", name));
  }
  for (size_t i = 0; i < copies.size(); ++i) {
    posix_spawn_file_actions_adddup2(&settings.actions, copies[i].get(), kFirstDescriptor + static_cast<int>(i));
  }
  posix_spawn_file_actions_addclosefrom_np(&settings.actions, above);

  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&settings.attributes, &none);
  posix_spawnattr_setsigdefault(&settings.attributes, &all);
  posix_spawnattr_setpgroup(&settings.attributes, 0);
  posix_spawnattr_setflags(&settings.attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> environment = EnvironmentFor(spec);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, arguments[0].c_str(), &settings.actions, &settings.attributes,
                                Pointers(arguments).data(), Pointers(environment).data());
  if (error != 0) return absl::ErrnoToStatus(error, absl::StrCat("start ", arguments[0]));
  // Nobody else reaps our children, so the pid is theirs still.
  base::UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) return absl::ErrnoToStatus(errno, "pidfd_open");
  return ChildProcess(pid, std::move(pidfd));
}

void ChildProcess::Signal(int number) const {
  syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

bool ChildProcess::WaitForEnd(absl::Duration timeout) const {
  pollfd wait{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  const int64_t left = std::max<int64_t>(0, absl::ToInt64Milliseconds(timeout));
  return poll(&wait, 1, static_cast<int>(left)) > 0;
}

std::string ChildProcess::Reap() {
  siginfo_t info{};
  waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_.get()), &info, WEXITED);
  if (info.si_code == CLD_EXITED) return absl::StrCat("exit ", info.si_status);
  return absl::StrCat("signal ", info.si_status, " (", strsignal(info.si_status), ")");
}

}  // namespace culvert::culvertd
