// SPDX-License-Identifier: Apache-2.0
// Quick Mode between two engines (RFC 2409 5.5).
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/wire/ike_header.h"
#include "services/iked/engine/ikev1/testing/tunnel.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The `count`-th Quick Mode message is lost, once.
auto Losing(int count) {
  return [count, seen = 0](InFlight& flight) mutable { return !IsQuick(flight) || ++seen != count; };
}

TEST(QuickMode, ThreeMessagesMakeAChildSa_4) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  EXPECT_THAT(wire.log, ElementsAre("a MAIN", "b MAIN", "a MAIN", "b MAIN", "a MAIN", "b MAIN",  // Phase 1
                                    "a QUICK", "b QUICK", "a QUICK"));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.IkeSa().children.front().pfs, "ecp256");
  EXPECT_EQ(wire.a.Child().sa.activation, Activation::kNow);
  EXPECT_EQ(wire.b.Child().sa.activation, Activation::kNow);
  ExpectCarries(wire.a, wire.b);
}

TEST(QuickMode, WithoutPfsKeysComeFromPhase1) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel("aes256-sha512-ecp384", "aes256-sha512"));
  EXPECT_EQ(wire.a.IkeSa().children.front().pfs, "NONE");
  ExpectCarries(wire.a, wire.b);
}

TEST(QuickMode, EverySuiteOfTheManual_19) {
  for (const char* esp : {"3des-sha1-modp1536", "des-md5-modp768", "aes192-sha384-modp1024", "aes128gcm16-ecp256"}) {
    SCOPED_TRACE(esp);
    MockWire wire;
    wire.Connect(Ikev1Tunnel("3des-sha1-modp1536", esp));
    EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
    ExpectCarries(wire.a, wire.b);
  }
}

TEST(QuickMode, EachPairHasItsOwn_17) {
  MockWire wire;
  wire.Connect(SixPairs());
  EXPECT_EQ(wire.a.LiveChildren().size(), 6u);
  EXPECT_EQ(Count(wire.log, "a QUICK"), 12);  // messages 1 and 3
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(QuickMode, AnotherPairIsRefusedAndExplained_10) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Ikev1Tunnel());
  of_b.remote_subnets = Subnets({"10.1.0.0/16"});  // contains a's, which is not enough
  wire.b.Configure({of_b});
  wire.a.Configure({Ikev1Tunnel()});
  wire.Run();
  ASSERT_NE(wire.a.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kTrafficSelectorsUnacceptable);
  EXPECT_EQ(wire.a.LastDiagnosis()->phase, Phase::kQuickMode);
  ASSERT_NE(wire.b.LastDiagnosis(), nullptr);
  EXPECT_THAT(wire.b.LastDiagnosis()->summary, HasSubstr("10.1.0.0/24"));
  EXPECT_NE(wire.a.Tunnel().state, TunnelState::kUp);
}

// Many peers drop a Quick Mode that they refuse.
TEST(QuickMode, SilenceIsARefusal) {
  MockWire wire;
  wire.passes = [](InFlight& flight) { return flight.text != "b QUICK" && flight.text != "b INFORMATIONAL"; };
  wire.Connect(Ikev1Tunnel());
  wire.Advance(absl::Seconds(25));
  ASSERT_NE(wire.a.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kTrafficSelectorsUnacceptable);
  EXPECT_THAT(wire.a.LastDiagnosis()->summary, HasSubstr("did not answer Quick Mode"));
}

TEST(QuickMode, SuitesThatDoNotMeetAreExplained) {
  MockWire wire;
  wire.b.Configure({Mirror(Ikev1Tunnel("aes128-sha256-ecp256", "aes256-sha512-ecp256"))});
  wire.a.Configure({Ikev1Tunnel()});
  wire.Run();
  ASSERT_NE(wire.b.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kEspProposalMismatch);
  EXPECT_THAT(wire.b.LastDiagnosis()->summary, HasSubstr("ENCR: ours aes256; theirs aes128"));
  ASSERT_NE(wire.a.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kEspProposalMismatch);
}

// One Quick Mode offers one group: a peer that wants our second choice refuses the first.
TEST(QuickMode, TheNextGroupIsTriedAfterARefusal) {
  MockWire wire;
  wire.b.Configure({Mirror(Ikev1Tunnel("aes128-sha256-ecp256", "aes128-sha256-ecp384"))});
  wire.a.Configure({Ikev1Tunnel("aes128-sha256-ecp256", "aes128-sha256-ecp256-ecp384")});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.IkeSa().children.front().pfs, "ecp384");
  ExpectCarries(wire.a, wire.b);
}

TEST(QuickMode, TheShorterLifetimeHolds) {
  for (const bool shorter_here : {true, false}) {
    MockWire wire;
    TunnelConfig of_a = Ikev1Tunnel();
    TunnelConfig of_b = Mirror(of_a);
    (shorter_here ? of_a : of_b).esp_lifetime = absl::Minutes(20);
    wire.b.Configure({of_b});
    wire.a.Configure({of_a});
    wire.Run();
    // Where the responder's is the shorter one, RESPONDER-LIFETIME says so.
    EXPECT_EQ(wire.a.IkeSa().children.front().life_time, absl::Minutes(20));
    EXPECT_EQ(wire.b.IkeSa().children.front().life_time, absl::Minutes(20));
  }
}

TEST(QuickMode, KilobytesAreNegotiated) {
  MockWire wire;
  TunnelConfig of_a = Ikev1Tunnel();
  TunnelConfig of_b = Mirror(of_a);
  of_a.esp_rekey_bytes = 80'000;  // a quarter more is offered as the end
  wire.b.Configure({of_b});
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(wire.a.Child().sa.soft_bytes, 75'264u);  // three quarters of 98 KiB, which is what was said
  EXPECT_EQ(wire.b.Child().sa.hard_bytes, 100'352u);
}

class QuickModeLosing : public ::testing::TestWithParam<int> {};

TEST_P(QuickModeLosing, AnyMessageOnceStillMakesOnePair) {
  MockWire wire;
  wire.passes = Losing(GetParam());
  wire.Connect(Ikev1Tunnel());
  wire.Advance(absl::Seconds(30));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(wire.a.IkeSa().children.size(), 1u);
  EXPECT_EQ(wire.b.IkeSa().children.size(), 1u);
  ExpectCarries(wire.a, wire.b);
}

INSTANTIATE_TEST_SUITE_P(, QuickModeLosing, ::testing::Values(1, 2, 3));

TEST(QuickMode, MessagesThatComeAgainAreAnsweredAsBefore) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  const std::vector<InFlight> quick = QuickMessages(wire);
  ASSERT_EQ(quick.size(), 3u);
  wire.Inject(wire.a, quick[1].send);  // message 2
  wire.Run();
  ASSERT_EQ(QuickMessages(wire).size(), 4u);
  EXPECT_EQ(*QuickMessages(wire).back().send.bytes, *quick[2].send.bytes);  // message 3, the same octets
  EXPECT_EQ(wire.a.children.size(), 1u);
}

TEST(QuickMode, AReplayBeginsNothing) {
  MockWire wire;
  wire.Connect(Ikev1Tunnel());
  const std::vector<InFlight> quick = QuickMessages(wire);
  wire.Inject(wire.b, quick[0].send);
  wire.Inject(wire.b, quick[2].send);
  wire.Run();
  EXPECT_EQ(QuickMessages(wire).size(), 3u);
  EXPECT_EQ(wire.b.children.size(), 1u);
  EXPECT_EQ(wire.b.Invalid("message_id"), 1u);  // message 1 again
}

TEST(QuickMode, AChangedMessageIsNoMessage) {
  for (const int which : {1, 2, 3}) {
    SCOPED_TRACE(which);
    MockWire wire;
    wire.passes = [which, seen = 0](InFlight& flight) mutable {
      if (IsQuick(flight) && ++seen == which) {
        base::Bytes changed = *flight.send.bytes;
        changed[changed.size() - 20] ^= 1;
        flight.send.bytes = std::make_shared<const base::Bytes>(std::move(changed));
      }
      return true;
    };
    wire.Connect(Ikev1Tunnel());
    wire.Advance(absl::Seconds(30));
    EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);  // by retransmission
    EXPECT_EQ(wire.b.children.size(), 1u);
    ExpectCarries(wire.a, wire.b);
  }
}

TEST(QuickMode, TheCommitBitIsIgnored) {
  MockWire wire;
  wire.passes = [](InFlight& flight) {
    if (IsQuick(flight)) {
      base::Bytes changed = *flight.send.bytes;
      changed[19] |= wire::kFlagV1Commit;
      flight.send.bytes = std::make_shared<const base::Bytes>(std::move(changed));
    }
    return true;
  };
  wire.Connect(Ikev1Tunnel());
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

TEST(QuickMode, ARefusalOfTheDatapathIsNotAnswered) {
  MockWire wire;
  wire.b.install_status = absl::ResourceExhaustedError("full");
  wire.Connect(Ikev1Tunnel());
  EXPECT_TRUE(wire.a.LiveChildren().empty());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kInstallFailed);
  wire.b.install_status = absl::OkStatus();
  wire.Advance(absl::Seconds(30));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

}  // namespace
}  // namespace culvert::iked::testing
