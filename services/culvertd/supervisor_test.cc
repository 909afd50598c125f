// SPDX-License-Identifier: Apache-2.0
// Real processes, real deaths. The order of events is read from a file that the fake children write.
#include "services/culvertd/supervisor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"

namespace culvert::culvertd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SupervisorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/culvert-supervisor-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  SupervisedChild Fake(const std::string& name, std::vector<std::string> mode) {
    SupervisedChild child;
    child.spec.name = name;
    child.spec.argv = {CULVERT_FAKE_CHILD, directory_ + "/events", name};
    child.spec.argv.insert(child.spec.argv.end(), mode.begin(), mode.end());
    return child;
  }

  std::vector<std::string> Events() {
    std::ifstream file(directory_ + "/events");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  // Runs the supervisor on a thread until `body` returns, then stops it. The answer of RunUntil.
  bool During(Supervisor& supervisor, const std::function<void()>& body) {
    EXPECT_TRUE(supervisor.Start().ok());
    base::UniqueFd stop(eventfd(0, EFD_CLOEXEC));
    bool gently = false;
    std::thread loop([&] { gently = supervisor.RunUntil(stop.get()); });
    body();
    eventfd_write(stop.get(), 1);
    loop.join();
    return gently;
  }

  void WaitFor(const std::function<bool()>& condition) {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (!condition()) {
      ASSERT_LT(absl::Now(), deadline) << "condition never came true";
      std::this_thread::yield();
    }
  }

  size_t Count(const std::string& line) {
    const auto events = Events();
    return static_cast<size_t>(std::count(events.begin(), events.end(), line));
  }

  std::string directory_;
  base::SystemClock clock_;
  base::SystemRng rng_;
};

TEST_F(SupervisorTest, StartsInOrderAndStopsIkedFirstThenInReverse) {
  std::vector<SupervisedChild> children;
  for (const char* name : {"configd", "sad", "iked", "apid"}) {
    children.push_back(Fake(name, {"serve"}));
    children.back().stops_first = std::string(name) == "iked";
  }
  Supervisor supervisor(std::move(children), &clock_, &rng_);
  EXPECT_TRUE(During(supervisor, [&] { WaitFor([&] { return Events().size() == 4; }); }));
  const auto events = Events();
  EXPECT_THAT(std::vector<std::string>(events.begin() + 4, events.end()),
              ElementsAre("iked told to stop", "apid told to stop", "sad told to stop", "configd told to stop"));
  for (const ChildStatus& status : supervisor.List()) {
    EXPECT_EQ(status.pid, 0);
    EXPECT_EQ(status.restarts, 0u);
    EXPECT_EQ(status.last_end, "exit 0");
  }
}

TEST_F(SupervisorTest, AKilledChildIsBackAtOnceAndTheOthersDoNotNotice) {
  std::vector<SupervisedChild> children = {Fake("sad", {"serve"}), Fake("espd", {"serve"})};
  Supervisor supervisor(std::move(children), &clock_, &rng_);
  During(supervisor, [&] {
    WaitFor([&] { return Events().size() == 2; });
    const auto before = supervisor.List();
    kill(before[0].pid, SIGKILL);
    WaitFor([&] { return Events().size() == 3; });
    WaitFor([&] { return supervisor.List()[0].restarts == 1; });
    const auto after = supervisor.List();
    EXPECT_NE(after[0].pid, before[0].pid);
    EXPECT_EQ(after[0].last_end, "signal 9 (Killed)");
    EXPECT_EQ(after[1].pid, before[1].pid);
    EXPECT_EQ(after[1].restarts, 0u);
  });
}

TEST_F(SupervisorTest, AChildThatAlwaysDiesIsStartedLessAndLessOften) {
  std::vector<SupervisedChild> children = {Fake("iked", {"exit", "3"})};
  Supervisor supervisor(std::move(children), &clock_, &rng_);
  const absl::Time begin = absl::Now();
  During(supervisor, [&] {
    WaitFor([&] { return supervisor.List()[0].restarts == 4; });
    EXPECT_EQ(supervisor.List()[0].last_end, "exit 3");
  });
  // 0 + 100 + 200 + 400 ms, each at most a quarter shorter.
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(525));
}

TEST_F(SupervisorTest, AChildThatDoesNotStopIsKilledInTheEnd) {
  std::vector<SupervisedChild> children = {Fake("iked", {"stubborn"})};
  Supervisor supervisor(std::move(children), &clock_, &rng_);
  const absl::Time begin = absl::Now();
  EXPECT_FALSE(During(supervisor, [&] { WaitFor([&] { return Events().size() == 1; }); }));
  EXPECT_LT(absl::Now() - begin, Supervisor::kStopWithin + absl::Seconds(5));
  EXPECT_EQ(Count("iked told to stop"), 1u);
  EXPECT_EQ(supervisor.List()[0].last_end, "signal 9 (Killed)");
}

TEST_F(SupervisorTest, DescriptorsAndAFreshSocketComeWithEveryRun) {
  base::UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  SupervisedChild child = Fake("espd", {"serve"});
  child.spec.descriptors = {{"esp4500-4.0", null.get()}, {"tun.0", null.get()}};
  child.socket = daemon::SocketFile{.path = directory_ + "/espd.sock"};
  Supervisor supervisor({child}, &clock_, &rng_);
  During(supervisor, [&] {
    WaitFor([&] { return daemon::ListenerOf(directory_ + "/espd.sock").ok(); });
    const pid_t first = *daemon::ListenerOf(directory_ + "/espd.sock");
    EXPECT_EQ(first, supervisor.List()[0].pid);  // listen(2) stamps the child, not us
    kill(first, SIGKILL);
    WaitFor([&] {
      auto listener = daemon::ListenerOf(directory_ + "/espd.sock");
      return listener.ok() && *listener != first;
    });
  });
  EXPECT_EQ(Count("espd started with esp4500-4.0:tun.0:listen"), 2u);
}

TEST_F(SupervisorTest, AProgramThatIsNotThereIsAnErrorWithItsPath) {
  SupervisedChild missing;
  missing.spec = {.name = "metricsd", .argv = {directory_ + "/metricsd"}, .descriptors = {}};
  Supervisor supervisor({Fake("sad", {"serve"}), missing}, &clock_, &rng_);
  const absl::Status status = supervisor.Start();
  EXPECT_THAT(std::string(status.message()), HasSubstr(directory_ + "/metricsd"));
  EXPECT_EQ(supervisor.List()[0].pid, 0);  // nothing is left running
}

}  // namespace
}  // namespace culvert::culvertd
