// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/descriptors.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "absl/strings/str_cat.h"
#include "libs/daemon/testing/in_child.h"

namespace culvert::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What a parent leaves behind: descriptors from 3 on, inheritable, and the variables.
void Inherit(int count, const char* names, const std::string& pid) {
  for (int i = 0; i < count; ++i) {
    const int fd = open("/dev/null", O_RDONLY);
    dup2(fd, 3 + i);
  }
  for (int fd = 3 + count; fd < 64; ++fd) close(fd);
  setenv("LISTEN_FDS", absl::StrCat(count).c_str(), 1);
  setenv("LISTEN_FDNAMES", names, 1);
  pid.empty() ? unsetenv("LISTEN_PID") : setenv("LISTEN_PID", pid.c_str(), 1);
}

TEST(Descriptors, AreTakenByName) {
  EXPECT_EQ(InChild([] {
              Inherit(3, "ike500-4:tun.0:tun.1", "");
              auto descriptors = Descriptors::FromEnvironment();
              REQUIRE_CHILD(descriptors.ok());
              REQUIRE_CHILD(fcntl(4, F_GETFD) == FD_CLOEXEC);
              REQUIRE_CHILD(getenv("LISTEN_FDS") == nullptr);
              auto ike = descriptors->Take("ike500-4");
              REQUIRE_CHILD(ike.ok() && ike->get() == 3);
              REQUIRE_CHILD(!descriptors->Take("ike500-4").ok());  // once
              auto queues = descriptors->TakeAll("tun");
              REQUIRE_CHILD(queues.size() == 2 && queues[0].get() == 4 && queues[1].get() == 5);
              REQUIRE_CHILD(descriptors->Names().empty());
            }),
            0);
}

TEST(Descriptors, OfAnotherProcessAreLeftAlone) {
  EXPECT_EQ(InChild([] {
              Inherit(1, "listen", "1");
              auto descriptors = Descriptors::FromEnvironment();
              REQUIRE_CHILD(descriptors.ok() && descriptors->Names().empty());
              REQUIRE_CHILD(fcntl(3, F_GETFD) == 0);
            }),
            0);
  EXPECT_EQ(InChild([] {
              Inherit(1, "listen", absl::StrCat(getpid()));
              REQUIRE_CHILD(Descriptors::FromEnvironment()->Has("listen"));
            }),
            0);
}

TEST(Descriptors, RefuseAContradiction) {
  const struct {
    const char *count, *names;
  } kRows[] = {{"2", "one"}, {"1", ""}, {"-1", ""}, {"many", "a"}, {"1000000", "a"}, {"1", "a:b"}};
  for (const auto& row : kRows) {
    EXPECT_EQ(InChild([&] {
                Inherit(2, row.names, "");
                setenv("LISTEN_FDS", row.count, 1);
                REQUIRE_CHILD(!Descriptors::FromEnvironment().ok());
              }),
              0)
        << row.count << " " << row.names;
  }
  EXPECT_EQ(InChild([] {
              Inherit(1, "a:b", "");
              setenv("LISTEN_FDS", "2", 1);  // 4 is closed
              REQUIRE_CHILD(!Descriptors::FromEnvironment().ok());
            }),
            0);
}

TEST(Descriptors, SayWhatThereIsWhenOneIsMissing) {
  Descriptors descriptors;
  descriptors.Add("raw50-4", base::UniqueFd(open("/dev/null", O_RDONLY)));
  EXPECT_THAT(std::string(descriptors.Take("raw50-6").status().message()),
              HasSubstr("no descriptor \"raw50-6\" was handed over; there are [raw50-4]"));
  EXPECT_THAT(descriptors.Names(), ElementsAre("raw50-4"));
}

}  // namespace
}  // namespace culvert::daemon
