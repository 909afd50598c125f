// SPDX-License-Identifier: Apache-2.0
// A few thousand schedules, the same each time. `./dev fuzz sim` runs as many as there is patience for.
#include "gtest/gtest.h"
#include "tests/sim/shrink.h"
#include "tests/sim/world.h"

namespace culvert::sim {
namespace {

void Run(uint64_t first, uint64_t count) {
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const Schedule schedule = MakeSchedule(seed);
    const auto violation = World(schedule).Run();
    ASSERT_FALSE(violation) << *violation << "\n"
                            << Shrink(schedule).ToString() << "replay: build/sim/sim --seed " << seed
                            << " --schedules 1";
  }
}

TEST(Simulation, EverySchedulesEndsWithOneOfEach) {
  Run(1, 3000);
}

TEST(Simulation, TheSameSeedIsTheSameRun) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(MakeSchedule(seed).ToString(), MakeSchedule(seed).ToString());
  }
}

}  // namespace
}  // namespace culvert::sim
