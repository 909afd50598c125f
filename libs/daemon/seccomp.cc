// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <seccomp.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/daemon/sandbox.h"

namespace culvert::daemon {
namespace {

// Nothing a packet processor does by itself: whoever asks for one of these has taken the process over.
constexpr const char* kFatal[] = {
    "execve",
    "execveat",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "fsopen",
    "open_tree",
    "setns",
    "unshare",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "add_key",
    "request_key",
    "keyctl",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "mknod",
    "mknodat",
    "open_by_handle_at",
    "pidfd_getfd",
    "iopl",
    "ioperm",
    "personality",
    "quotactl",
    "vhangup",
    "syslog",
};

// What a library may try and can live without: it gets EPERM and goes on.
constexpr const char* kRefused[] = {"creat", "openat2",  "rename",  "renameat",  "renameat2", "unlink",   "unlinkat",
                                    "link",  "linkat",   "symlink", "symlinkat", "mkdir",     "mkdirat",  "rmdir",
                                    "chmod", "fchmodat", "chown",   "lchown",    "fchownat",  "truncate", "clone3"};

// Adds the rules, keeping the first error, and loads them.
class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ALLOW), seccomp_release) {}

  template <typename... Conditions>
  void Add(uint32_t action, const char* name, Conditions... conditions) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR || error_ != 0) return;  // a call that this libseccomp does not know cannot be filtered
    error_ = seccomp_rule_add(context_.get(), action, call, sizeof...(conditions), conditions...);
  }
  absl::Status Load() {
    if (error_ == 0) error_ = seccomp_load(context_.get());
    return error_ == 0 ? absl::OkStatus() : absl::ErrnoToStatus(-error_, "seccomp filter");
  }

 private:
  std::unique_ptr<void, void (*)(void*)> context_;
  int error_ = 0;
};

}  // namespace

absl::Status EnterSeccompJail() {
  Filter filter;
  for (const char* name : kFatal) filter.Add(SCMP_ACT_KILL_PROCESS, name);
  // glibc falls back from clone3, whose flags a filter cannot see, to clone only on ENOSYS.
  for (const char* name : kRefused) {
    filter.Add(SCMP_ACT_ERRNO(absl::string_view(name) == "clone3" ? ENOSYS : EPERM), name);
  }
  // New sockets: Unix only. Those of IKE and ESP were handed over.
  filter.Add(SCMP_ACT_ERRNO(EPERM), "socket", SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
  // Files: reading only.
  for (uint64_t flag : {O_WRONLY, O_RDWR, O_CREAT}) {
    filter.Add(SCMP_ACT_ERRNO(EPERM), "open", SCMP_A1(SCMP_CMP_MASKED_EQ, flag, flag));
    filter.Add(SCMP_ACT_ERRNO(EPERM), "openat", SCMP_A2(SCMP_CMP_MASKED_EQ, flag, flag));
  }
  return filter.Load();
}

}  // namespace culvert::daemon
