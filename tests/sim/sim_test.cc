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
