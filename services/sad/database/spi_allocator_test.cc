// SPDX-License-Identifier: Apache-2.0
#include "services/sad/database/spi_allocator.h"

#include <gtest/gtest.h>

#include <set>

#include "kmod/core/spi.h"
#include "services/sad/testing/fixtures.h"

namespace culvert::sad {
namespace {

class SpiAllocatorTest : public ::testing::Test {
 protected:
  CountingRng rng_;
  SpiAllocator spis_{rng_};
};

TEST_F(SpiAllocatorTest, BlocksOfDistinctSpisAboveTheReservedOnes) {
  std::set<uint32_t> seen;
  for (int block = 0; block < 16; ++block) {
    const std::vector<uint32_t> spis = *spis_.Lease(64);
    seen.insert(spis.begin(), spis.end());
  }
  EXPECT_EQ(seen.size(), 1024u);
  EXPECT_GT(*seen.begin(), 255u);
  EXPECT_EQ(spis_.leased(), 1024u);
}

TEST_F(SpiAllocatorTest, LeaseSizesAreBounded) {
  EXPECT_TRUE(absl::IsInvalidArgument(spis_.Lease(0).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(spis_.Lease(SpiAllocator::kMaxLease + 1).status()));
}

TEST_F(SpiAllocatorTest, OnlyALeasedSpiIsUsedAndOnlyOnce) {
  const uint32_t spi = spis_.Lease(1)->front();
  EXPECT_FALSE(spis_.Use(spi ^ 1).ok()) << "the slot is right, the SPI is not";
  EXPECT_FALSE(spis_.Use(0).ok());
  EXPECT_FALSE(spis_.Use(0xffffffff).ok());
  EXPECT_TRUE(spis_.Use(spi).ok());
  EXPECT_FALSE(spis_.Use(spi).ok());
  spis_.Unuse(spi);
  EXPECT_TRUE(spis_.Use(spi).ok());
  spis_.Free(spi);
  EXPECT_FALSE(spis_.Use(spi).ok());
}

TEST_F(SpiAllocatorTest, AFreedSlotRestsAndComesBackWithAnotherGeneration) {
  const uint32_t spi = spis_.Lease(1)->front();
  ASSERT_TRUE(spis_.Use(spi).ok());
  spis_.Free(spi);
  for (int i = 0; i < 4095; ++i) {
    const uint32_t next = spis_.Lease(1)->front();
    ASSERT_NE(cv_spi_slot(next), cv_spi_slot(spi)) << "reused after " << i;
    ASSERT_TRUE(spis_.Use(next).ok());
    spis_.Free(next);
  }
  uint32_t again = 0;
  for (int i = 0; i < 4096 && cv_spi_slot(again) != cv_spi_slot(spi); ++i) {
    again = spis_.Lease(1)->front();
    ASSERT_TRUE(spis_.Use(again).ok());
    spis_.Free(again);
  }
  ASSERT_EQ(cv_spi_slot(again), cv_spi_slot(spi));
  EXPECT_NE(cv_spi_generation(again), cv_spi_generation(spi));
}

TEST_F(SpiAllocatorTest, AllSlotsTaken) {
  size_t taken = 0;
  while (true) {
    auto lease = spis_.Lease(1024);
    if (!lease.ok()) {
      EXPECT_TRUE(absl::IsResourceExhausted(lease.status()));
      break;
    }
    taken += lease->size();
  }
  EXPECT_GT(taken, CV_SPI_SLOTS - 2048u);
  spis_.KeepLeases({});
  EXPECT_EQ(spis_.leased(), 0u);
  EXPECT_TRUE(spis_.Lease(1024).ok());
}

TEST_F(SpiAllocatorTest, AdoptsWhatADatapathHolds) {
  const uint32_t theirs = cv_spi_make(5, 3, 77);
  EXPECT_TRUE(spis_.Adopt(theirs));
  EXPECT_FALSE(spis_.Adopt(theirs)) << "twice";
  EXPECT_FALSE(spis_.Adopt(17)) << "reserved";
  const std::vector<uint32_t> lease = *spis_.Lease(64);
  for (uint32_t spi : lease) EXPECT_NE(cv_spi_slot(spi), 5u);
  EXPECT_EQ(spis_.used(), 1u);
}

TEST_F(SpiAllocatorTest, LeasesOfAnEarlierLifeAreKeptWhenIkedStillHoldsThem) {
  const std::vector<uint32_t> before = *spis_.Lease(3);
  SpiAllocator restarted(rng_);
  restarted.KeepLeases(before);
  EXPECT_EQ(restarted.leased(), 3u);
  EXPECT_TRUE(restarted.Use(before[1]).ok());
  const std::vector<uint32_t> fresh = *restarted.Lease(64);
  for (uint32_t spi : fresh) {
    for (uint32_t old : before) EXPECT_NE(spi, old);
  }
}

}  // namespace
}  // namespace culvert::sad
