// SPDX-License-Identifier: Apache-2.0
#include "services/sad/guard/region.h"

#include <gmock/gmock.h>

#include <random>

#include "services/sad/testing/fixtures.h"

namespace culvert::sad {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(Subtract, LeavesTheSiblings) {
  EXPECT_THAT(Subtract(P("10.0.0.0/8"), P("10.128.0.0/10")), UnorderedElementsAre(P("10.0.0.0/9"), P("10.192.0.0/10")));
  EXPECT_THAT(Subtract(P("::/0"), P("8000::/1")), ElementsAre(P("::/1")));
  EXPECT_THAT(Subtract(P("10.1.0.0/24"), P("10.0.0.0/8")), IsEmpty());
  EXPECT_THAT(Subtract(P("10.1.0.0/24"), P("10.1.0.0/24")), IsEmpty());
}

TEST(Disjoint, ABranchInsideADefaultRoute) {
  const Region branch{P("10.1.0.0/24"), P("128.0.0.0/2"), 0};
  const Region everything{P("10.1.0.0/24"), P("0.0.0.0/0"), 1};
  EXPECT_THAT(Disjoint({branch, everything}), UnorderedElementsAre(branch, Region{P("10.1.0.0/24"), P("0.0.0.0/1"), 1},
                                                                   Region{P("10.1.0.0/24"), P("192.0.0.0/2"), 1}));
  EXPECT_THAT(Disjoint({everything, branch}), ElementsAre(everything)) << "the earlier one has it all";
}

TEST(Disjoint, FamiliesDoNotMeet) {
  const Region v4{P("0.0.0.0/0"), P("0.0.0.0/0"), 0};
  const Region v6{P("::/0"), P("::/0"), 1};
  EXPECT_THAT(Disjoint({v4, v6}), UnorderedElementsAre(v4, v6));
}

// Against the definition: each pair of addresses belongs to the first region that holds it, and to exactly one piece.
TEST(Disjoint, AgreesWithAListSearch) {
  std::mt19937 random(7);
  auto address = [&] { return base::IpAddress::V4(0x0a000000 | (random() & 0xff)); };
  auto prefix = [&] { return base::Prefix{address(), 24 + static_cast<int>(random() % 9)}.Masked(); };
  for (int round = 0; round < 200; ++round) {
    std::vector<Region> regions;
    for (uint32_t i = 0; i < 12; ++i) regions.push_back({prefix(), prefix(), i});
    const std::vector<Region> pieces = Disjoint(regions);
    for (int probe = 0; probe < 200; ++probe) {
      const base::IpAddress local = address(), remote = address();
      auto holds = [&](const Region& r) { return r.local.Contains(local) && r.remote.Contains(remote); };
      const auto want = std::find_if(regions.begin(), regions.end(), holds);
      ASSERT_EQ(std::count_if(pieces.begin(), pieces.end(), holds), want != regions.end());
      if (want == regions.end()) continue;
      ASSERT_EQ(std::find_if(pieces.begin(), pieces.end(), holds)->tunnel, want->tunnel);
    }
  }
}

}  // namespace
}  // namespace culvert::sad
