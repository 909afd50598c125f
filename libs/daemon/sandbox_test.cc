// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <thread>

#include "libs/daemon/testing/in_child.h"

namespace culvert::daemon {
namespace {

// A line of /proc/self/status, after its name.
std::string StatusLine(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name + ":", 0) == 0) return line.substr(line.find_first_not_of(" \t", name.size() + 1));
  }
  return "";
}

constexpr uid_t kUser = 64203;

TEST(BecomeUser, KeepsWhatWasAskedAndLosesTheRestForGood) {
  ASSERT_EQ(geteuid(), 0u) << "needs root";
  EXPECT_EQ(InChild([] {
              REQUIRE_CHILD(BecomeUser({kUser, kUser, {64200}, {CAP_NET_ADMIN}}).ok());
              REQUIRE_CHILD(getuid() == kUser && geteuid() == kUser && getegid() == kUser);
              gid_t groups[8];
              REQUIRE_CHILD(getgroups(8, groups) == 1 && groups[0] == 64200);
              REQUIRE_CHILD(StatusLine("CapEff") == "0000000000001000");
              REQUIRE_CHILD(StatusLine("CapPrm") == "0000000000001000");
              REQUIRE_CHILD(StatusLine("CapBnd") == "0000000000000000");
              REQUIRE_CHILD(setuid(0) < 0);
            }),
            0);
  EXPECT_EQ(InChild([] {
              REQUIRE_CHILD(BecomeUser({kUser, kUser, {}, {}}).ok());
              REQUIRE_CHILD(StatusLine("CapEff") == "0000000000000000");
            }),
            0);
}

TEST(BecomeUser, IsAnErrorWithoutRoot) {
  EXPECT_EQ(InChild([] {
              if (geteuid() == 0) REQUIRE_CHILD(setuid(kUser) == 0);
              REQUIRE_CHILD(!BecomeUser({kUser + 1, kUser + 1, {}, {}}).ok());
            }),
            0);
}

TEST(Harden, HidesMemoryAndForbidsNewPrivileges) {
  EXPECT_EQ(InChild([] {
              REQUIRE_CHILD(Harden().ok());
              REQUIRE_CHILD(prctl(PR_GET_DUMPABLE) == 0);
              REQUIRE_CHILD(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
            }),
            0);
}

TEST(SeccompJail, LetsAServerLive) {
  EXPECT_EQ(InChild([] {
              int pair[2];
              REQUIRE_CHILD(Harden().ok() && EnterSeccompJail().ok());
              REQUIRE_CHILD(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
              REQUIRE_CHILD(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
              REQUIRE_CHILD(open("/dev/urandom", O_RDONLY | O_CLOEXEC) >= 0);
              std::thread([] {}).join();  // clone3 refused, clone taken
            }),
            0);
}

TEST(SeccompJail, RefusesNewNetworkSocketsAndWriting) {
  EXPECT_EQ(InChild([] {
              REQUIRE_CHILD(Harden().ok() && EnterSeccompJail().ok());
              REQUIRE_CHILD(socket(AF_INET, SOCK_DGRAM, 0) < 0 && errno == EPERM);
              REQUIRE_CHILD(socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EPERM);
              REQUIRE_CHILD(open("/tmp/culvert-jail", O_WRONLY | O_CREAT, 0600) < 0 && errno == EPERM);
              REQUIRE_CHILD(open("/dev/null", O_RDWR) < 0 && errno == EPERM);
            }),
            0);
}

TEST(SeccompJail, KillsWhoeverTakesTheProcessOver) {
  const int exec = InChild([] {
    REQUIRE_CHILD(Harden().ok() && EnterSeccompJail().ok());
    execl("/bin/true", "true", nullptr);
  });
  EXPECT_TRUE(WIFSIGNALED(exec) && WTERMSIG(exec) == SIGSYS) << exec;
  const int trace = InChild([] {
    REQUIRE_CHILD(Harden().ok() && EnterSeccompJail().ok());
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  });
  EXPECT_TRUE(WIFSIGNALED(trace) && WTERMSIG(trace) == SIGSYS) << trace;
}

}  // namespace
}  // namespace culvert::daemon
