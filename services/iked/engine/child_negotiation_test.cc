// SPDX-License-Identifier: Apache-2.0
// What an answer to our offer may say (RFC 7296 2.7, 2.9): it chooses and narrows; it does not add.
#include "services/iked/engine/child_negotiation.h"

#include "gtest/gtest.h"
#include "libs/wire/ikev2/proposal_mapping.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked {
namespace {

using wire::ikev2::Message;
using wire::ikev2::PayloadType;
using wire::ikev2::TsPayload;

class CheckAnswerTest : public ::testing::Test {
 protected:
  CheckAnswerTest() {
    offer_.offered = testing::Esp({"aes256gcm16", "aes128-sha256"});
    offer_.local = {*ipsec::TrafficSelector::Parse("10.1.0.0/24")};
    offer_.remote = {*ipsec::TrafficSelector::Parse("10.2.0.0/24")};
    sa_.config = std::make_shared<const TunnelConfig>();
  }

  ChildOutcome Check(absl::string_view suite, base::Bytes spi, absl::string_view local, absl::string_view remote) {
    Message answer;
    answer.payloads.push_back(wire::ikev2::ToSaPayload(testing::Esp({std::string(suite)}), spi));
    answer.payloads.push_back({PayloadType::kTsI, TsPayload{{*ipsec::TrafficSelector::Parse(local)}}});
    answer.payloads.push_back({PayloadType::kTsR, TsPayload{{*ipsec::TrafficSelector::Parse(remote)}}});
    return CheckAnswer(core_, sa_, answer, Phase::kIkeAuth, offer_);
  }
  const base::Bytes spi_ = {0x12, 0x34, 0x56, 0x78};

  testing::VirtualClock clock_;
  testing::SeededRng rng_{1};
  Core core_{clock_, rng_, 0};
  IkeSa sa_;
  ChildNegotiation offer_;
};

TEST_F(CheckAnswerTest, OneOfOursIsTaken) {
  const ChildOutcome outcome = Check("aes128-sha256", spi_, "10.1.0.0/24", "10.2.0.0/24");
  const auto* granted = std::get_if<ChildNegotiation>(&outcome);
  ASSERT_NE(granted, nullptr);
  EXPECT_EQ(granted->spi_out, 0x12345678u);
  EXPECT_EQ(granted->suite.ToString(), "aes128-sha256");
  EXPECT_FALSE(granted->narrowed);
}

TEST_F(CheckAnswerTest, LessIsNarrowed) {
  const ChildOutcome outcome = Check("aes256gcm16", spi_, "10.1.0.0/25", "10.2.0.0/24");
  const auto* granted = std::get_if<ChildNegotiation>(&outcome);
  ASSERT_NE(granted, nullptr);
  EXPECT_TRUE(granted->narrowed);
}

TEST_F(CheckAnswerTest, MoreIsRefused) {
  for (const auto& [local, remote] : std::vector<std::pair<const char*, const char*>>{
           {"10.1.0.0/23", "10.2.0.0/24"}, {"10.1.0.0/24", "0.0.0.0/0"}, {"2001:db8::/32", "10.2.0.0/24"}}) {
    const ChildOutcome outcome = Check("aes256gcm16", spi_, local, remote);
    const auto* refusal = std::get_if<Refusal>(&outcome);
    ASSERT_NE(refusal, nullptr) << local << " " << remote;
    EXPECT_EQ(refusal->diagnosis.code, DiagnosisCode::kTrafficSelectorsUnacceptable);
  }
}

TEST_F(CheckAnswerTest, AForeignSuiteOrNoSpiIsRefused) {
  EXPECT_TRUE(std::holds_alternative<Refusal>(Check("aes128gcm16", spi_, "10.1.0.0/24", "10.2.0.0/24")));
  EXPECT_TRUE(std::holds_alternative<Refusal>(Check("aes256gcm16", {}, "10.1.0.0/24", "10.2.0.0/24")));
  EXPECT_TRUE(std::holds_alternative<Refusal>(Check("aes256gcm16", {0, 0, 0, 0}, "10.1.0.0/24", "10.2.0.0/24")));
}

}  // namespace
}  // namespace culvert::iked
