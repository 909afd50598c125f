// SPDX-License-Identifier: Apache-2.0
// A few thousand schedules, the same each time. `./dev fuzz sim` runs as many as there is patience for.
#include <sstream>

#include "gtest/gtest.h"
#include "tests/sim/shrink.h"
#include "tests/sim/world.h"

namespace culvert::sim {
namespace {

TEST(Simulation, EveryScheduleEndsWithOneOfEach) {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    const Schedule schedule = MakeSchedule(seed);
    const auto violation = World(schedule).Run();
    ASSERT_FALSE(violation) << *violation << "\n"
                            << Shrink(schedule).ToString() << "replay: build/sim/sim --seed " << seed
                            << " --schedules 1";
  }
}

// Schedules that once left a CHILD_SA too many, or a gap.
TEST(Simulation, WhatWentWrongOnceDoesNotAgain) {
  for (const uint64_t seed : {
           47752,   // a crash and a reconfiguration with two pairs, on a network that loses
           210383,  // a rekey that lost to a new CHILD_SA of the other side: nobody closed what it had replaced
           245266,  // on a slow path, one side rekeys what it made in a collision before the other knows who won
           334801,  // the same, without traffic
       }) {
    const auto violation = World(MakeSchedule(seed)).Run();
    EXPECT_FALSE(violation) << *violation << "; seed " << seed;
  }
}

TEST(Simulation, TheSameSeedIsTheSameRun) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::ostringstream once;
    std::ostringstream again;
    World(MakeSchedule(seed), &once).Run();
    World(MakeSchedule(seed), &again).Run();
    EXPECT_EQ(once.str(), again.str()) << seed;
  }
}

}  // namespace
}  // namespace culvert::sim
