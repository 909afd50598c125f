// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "libs/daemon/testing/in_child.h"

namespace culvert::daemon {
namespace {

TEST(StopSignal, IsAReadableDescriptorThatStaysSo) {
  for (int number : {SIGTERM, SIGINT}) {
    EXPECT_EQ(InChild([&] {
                StopSignal stop;
                REQUIRE_CHILD(!stop.requested());
                kill(getpid(), number);
                REQUIRE_CHILD(stop.Wait(absl::Seconds(10)));
                REQUIRE_CHILD(stop.requested());
              }),
              0);
  }
}

TEST(StopSignal, CanComeFromWithin) {
  EXPECT_EQ(InChild([] {
              StopSignal stop;
              StopSignal::Request();
              REQUIRE_CHILD(stop.Wait(absl::Seconds(10)));
            }),
            0);
}

TEST(StopSignal, WaitEnds) {
  EXPECT_EQ(InChild([] { REQUIRE_CHILD(!StopSignal().Wait(absl::Milliseconds(1))); }), 0);
}

}  // namespace
}  // namespace culvert::daemon
