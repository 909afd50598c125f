// SPDX-License-Identifier: Apache-2.0
#include "services/sad/policy/suites.h"

#include <gmock/gmock.h>

namespace culvert::sad {
namespace {

using ::testing::UnorderedElementsAre;

AllowedSuites Parse(std::vector<std::string> proposals) {
  return *ParseSuites(proposals);
}

TEST(Suites, EveryCombinationWithoutTheGroup) {
  EXPECT_THAT(Parse({"aes256gcm16-x25519"}).suites, UnorderedElementsAre("aes256gcm16"));
  EXPECT_THAT(Parse({"aes128-aes256-sha1-sha256-modp2048", "3des-sha1"}).suites,
              UnorderedElementsAre("aes128-sha1", "aes128-sha256", "aes256-sha1", "aes256-sha256", "3des-sha1"));
}

TEST(Suites, TheTruncationIsPartOfTheSuite) {
  EXPECT_THAT(Parse({"aes128-sha256_96"}).suites, UnorderedElementsAre("aes128-sha256_96"));
  EXPECT_EQ(Parse({"aes128-sha256_96"}).costs.front().fixed + 4, Parse({"aes128-sha256"}).costs.front().fixed);
}

TEST(Suites, AWrongWordIsNamed) {
  const std::vector<std::string> proposals = {"aes257gcm16"};
  const auto parsed = ParseSuites(proposals);
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << parsed.status();
}

// RFC 4303: 1500 - 20 IP - 8 UDP - 8 ESP - 8 IV - 16 ICV = 1440 = padded payload and trailer.
TEST(InnerMtu, GcmOverIpv4) {
  EXPECT_EQ(InnerMtu(1500, 20, Parse({"aes256gcm16"}).costs), 1438u);
  EXPECT_EQ(InnerMtu(1500, 40, Parse({"aes256gcm16"}).costs), 1418u);
}

// CBC fills whole blocks: 1500 - 20 - 8 - 8 - 16 - 16 = 1432, of which 89 blocks of 16 are 1424.
TEST(InnerMtu, TheWorstSuiteDecides) {
  EXPECT_EQ(InnerMtu(1500, 20, Parse({"aes128-sha256"}).costs), 1422u);
  EXPECT_EQ(InnerMtu(1500, 20, Parse({"aes256gcm16", "aes128-sha256"}).costs), 1422u);
}

TEST(InnerMtu, NothingFits) {
  EXPECT_EQ(InnerMtu(60, 20, Parse({"aes256gcm16"}).costs), 0u);
}

}  // namespace
}  // namespace culvert::sad
