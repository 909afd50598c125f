// SPDX-License-Identifier: Apache-2.0
// The real culvertd and apid in a network namespace, with stand-ins for the other processes: what an operator would
// see.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "culvert/service/v1/service.grpc.pb.h"
#include "libs/daemon/channel.h"
#include "libs/daemon/unix_listener.h"
#include "services/culvertd/child_process.h"

namespace culvert::culvertd {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Processes = std::map<std::string, service::v1::ProcessStatus>;

constexpr uint32_t kUidBase = 61000;

class CulvertdTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_EQ(geteuid(), 0u) << "needs root";
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);  // ports 500 and 4500 of our own
  }

  void SetUp() override {
    char directory[] = "/tmp/culvert-culvertd-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
    chmod(directory, 0755);
    fs::create_directory(directory_ + "/bin");
    fs::copy_file(CULVERT_CULVERTD, directory_ + "/bin/culvertd");
    fs::copy_file(CULVERT_APID, directory_ + "/bin/apid");
    for (const char* name : {"configd", "iked", "sad", "espd", "fetchd", "metricsd"}) {
      fs::copy_file(CULVERT_TESTING_PROCESS, directory_ + "/bin/" + name);
    }
  }
  void TearDown() override {
    for (const auto& [name, process] : last_) {
      if (process.pid() > 0 && HasFailure()) kill(process.pid(), SIGKILL);
    }
    fs::remove_all(directory_);
  }

  // culvertd with its stderr in DIR/log.
  ChildProcess Start(const std::string& more = "") {
    const std::string command =
        absl::StrCat("exec ", directory_, "/bin/culvertd --state-dir=", directory_, "/state --uid-base=", kUidBase,
                     " --workers=2 ", more, " 2>>", directory_, "/log");
    auto child = ChildProcess::Spawn({.name = "culvertd", .argv = {"/bin/sh", "-c", command}, .descriptors = {}});
    EXPECT_TRUE(child.ok()) << child.status();
    return *std::move(child);
  }

  std::string Log() {
    std::stringstream text;
    text << std::ifstream(directory_ + "/log").rdbuf();
    return text.str();
  }

  size_t Ups() {
    const std::vector<std::string> parts = absl::StrSplit(Log(), "gateway is up");
    return parts.size() - 1;
  }

  void WaitFor(const std::function<bool()>& condition) {
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (!condition()) {
      ASSERT_LT(absl::Now(), deadline) << "condition never came true; the log:\n" << Log();
      std::this_thread::yield();
    }
  }

  // As an operator asks: through apid.
  Processes List() {
    auto stub = service::v1::SupervisorService::NewStub(daemon::UnixChannel(directory_ + "/state/run/api.sock"));
    grpc::ClientContext context;
    daemon::SetDeadline(&context, absl::Seconds(10), /*wait=*/true);
    service::v1::ListProcessesResponse response;
    const grpc::Status status = stub->ListProcesses(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    Processes out;
    for (const auto& process : response.processes()) out[process.name()] = process;
    if (!out.empty()) last_ = out;
    return out;
  }

  // The rest of a line of /proc/PID/status.
  std::string Status(pid_t pid, const std::string& key) {
    std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
    for (std::string line; std::getline(file, line);) {
      if (line.rfind(key + ":", 0) == 0) return line.substr(line.find_first_not_of(" \t", key.size() + 1));
    }
    return "";
  }

  void Stop(ChildProcess& culvertd) {
    culvertd.Signal(SIGTERM);
    ASSERT_TRUE(culvertd.WaitForEnd(absl::Seconds(30)));
    EXPECT_EQ(culvertd.Reap(), "exit 0") << Log();
  }

  std::string directory_;
  Processes last_;
};

TEST_F(CulvertdTest, EachProcessIsItsOwnUserWithTheOneRightItNeeds) {
  ChildProcess culvertd = Start();
  WaitFor([&] { return Ups() == 1; });
  const Processes processes = List();
  ASSERT_EQ(processes.size(), 7u);
  const std::map<std::string, std::pair<uint32_t, std::string>> expected = {
      {"configd", {kUidBase + 1, "0000000000000000"}}, {"iked", {kUidBase + 2, "0000000000000000"}},
      {"sad", {kUidBase + 3, "0000000000001000"}},     {"espd", {kUidBase + 4, "0000000000000000"}},
      {"fetchd", {kUidBase + 5, "0000000000000000"}},  {"metricsd", {kUidBase + 6, "0000000000000000"}},
      {"apid", {kUidBase + 7, "0000000000000000"}}};
  for (const auto& [name, process] : processes) {
    const auto& [uid, capabilities] = expected.at(name);
    EXPECT_EQ(Status(process.pid(), "Uid"), absl::StrCat(uid, "\t", uid, "\t", uid, "\t", uid)) << name;
    EXPECT_EQ(Status(process.pid(), "CapEff"), capabilities) << name;
    EXPECT_EQ(Status(process.pid(), "CapPrm"), capabilities) << name;
    EXPECT_EQ(Status(process.pid(), "NoNewPrivs"), "1") << name;
    EXPECT_EQ(process.restarts(), 0u) << name;
  }
  Stop(culvertd);
  for (const auto& [name, process] : processes) EXPECT_NE(kill(process.pid(), 0), 0) << name;
}

TEST_F(CulvertdTest, AKilledProcessIsBackAndTheOthersAreWhatTheyWere) {
  ChildProcess culvertd = Start();
  WaitFor([&] { return Ups() == 1; });
  const Processes before = List();
  for (const char* name : {"sad", "iked", "configd", "apid"}) kill(before.at(name).pid(), SIGKILL);
  WaitFor([&] {
    const Processes now = List();
    for (const char* name : {"sad", "iked", "configd", "apid"}) {
      if (now.count(name) == 0 || now.at(name).restarts() != 1) return false;
    }
    return true;
  });
  const Processes after = List();
  EXPECT_EQ(after.at("espd").pid(), before.at("espd").pid());
  EXPECT_EQ(after.at("fetchd").pid(), before.at("fetchd").pid());
  EXPECT_EQ(after.at("sad").last_end(), "signal 9 (Killed)");
  Stop(culvertd);
}

TEST_F(CulvertdTest, WhatADeadCulvertdLeftIsStoppedByTheNext) {
  ChildProcess first = Start();
  WaitFor([&] { return Ups() == 1; });
  const Processes orphans = List();
  first.Signal(SIGKILL);
  ASSERT_TRUE(first.WaitForEnd(absl::Seconds(30)));
  first.Reap();
  for (const auto& [name, process] : orphans) EXPECT_EQ(kill(process.pid(), 0), 0) << name << " did not run on";

  ChildProcess second = Start();
  WaitFor([&] { return Ups() == 2; });
  for (const auto& [name, process] : List()) EXPECT_NE(process.pid(), orphans.at(name).pid()) << name;
  EXPECT_THAT(Log(), HasSubstr("stopping a process that an earlier culvertd left behind name=iked"));
  Stop(second);
}

TEST_F(CulvertdTest, TwoOnOneDirectoryAreOneTooMany) {
  ChildProcess first = Start();
  WaitFor([&] { return Ups() == 1; });
  ChildProcess second = Start();
  ASSERT_TRUE(second.WaitForEnd(absl::Seconds(30)));
  EXPECT_EQ(second.Reap(), "exit 1");
  EXPECT_THAT(Log(), HasSubstr(absl::StrCat("another culvertd (pid ", first.pid(), ") runs on")));
  Stop(first);
}

TEST_F(CulvertdTest, OneUserForEverythingIsPossible) {
  ChildProcess culvertd = Start("--no-drop --log-format=json");
  WaitFor([&] { return Ups() == 1; });
  for (const auto& [name, process] : List()) EXPECT_EQ(Status(process.pid(), "Uid"), "0\t0\t0\t0") << name;
  Stop(culvertd);
}

TEST_F(CulvertdTest, EachProcessHasItsOwnDescriptorsAndNoOthers) {
  ChildProcess culvertd = Start();
  WaitFor([&] { return Ups() == 1; });
  const auto kinds_of = [&](pid_t pid) {
    std::map<std::string, int> kinds;
    for (const auto& entry : fs::directory_iterator(absl::StrCat("/proc/", pid, "/fd"))) {
      const std::string target = fs::read_symlink(entry).string();
      ++kinds[target.substr(0, target.find('['))];
    }
    return kinds;
  };
  const auto processes = List();
  EXPECT_EQ(kinds_of(processes.at("espd").pid())["/dev/net/tun"], 2);  // one queue for each worker
  for (const char* name : {"configd", "sad", "iked", "fetchd", "metricsd", "apid"}) {
    EXPECT_EQ(kinds_of(processes.at(name).pid())["/dev/net/tun"], 0) << name;
  }
  Stop(culvertd);
}

}  // namespace
}  // namespace culvert::culvertd
