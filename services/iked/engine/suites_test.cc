// SPDX-License-Identifier: Apache-2.0
// Every combination of the manual's three lists, in both phases: a tunnel between two engines.
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

constexpr const char* kEncryption[] = {"des", "3des", "aes128", "aes192", "aes256"};
constexpr const char* kHash[] = {"md5", "sha1", "sha256", "sha384", "sha512"};
constexpr const char* kGroup[] = {"modp768", "modp1024", "modp1536", "modp2048", "modp3072", "modp4096"};

using Words = std::tuple<const char*, const char*, const char*>;

class Section19 : public ::testing::TestWithParam<Words> {};  // of fields.md

TEST_P(Section19, EveryCombinationOfTheManualComesUp) {
  const auto& [encryption, hash, group] = GetParam();
  const std::string proposal = absl::StrCat(encryption, "-", hash, "-", group);
  MockWire wire;
  wire.Connect(Tunnel(proposal, proposal));
  ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.IkeSa().suite, proposal);
  EXPECT_EQ(wire.b.IkeSa().suite, proposal);
  EXPECT_EQ(wire.a.Child().sa.suite, absl::StrCat(encryption, "-", hash));
  ExpectCarries(wire.a, wire.b);
}

std::string NameOfWords(const ::testing::TestParamInfo<Words>& words) {
  return absl::StrCat(std::get<0>(words.param), "_", std::get<1>(words.param), "_", std::get<2>(words.param));
}
INSTANTIATE_TEST_SUITE_P(Suites, Section19,
                         ::testing::Combine(::testing::ValuesIn(kEncryption), ::testing::ValuesIn(kHash),
                                            ::testing::ValuesIn(kGroup)),
                         NameOfWords);

// The group of ESP is used at the first rekey and not before (RFC 7296 1.2).
class EveryGroup : public ::testing::TestWithParam<const ipsec::Algorithm*> {};

TEST_P(EveryGroup, MakesTheIkeSaAndTheKeysOfARekey) {
  const std::string group(GetParam()->keyword);
  MockWire wire;
  wire.Connect(Tunnel("aes128gcm16-prfsha256-" + group, "aes128gcm16-" + group));
  ASSERT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.IkeSa().suite, "aes128gcm16-prfsha256-" + group);
  EXPECT_EQ(wire.a.IkeSa().children.front().pfs, "UNVERIFIED");
  wire.a.Handle(Rekey{.request = 1, .tunnel = "t", .part = Part::kChild});
  wire.Run();
  EXPECT_EQ(wire.a.IkeSa().children.front().pfs, group);
  ExpectCarries(wire.a, wire.b);
}

std::vector<const ipsec::Algorithm*> Groups() {
  std::vector<const ipsec::Algorithm*> groups;
  for (const ipsec::Algorithm& a : ipsec::Algorithms()) {
    if (a.kind == ipsec::TransformKind::kDh && a.id != 0) groups.push_back(&a);
  }
  return groups;
}
std::string NameOfGroup(const ::testing::TestParamInfo<const ipsec::Algorithm*>& group) {
  return std::string(group.param->keyword);
}
INSTANTIATE_TEST_SUITE_P(Suites, EveryGroup, ::testing::ValuesIn(Groups()), NameOfGroup);

// On the wire both are 12: what the peer's configuration says is not seen, and nothing that it says changes ours.
TEST(Suites, Sha256Of96BitsIsNegotiatedAsSha256) {
  MockWire wire;
  const TunnelConfig of_a = Tunnel("aes128-sha256-modp2048", "aes128-sha256_96");
  TunnelConfig of_b = Mirror(of_a);
  of_b.esp_proposals = Esp({"aes128-sha256"});
  wire.b.Configure({of_b});
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(wire.a.Child().sa.suite, "aes128-sha256_96");
  EXPECT_EQ(wire.b.Child().sa.suite, "aes128-sha256");
}

}  // namespace
}  // namespace culvert::iked::testing
