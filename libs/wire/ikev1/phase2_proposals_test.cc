// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/phase2_proposals.h"

#include <gtest/gtest.h>

namespace culvert::wire::ikev1 {
namespace {

using enum Phase2Attribute;
using Values = std::vector<std::pair<Phase2Attribute, uint64_t>>;

constexpr EncapsulationMode kTunnelMode[] = {EncapsulationMode::kTunnel};
constexpr uint32_t kOurSpi = 0xc0000001, kTheirSpi = 0xc0000002;

std::vector<ipsec::Proposal> Esp(std::initializer_list<const char*> texts) {
  std::vector<ipsec::Proposal> proposals;
  for (const char* text : texts) {
    proposals.push_back(ipsec::ParseProposal(ipsec::Protocol::kEsp, text).value());
  }
  return proposals;
}

const ipsec::Algorithm* Group(absl::string_view keyword) {
  return ipsec::FindKeyword(keyword);
}

Transform TransformOf(uint8_t number, uint8_t id, const Values& values) {
  Transform transform{number, id};
  for (const auto& [type, value] : values) transform.attributes.push_back(Attribute::Of(type, value));
  return transform;
}

SaPayload Offer(std::vector<Transform> transforms) {
  return {{{1, ProtocolId::kEsp, {0xc0, 0, 0, 2}, std::move(transforms)}}};
}

uint64_t NumberOf(const Transform& transform, Phase2Attribute type) {
  const Attribute* attribute = Find(transform.attributes, type);
  return attribute == nullptr ? 0 : attribute->Number().value();
}

// Section 19 of the field manual: every transform, authentication algorithm and group by its number (RFC 2407 4.4.4,
// 4.5, RFC 3602 5, RFC 4106 8, RFC 4868 4).
TEST(Ikev1Phase2, EveryAlgorithmByItsNumber) {
  struct Row {
    const char* text;
    uint8_t transform;
    uint64_t key_bits, authentication, group;
  };
  const Row rows[] = {
      {"des-sha1", 2, 0, 2, 0},
      {"3des-sha1", 3, 0, 2, 0},
      {"aes128-md5", 12, 128, 1, 0},
      {"aes192-sha256", 12, 192, 5, 0},
      {"aes256-sha384", 12, 256, 6, 0},
      {"aes256-sha512", 12, 256, 7, 0},
      {"aes128-sha256_96", 12, 128, 5, 0},
      {"aes128gcm16", 20, 128, 0, 0},
      {"aes192gcm16", 20, 192, 0, 0},
      {"aes256gcm16", 20, 256, 0, 0},
      {"3des-sha1-modp768", 3, 0, 2, 1},
      {"3des-sha1-modp1024", 3, 0, 2, 2},
      {"3des-sha1-modp1536", 3, 0, 2, 5},
      {"3des-sha1-modp2048", 3, 0, 2, 14},
      {"3des-sha1-modp3072", 3, 0, 2, 15},
      {"3des-sha1-modp4096", 3, 0, 2, 16},
      {"3des-sha1-modp6144", 3, 0, 2, 17},
      {"3des-sha1-modp8192", 3, 0, 2, 18},
      {"3des-sha1-ecp256", 3, 0, 2, 19},
      {"3des-sha1-ecp384", 3, 0, 2, 20},
      {"3des-sha1-ecp521", 3, 0, 2, 21},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const auto ours = Esp({row.text});
    const SaPayload offer = Phase2Offer(ours, Phase2Group(ours), kTheirSpi, {EncapsulationMode::kTunnel, {3600}});
    ASSERT_EQ(offer.proposals.size(), 1u);
    const Transform& transform = offer.proposals[0].transforms.at(0);
    EXPECT_EQ(transform.id, row.transform);
    EXPECT_EQ(NumberOf(transform, kKeyLength), row.key_bits);
    EXPECT_EQ(NumberOf(transform, kAuthentication), row.authentication);
    EXPECT_EQ(NumberOf(transform, kGroup), row.group);
    const auto choice = ChoosePhase2(ours, kTunnelMode, offer, kOurSpi);
    ASSERT_TRUE(choice.has_value());
    EXPECT_EQ(choice->suite.ToString(), row.text);
  }
}

TEST(Ikev1Phase2, ModesByTheirNumbers) {
  using enum EncapsulationMode;
  const auto ours = Esp({"aes128-sha1"});
  struct Row {
    EncapsulationMode mode;
    uint64_t number;
  };
  for (const Row& row : {Row{kTunnel, 1}, Row{kTransport, 2}, Row{kUdpTunnel, 3}, Row{kUdpTransport, 4},
                         Row{kUdpTunnelDraft, 61443}, Row{kUdpTransportDraft, 61444}}) {
    const SaPayload offer = Phase2Offer(ours, nullptr, kTheirSpi, {row.mode, {3600}});
    EXPECT_EQ(NumberOf(offer.proposals[0].transforms[0], kEncapsulationMode), row.number);
    const EncapsulationMode modes[] = {row.mode};
    EXPECT_EQ(ChoosePhase2(ours, modes, offer, kOurSpi)->terms.mode, row.mode);
  }
  EXPECT_EQ(Phase2Difference(ours, kTunnelMode, Phase2Offer(ours, nullptr, kTheirSpi, {kTransport, {3600}})),
            std::vector<std::string>{"encapsulation mode: ours Tunnel; theirs Transport"});
}

TEST(Ikev1Phase2, AProposalForEachOfOursWithOneSpi) {
  const auto ours = Esp({"aes256-aes128-sha256-modp2048", "3des-sha1-modp2048", "aes128-sha1"});
  const SaPayload offer =
      Phase2Offer(ours, Group("modp2048"), kTheirSpi, {EncapsulationMode::kUdpTunnel, {28800, 4608000}});
  ASSERT_EQ(offer.proposals.size(), 2u);  // the third is without PFS
  EXPECT_EQ(offer.proposals[0].number, 1);
  EXPECT_EQ(offer.proposals[1].number, 2);
  EXPECT_EQ(base::ToHex(offer.proposals[1].spi), "c0000002");
  EXPECT_EQ(offer.proposals[0].transforms, (std::vector<Transform>{TransformOf(1, 12,
                                                                               {{kGroup, 14},
                                                                                {kEncapsulationMode, 3},
                                                                                {kLifeType, 1},
                                                                                {kLifeDuration, 28800},
                                                                                {kLifeType, 2},
                                                                                {kLifeDuration, 4608000},
                                                                                {kAuthentication, 5},
                                                                                {kKeyLength, 256}}),
                                                                   TransformOf(2, 12,
                                                                               {{kGroup, 14},
                                                                                {kEncapsulationMode, 3},
                                                                                {kLifeType, 1},
                                                                                {kLifeDuration, 28800},
                                                                                {kLifeType, 2},
                                                                                {kLifeDuration, 4608000},
                                                                                {kAuthentication, 5},
                                                                                {kKeyLength, 128}})}));
}

// RFC 2409 5.5: one KE serves the whole offer.
TEST(Ikev1Phase2, TheGroupIsTheFirstThatIkev1Has) {
  EXPECT_EQ(Phase2Group(Esp({"aes128-sha1-x25519-modp2048"})), Group("modp2048"));
  EXPECT_EQ(Phase2Group(Esp({"aes128-sha1"})), nullptr);
  EXPECT_EQ(Phase2Group(Esp({"aes128-sha1-modpnone-modp2048"})), nullptr);
  EXPECT_EQ(Phase2Offer(Esp({"aes128-sha1-modpnone-modp2048"}), nullptr, 1, {}).proposals.size(), 1u);
  EXPECT_TRUE(Phase2Offer(Esp({"chacha20poly1305"}), nullptr, 1, {}).proposals.empty());
}

TEST(Ikev1Phase2, TheAnswerEchoesTheirTransformWithOurSpi) {
  Transform theirs{5, 12};
  theirs.attributes = {Attribute::Of(kLifeType, 1), Attribute{2, false, 0, {0, 0, 0x0e, 0x10}}};
  for (const auto& [type, value] : Values{{kKeyLength, 128}, {kAuthentication, 2}, {kEncapsulationMode, 1}}) {
    theirs.attributes.push_back(Attribute::Of(type, value));
  }
  SaPayload offer = Offer({TransformOf(1, 3, {{kEncapsulationMode, 1}, {kAuthentication, 2}}), theirs});
  const auto choice = ChoosePhase2(Esp({"aes128-sha1"}), kTunnelMode, offer, kOurSpi);
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->terms, (Phase2Terms{EncapsulationMode::kTunnel, {3600, 0}}));
  EXPECT_EQ(choice->peer_spi, kTheirSpi);
  EXPECT_EQ(choice->answer, (SaPayload{{{1, ProtocolId::kEsp, {0xc0, 0, 0, 1}, {theirs}}}}));
  EXPECT_EQ(choice->suite.dh, nullptr);
}

// RFC 4304 2.
TEST(Ikev1Phase2, ExtendedSequenceNumbersAreAnAttribute) {
  const auto both = Esp({"aes256gcm16-esn-noesn"});
  const SaPayload offer = Phase2Offer(both, nullptr, kTheirSpi, {});
  ASSERT_EQ(offer.proposals[0].transforms.size(), 2u);
  EXPECT_EQ(NumberOf(offer.proposals[0].transforms[0], kExtendedSequenceNumber), 1u);
  EXPECT_EQ(Find(offer.proposals[0].transforms[1].attributes, kExtendedSequenceNumber), nullptr);
  EXPECT_TRUE(ChoosePhase2(both, kTunnelMode, offer, 1)->suite.esn);
  EXPECT_FALSE(ChoosePhase2(Esp({"aes256gcm16"}), kTunnelMode, offer, 1)->suite.esn);
}

// RFC 2408 4.2: proposals of one number are to be taken together or not at all.
TEST(Ikev1Phase2, ABundleIsPassedOver) {
  const auto ours = Esp({"aes128-sha1", "3des-sha1"});
  SaPayload offer = Offer({TransformOf(1, 12, {{kEncapsulationMode, 1}, {kAuthentication, 2}, {kKeyLength, 128}})});
  offer.proposals.push_back({1, ProtocolId::kIpcomp, {0, 2}, {Transform{1, 2}}});
  EXPECT_FALSE(ChoosePhase2(ours, kTunnelMode, offer, kOurSpi).has_value());
  offer.proposals.push_back({2, ProtocolId::kEsp, {0xc0, 0, 0, 2}, {TransformOf(1, 3, {{kAuthentication, 2}})}});
  const auto choice = ChoosePhase2(ours, kTunnelMode, offer, kOurSpi);
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->answer.proposals[0].number, 2);
}

TEST(Ikev1Phase2, NeverChosen) {
  const auto ours = Esp({"aes128-sha1-modp2048"});
  const Values good = {{kGroup, 14}, {kEncapsulationMode, 1}, {kAuthentication, 2}, {kKeyLength, 128}};
  const auto chosen = [&](uint8_t id, Values values) {
    return ChoosePhase2(ours, kTunnelMode, Offer({TransformOf(1, id, values)}), kOurSpi).has_value();
  };
  EXPECT_TRUE(chosen(12, good));
  EXPECT_FALSE(chosen(11, good));                                                        // NULL
  EXPECT_FALSE(chosen(12, {good.begin() + 1, good.end()}));                              // no PFS
  EXPECT_FALSE(chosen(12, {{kGroup, 14}, {kEncapsulationMode, 1}, {kKeyLength, 128}}));  // nothing authenticates
  EXPECT_FALSE(chosen(12, {good.begin(), good.end() - 1}));                              // AES of no length
  const auto with = [&good](Phase2Attribute type, uint64_t value) {
    Values values = good;
    values.emplace_back(type, value);
    return values;
  };
  EXPECT_FALSE(chosen(12, with(kExtendedSequenceNumber, 1)));
  EXPECT_FALSE(chosen(12, with(kExtendedSequenceNumber, 2)));
  EXPECT_FALSE(chosen(12, with(static_cast<Phase2Attribute>(7), 12)));  // key rounds
  EXPECT_FALSE(chosen(12, with(kGroup, 14)));                           // twice
  EXPECT_FALSE(chosen(12, with(kLifeDuration, 3600)));                  // of no type
  SaPayload ah = Offer({TransformOf(1, 12, good)});
  ah.proposals[0].protocol = ProtocolId::kAh;  // AH is not offered
  EXPECT_FALSE(ChoosePhase2(ours, kTunnelMode, ah, kOurSpi).has_value());
  EXPECT_FALSE(Phase2Difference(ours, kTunnelMode, ah).empty());
}

TEST(Ikev1Phase2, AnAnswerIsOneOfOurTransformsWithTheirSpi) {
  const auto ours = Esp({"aes128-sha256_96", "3des-sha1"});
  const SaPayload sent = Phase2Offer(ours, nullptr, kOurSpi, {EncapsulationMode::kTunnel, {3600}});
  SaPayload answer = {{{1, ProtocolId::kEsp, {0xc0, 0, 0, 2}, {sent.proposals[0].transforms[0]}}}};
  const auto choice = VerifyPhase2(ours, sent, answer);
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->suite.ToString(), "aes128-sha256_96");  // what was agreed on by hand is ours
  EXPECT_EQ(choice->peer_spi, kTheirSpi);
  answer.proposals[0].transforms[0].id = 3;
  EXPECT_FALSE(VerifyPhase2(ours, sent, answer).has_value());
}

}  // namespace
}  // namespace culvert::wire::ikev1
