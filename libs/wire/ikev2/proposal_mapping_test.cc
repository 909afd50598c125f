// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/proposal_mapping.h"

#include <gtest/gtest.h>

namespace culvert::wire::ikev2 {
namespace {

using base::Bytes;

ipsec::Proposal Ike(absl::string_view text) {
  return ipsec::ParseProposal(ipsec::Protocol::kIke, text).value();
}
ipsec::Proposal Esp(absl::string_view text) {
  return ipsec::ParseProposal(ipsec::Protocol::kEsp, text).value();
}

TEST(ProposalMapping, IkeThereAndBack) {
  const std::vector<ipsec::Proposal> ours = {Ike("aes256gcm16-prfsha384-x25519"), Ike("aes128-aes256-sha256-modp2048")};
  const SaPayload sa = ToSaPayload(ours, {});
  ASSERT_EQ(sa.proposals.size(), 2u);
  EXPECT_EQ(sa.proposals[0].transforms, (std::vector<Transform>{{1, 20, 256}, {2, 6}, {4, 31}}));
  EXPECT_EQ(sa.proposals[1].number, 2);
  EXPECT_EQ(sa.proposals[1].transforms, (std::vector<Transform>{{1, 12, 128}, {1, 12, 256}, {3, 12}, {2, 5}, {4, 14}}));
  EXPECT_EQ(FromWire(sa), ours);
}

TEST(ProposalMapping, EspSaysNoEsnAloud) {
  const Bytes spi = {1, 2, 3, 4};
  const std::vector<ipsec::Proposal> ours = {Esp("aes128-sha256")};
  const SaPayload sa = ToSaPayload(ours, spi);
  EXPECT_EQ(sa.proposals[0].protocol, ProtocolId::kEsp);
  EXPECT_EQ(sa.proposals[0].spi, spi);
  EXPECT_EQ(sa.proposals[0].transforms, (std::vector<Transform>{{1, 12, 128}, {3, 12}, {5, 0}}));
  EXPECT_TRUE(ipsec::Choose(ours, FromWire(sa)).has_value());
}

TEST(ProposalMapping, TheAnswerIsTheChosenSuiteUnderTheirNumber) {
  const auto theirs = std::vector{Ike("3des-sha1-modp1024"), Ike("aes128-aes256-sha256-ecp256-modp2048")};
  const auto choice = ipsec::Choose(std::vector{Ike("aes256-sha256-modp2048")}, theirs);
  ASSERT_TRUE(choice.has_value());
  const SaPayload answer = ToSaPayload(choice->suite, static_cast<uint8_t>(choice->theirs + 1), {});
  ASSERT_EQ(answer.proposals.size(), 1u);
  EXPECT_EQ(answer.proposals[0].number, 2);
  EXPECT_EQ(answer.proposals[0].transforms, (std::vector<Transform>{{1, 12, 256}, {3, 12}, {2, 5}, {4, 14}}));
  EXPECT_EQ(ipsec::Verify(theirs, FromWire(answer.proposals[0])), choice->suite);

  const auto esn = ipsec::Choose(std::vector{Esp("aes128gcm16-esn")}, std::vector{Esp("aes128gcm16-esn-noesn")});
  EXPECT_EQ(ToSaPayload(esn->suite, 1, Bytes(4)).proposals[0].transforms,
            (std::vector<Transform>{{1, 20, 128}, {5, 1}}));
}

TEST(ProposalMapping, WhatTheTableLacksIsKeptAsUnknown) {
  const Proposal wire{1, ProtocolId::kIke, {}, {{1, 23, 256}, {1, 12, 128}, {3, 12}, {2, 5}, {4, 99}, {6, 35}}};
  const ipsec::Proposal proposal = FromWire(wire);
  EXPECT_EQ(proposal.unknown, (std::vector<ipsec::UnknownTransform>{{1, 23, 256}, {4, 99, 0}, {6, 35, 0}}));
  EXPECT_EQ(proposal.encr.size(), 1u);
}

TEST(ProposalMapping, NeverChosen) {
  const auto ours = std::vector{Esp("aes128-sha256")};
  const std::vector<Transform> right = {{1, 12, 128}, {3, 12}, {5, 0}};
  const auto chosen = [&](ProtocolId protocol, std::vector<Transform> transforms) {
    return ipsec::Choose(ours, std::vector{FromWire(Proposal{1, protocol, Bytes(4), std::move(transforms)})})
        .has_value();
  };
  EXPECT_TRUE(chosen(ProtocolId::kEsp, right));
  EXPECT_FALSE(chosen(ProtocolId::kAh, right));  // AH is not offered
  EXPECT_FALSE(chosen(static_cast<ProtocolId>(9), right));
  EXPECT_FALSE(chosen(ProtocolId::kEsp, {{1, 12, 128, true}, {3, 12}, {5, 0}}));     // an attribute we do not know
  EXPECT_FALSE(chosen(ProtocolId::kEsp, {{1, 12, 0}, {3, 12}, {5, 0}}));             // AES without a key length
  EXPECT_FALSE(chosen(ProtocolId::kEsp, {{1, 12, 128}, {3, 12}, {4, 99}, {5, 0}}));  // only groups we do not have
  EXPECT_FALSE(chosen(ProtocolId::kEsp, {{1, 12, 128}, {3, 12}, {5, 0}, {6, 35}}));  // a kind we do not have
}

}  // namespace
}  // namespace culvert::wire::ikev2
