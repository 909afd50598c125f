// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/phase1_proposals.h"

#include <gtest/gtest.h>

namespace culvert::wire::ikev1 {
namespace {

using enum Phase1Attribute;
using Values = std::vector<std::pair<Phase1Attribute, uint64_t>>;

constexpr AuthMethod kPsk[] = {AuthMethod::kPreSharedKey};

std::vector<ipsec::Proposal> Ike(std::initializer_list<const char*> texts) {
  std::vector<ipsec::Proposal> proposals;
  for (const char* text : texts) {
    proposals.push_back(ipsec::ParseProposal(ipsec::Protocol::kIke, text).value());
  }
  return proposals;
}

Transform TransformOf(uint8_t number, const Values& values) {
  Transform transform{number};
  for (const auto& [type, value] : values) transform.attributes.push_back(Attribute::Of(type, value));
  return transform;
}

SaPayload Offer(std::vector<Transform> transforms) {
  return {{{1, ProtocolId::kIsakmp, {}, std::move(transforms)}}};
}

uint64_t NumberOf(const Transform& transform, Phase1Attribute type) {
  const Attribute* attribute = Find(transform.attributes, type);
  return attribute == nullptr ? 0 : attribute->Number().value();
}

// Section 19 of the field manual: every cipher, hash and group by its number (RFC 2409 appendix A, RFC 3602 6, RFC
// 3526, RFC 4868 4, RFC 5903 5).
TEST(Ikev1Phase1, EveryAlgorithmByItsNumber) {
  struct Row {
    const char* keyword;
    Phase1Attribute attribute;
    uint64_t value;
    uint64_t key_bits = 0;
  };
  const Row rows[] = {
      {"des", kEncryption, 1},
      {"3des", kEncryption, 5},
      {"aes128", kEncryption, 7, 128},
      {"aes192", kEncryption, 7, 192},
      {"aes256", kEncryption, 7, 256},
      {"md5", kHash, 1},
      {"sha1", kHash, 2},
      {"sha256", kHash, 4},
      {"sha384", kHash, 5},
      {"sha512", kHash, 6},
      {"modp768", kGroup, 1},
      {"modp1024", kGroup, 2},
      {"modp1536", kGroup, 5},
      {"modp2048", kGroup, 14},
      {"modp3072", kGroup, 15},
      {"modp4096", kGroup, 16},
      {"modp6144", kGroup, 17},
      {"modp8192", kGroup, 18},
      {"ecp256", kGroup, 19},
      {"ecp384", kGroup, 20},
      {"ecp521", kGroup, 21},
  };
  for (const Row& row : rows) {
    std::string text;
    for (const auto& [attribute, other] :
         {std::pair(kEncryption, "3des"), std::pair(kHash, "sha1"), std::pair(kGroup, "modp1536")}) {
      text += (text.empty() ? "" : "-") + std::string(row.attribute == attribute ? row.keyword : other);
    }
    const auto ours = Ike({text.c_str()});
    const SaPayload offer = Phase1Offer(ours, AuthMethod::kPreSharedKey, 28800);
    ASSERT_EQ(offer.proposals[0].transforms.size(), 1u) << text;
    const Transform& transform = offer.proposals[0].transforms[0];
    EXPECT_EQ(NumberOf(transform, row.attribute), row.value) << text;
    EXPECT_EQ(NumberOf(transform, kKeyLength), row.key_bits) << text;
    const auto choice = ChoosePhase1(ours, kPsk, offer);
    ASSERT_TRUE(choice.has_value()) << text;
    EXPECT_EQ(choice->suite.ToString(), text);
  }
}

TEST(Ikev1Phase1, ATransformForEachCombinationInOrder) {
  const SaPayload offer =
      Phase1Offer(Ike({"aes256-aes128-sha256-modp2048", "3des-sha1-modp1536"}), AuthMethod::kRsaSignature, 86400);
  ASSERT_EQ(offer.proposals.size(), 1u);
  const Proposal& proposal = offer.proposals[0];
  EXPECT_EQ(proposal.protocol, ProtocolId::kIsakmp);
  EXPECT_TRUE(proposal.spi.empty());
  EXPECT_EQ(proposal.transforms, (std::vector<Transform>{TransformOf(1, {{kEncryption, 7},
                                                                         {kKeyLength, 256},
                                                                         {kHash, 4},
                                                                         {kGroup, 14},
                                                                         {kAuthentication, 3},
                                                                         {kLifeType, 1},
                                                                         {kLifeDuration, 86400}}),
                                                         TransformOf(2, {{kEncryption, 7},
                                                                         {kKeyLength, 128},
                                                                         {kHash, 4},
                                                                         {kGroup, 14},
                                                                         {kAuthentication, 3},
                                                                         {kLifeType, 1},
                                                                         {kLifeDuration, 86400}}),
                                                         TransformOf(3, {{kEncryption, 5},
                                                                         {kHash, 2},
                                                                         {kGroup, 5},
                                                                         {kAuthentication, 3},
                                                                         {kLifeType, 1},
                                                                         {kLifeDuration, 86400}})}));
}

// An AUTO tunnel has proposals for IKEv2 beside.
TEST(Ikev1Phase1, WhatIkev1HasNotIsLeftOut) {
  const SaPayload offer = Phase1Offer(Ike({"aes256gcm16-prfsha384-x25519", "aes128-sha256-x25519-modp2048"}),
                                      AuthMethod::kPreSharedKey, 28800);
  ASSERT_EQ(offer.proposals[0].transforms.size(), 1u);
  EXPECT_EQ(NumberOf(offer.proposals[0].transforms[0], kGroup), 14u);
}

TEST(Ikev1Phase1, NoMoreTransformsThanThereAreNumbers) {
  const auto everything =
      Ike({"des-3des-aes128-aes192-aes256-md5-sha1-sha256-sha384-sha512-modp768-modp1024-modp1536-modp2048-modp3072-"
           "modp4096-"
           "modp6144-modp8192-ecp256-ecp384-ecp521"});
  const SaPayload offer = Phase1Offer(everything, AuthMethod::kPreSharedKey, 28800);
  EXPECT_EQ(offer.proposals[0].transforms.size(), 255u);
  EXPECT_EQ(offer.proposals[0].transforms.back().number, 255);
}

// RFC 2409 5: the attributes of the chosen offer come back as they were sent, in their order and form.
TEST(Ikev1Phase1, TheAnswerEchoesTheirTransform) {
  Transform theirs{7};
  theirs.attributes = {Attribute{12, false, 0, {0, 0, 0x70, 0x80}}};
  theirs.attributes.insert(theirs.attributes.begin(), Attribute::Of(kLifeType, 1));
  for (const auto& [type, value] : Values{{kGroup, 5}, {kAuthentication, 1}, {kHash, 2}, {kEncryption, 5}}) {
    theirs.attributes.push_back(Attribute::Of(type, value));
  }
  SaPayload offer = Offer({TransformOf(3, {{kEncryption, 1}, {kHash, 1}, {kGroup, 1}, {kAuthentication, 1}}), theirs});
  offer.proposals[0].number = 0;
  offer.proposals[0].spi = base::Bytes(8, 1);  // of no meaning (RFC 2408 3.5)
  const auto choice = ChoosePhase1(Ike({"3des-sha1-modp1536"}), kPsk, offer);
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->suite.ToString(), "3des-sha1-modp1536");
  EXPECT_EQ(choice->life_seconds, 28800u);
  EXPECT_EQ(choice->answer, (SaPayload{{{0, ProtocolId::kIsakmp, {}, {theirs}}}}));
}

TEST(Ikev1Phase1, OurOrderDecides) {
  const SaPayload offer =
      Phase1Offer(Ike({"3des-sha1-modp1536", "aes256-sha256-modp2048"}), AuthMethod::kPreSharedKey, 28800);
  EXPECT_EQ(ChoosePhase1(Ike({"aes256-sha256-modp2048", "3des-sha1-modp1536"}), kPsk, offer)->suite.ToString(),
            "aes256-sha256-modp2048");
}

TEST(Ikev1Phase1, OnlyAMethodOfOurs) {
  const auto ours = Ike({"aes128-sha1-modp2048"});
  const SaPayload offer = Phase1Offer(ours, AuthMethod::kXauthInitPreShared, 28800);
  EXPECT_FALSE(ChoosePhase1(ours, kPsk, offer).has_value());
  EXPECT_EQ(Phase1Difference(ours, kPsk, offer),
            std::vector<std::string>{"authentication method: ours PSK; theirs XAUTHInitPreShared"});
  const AuthMethod both[] = {AuthMethod::kPreSharedKey, AuthMethod::kXauthInitPreShared};
  EXPECT_EQ(ChoosePhase1(ours, both, offer)->method, AuthMethod::kXauthInitPreShared);
  EXPECT_TRUE(Phase1Difference(ours, both, offer).empty());
}

TEST(Ikev1Phase1, TheDifferenceInWords) {
  EXPECT_EQ(Phase1Difference(Ike({"aes256-sha256-modp2048"}), kPsk,
                             Phase1Offer(Ike({"aes256-sha256-modp1024"}), AuthMethod::kPreSharedKey, 28800)),
            std::vector<std::string>{"DH: ours modp2048; theirs modp1024"});
}

TEST(Ikev1Phase1, NeverChosen) {
  const auto ours = Ike({"aes128-sha1-modp2048"});
  const Values good = {{kEncryption, 7}, {kKeyLength, 128}, {kHash, 2}, {kGroup, 14}, {kAuthentication, 1}};
  const auto chosen = [&](Values extra, Values base) {
    base.insert(base.end(), extra.begin(), extra.end());
    return ChoosePhase1(ours, kPsk, Offer({TransformOf(1, base)})).has_value();
  };
  EXPECT_TRUE(chosen({}, good));
  EXPECT_TRUE(chosen({{kLifeType, 2}, {kLifeDuration, 4608000}, {kLifeType, 1}, {kLifeDuration, 3600}}, good));
  EXPECT_FALSE(chosen({{kPrf, 1}}, good));                             // a PRF of its own
  EXPECT_FALSE(chosen({{static_cast<Phase1Attribute>(6), 7}}, good));  // a group spelled out
  EXPECT_FALSE(chosen({{kLifeDuration, 3600}}, good));                 // of no type
  EXPECT_FALSE(chosen({{kLifeType, 1}, {kLifeDuration, 0}}, good));
  EXPECT_FALSE(chosen({{kLifeType, 3}, {kLifeDuration, 1}}, good));
  EXPECT_FALSE(chosen({{kGroup, 14}}, good));  // twice
  EXPECT_FALSE(chosen({{kEncryption, 7}}, good));
  EXPECT_FALSE(chosen({}, {good.begin(), good.end() - 1}));                                      // no method
  EXPECT_FALSE(chosen({}, {good.begin() + 1, good.end()}));                                      // no cipher
  EXPECT_FALSE(chosen({}, {{kEncryption, 7}, {kHash, 2}, {kGroup, 14}, {kAuthentication, 1}}));  // AES of no length
  EXPECT_FALSE(chosen({}, {{kEncryption, 0x10007}, {kKeyLength, 128}, {kHash, 2}, {kGroup, 14}, {kAuthentication, 1}}));
  SaPayload esp = Offer({TransformOf(1, good)});
  esp.proposals[0].protocol = ProtocolId::kEsp;
  EXPECT_FALSE(ChoosePhase1(ours, kPsk, esp).has_value());
  SaPayload bundle = Offer({TransformOf(1, good)});
  bundle.proposals.push_back(bundle.proposals[0]);
  EXPECT_FALSE(ChoosePhase1(ours, kPsk, bundle).has_value());
  Transform other = TransformOf(1, good);
  other.id = 2;
  EXPECT_FALSE(ChoosePhase1(ours, kPsk, Offer({other})).has_value());
}

TEST(Ikev1Phase1, AnAnswerIsOneOfOurTransformsUnchanged) {
  const auto ours = Ike({"aes256-sha256-modp2048", "3des-sha1-modp1536"});
  const SaPayload sent = Phase1Offer(ours, AuthMethod::kPreSharedKey, 28800);
  const auto verify = [&](auto change) {
    SaPayload answer = {{{1, ProtocolId::kIsakmp, {}, {sent.proposals[0].transforms[1]}}}};
    change(answer);
    return VerifyPhase1(ours, sent, answer);
  };
  const auto good = verify([](SaPayload&) {});
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->suite.ToString(), "3des-sha1-modp1536");
  EXPECT_EQ(good->method, AuthMethod::kPreSharedKey);
  EXPECT_EQ(good->life_seconds, 28800u);
  const auto attributes = [](SaPayload& sa) -> std::vector<Attribute>& {
    return sa.proposals[0].transforms[0].attributes;
  };
  // Peers write the same number in another form, or in another order.
  EXPECT_TRUE(verify([&](SaPayload& sa) { attributes(sa).back() = {12, false, 0, {0, 0, 0x70, 0x80}}; }).has_value());
  EXPECT_TRUE(verify([&](SaPayload& sa) { std::swap(attributes(sa)[0], attributes(sa)[1]); }).has_value());
  EXPECT_FALSE(verify([&](SaPayload& sa) { attributes(sa).pop_back(); }).has_value());
  EXPECT_FALSE(verify([&](SaPayload& sa) { attributes(sa).back() = Attribute::Of(kLifeDuration, 3600); }).has_value());
  EXPECT_FALSE(verify([&](SaPayload& sa) { attributes(sa).push_back(Attribute::Of(kPrf, 1)); }).has_value());
  EXPECT_FALSE(verify([&](SaPayload& sa) { attributes(sa)[0] = Attribute::Of(kEncryption, 1); }).has_value());
  EXPECT_FALSE(verify([&](SaPayload& sa) { sa.proposals[0].transforms = sent.proposals[0].transforms; }).has_value());
  EXPECT_FALSE(verify([&](SaPayload& sa) { sa.proposals[0].transforms.clear(); }).has_value());
  EXPECT_FALSE(verify([&](SaPayload& sa) { sa.proposals.push_back(sa.proposals[0]); }).has_value());
  EXPECT_FALSE(verify([&](SaPayload& sa) { sa.proposals[0].protocol = ProtocolId::kEsp; }).has_value());
}

}  // namespace
}  // namespace culvert::wire::ikev1
