// SPDX-License-Identifier: Apache-2.0
// iked on one side, a datapath in memory on the other: what is asked, what is answered, what reaches the datapath.
#include "services/sad/database/database.h"

#include <gmock/gmock.h>

#include "services/sad/datapath/fake.h"
#include "services/sad/testing/fixtures.h"

namespace culvert::sad {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::VariantWith;

constexpr absl::Duration kGrace = absl::Seconds(5);

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_.SetEventSink([this](const DatapathEvent& event) { events_.push_back(event); });
    database_.Start();
    database_.SetGeneration(MakeGeneration(1, {MakeTunnel()}));
    ASSERT_TRUE(database_.SetPolicies({1, {{.tunnel = "to-b"}}}).ok());
    spis_ = *database_.LeaseSpis(64);
    datapath_.TakeTranscript();
  }
  template <typename... Operations>
  std::vector<absl::StatusCode> Apply(Operations... operations) {
    std::vector<SaOperation> batch;
    (batch.emplace_back(std::move(operations)), ...);
    std::vector<absl::StatusCode> codes;
    for (const absl::Status& status : database_.Apply(std::move(batch))) codes.push_back(status.code());
    return codes;
  }
  ChildSa Install(uint64_t id, uint64_t replaces = 0, Activation activation = Activation::kNow) {
    return MakeChildSa(id, spis_[id], replaces, activation);
  }
  TunnelReport Traffic() { return database_.ReadTraffic().tunnels.at(0); }

  ManualClock clock_;
  CountingRng rng_;
  FakeDatapath datapath_{clock_};
  Database database_{datapath_, clock_, rng_};
  std::vector<uint32_t> spis_;
  std::vector<DatapathEvent> events_;
};

constexpr auto kOk = absl::StatusCode::kOk;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;

// RFC 7296 2.8: the initiator of a rekey sends with the new pair at once and still receives with the old one.
TEST_F(DatabaseTest, RekeyOrderOfTheInitiator) {
  EXPECT_THAT(Apply(Install(1)), ElementsAre(kOk));
  EXPECT_THAT(Apply(Install(2, 1, Activation::kNow)), ElementsAre(kOk));
  EXPECT_EQ(datapath_.ActiveOf("to-b"), 2u);
  datapath_.Pass(1, 100, 0);
  EXPECT_THAT(Apply(RetireChildSa{1, kGrace}), ElementsAre(kOk));
  EXPECT_THAT(datapath_.TakeTranscript(), ElementsAre("install 1 NOW", "install 2 NOW replaces 1", "retire 1 5s"));
  EXPECT_EQ(database_.List("").size(), 2u) << "in its grace";
  clock_.Advance(kGrace);
  database_.Tick();
  EXPECT_EQ(database_.List("").size(), 1u);
}

// The responder waits until the initiator has shown that it has the new pair, or has deleted the old one.
TEST_F(DatabaseTest, RekeyOrderOfTheResponder) {
  Apply(Install(1));
  Apply(Install(2, 1, Activation::kOnFirstInbound));
  EXPECT_EQ(datapath_.ActiveOf("to-b"), 1u);
  datapath_.Pass(2, 60, 0);
  EXPECT_EQ(datapath_.ActiveOf("to-b"), 2u);
  EXPECT_THAT(events_, ElementsAre(VariantWith<FirstInbound>(FirstInbound{2})));

  Apply(Install(3, 2, Activation::kOnFirstInbound));
  Apply(RetireChildSa{2, kGrace});
  EXPECT_EQ(datapath_.ActiveOf("to-b"), 3u) << "the delete came before any packet";
}

TEST_F(DatabaseTest, AWholeRekeyInOneBatch) {
  Apply(Install(1));
  EXPECT_THAT(Apply(Install(2, 1, Activation::kOnRetire), RetireChildSa{1, kGrace}), ElementsAre(kOk, kOk));
  EXPECT_EQ(datapath_.ActiveOf("to-b"), 2u);
}

TEST_F(DatabaseTest, TheSameAgainChangesNothing) {
  Apply(Install(1));
  datapath_.TakeTranscript();
  EXPECT_THAT(Apply(Install(1), Install(1)), ElementsAre(kOk, kOk));
  ChildSa other = Install(1);
  other.info.spi_out ^= 1;
  EXPECT_THAT(Apply(std::move(other)), ElementsAre(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Apply(RetireChildSa{77, kGrace}), ElementsAre(kOk)) << "gone is what was asked for";
  EXPECT_THAT(Apply(UpdatePath{77, {}}), ElementsAre(absl::StatusCode::kNotFound));
  EXPECT_THAT(datapath_.TakeTranscript(), IsEmpty());
}

TEST_F(DatabaseTest, RefusedOnesNeverReachTheDatapathAndAreCounted) {
  ChildSa wide = Install(1);
  wide.info.remote_selectors = {ipsec::TrafficSelector::Of(P("0.0.0.0/0"))};
  ChildSa weak = Install(2);
  weak.info.suite = "des-md5";
  const ChildSa good = Install(3);
  ChildSa unleased = MakeChildSa(4, spis_[3] ^ 1);
  EXPECT_THAT(Apply(std::move(wide), std::move(weak), Install(3), std::move(unleased)),
              ElementsAre(kDenied, kDenied, kOk, kDenied));
  EXPECT_THAT(Apply(MakeChildSa(5, spis_[3])), ElementsAre(kDenied)) << "an SPI in use";
  EXPECT_THAT(datapath_.TakeTranscript(), ElementsAre("install 3 NOW"));
  EXPECT_EQ(database_.ReadTraffic().refused_operations, 4u);
}

TEST_F(DatabaseTest, APairCannotTakeOverFromAnotherTunnel) {
  database_.SetGeneration(MakeGeneration(2, {MakeTunnel(), MakeTunnel("to-c", "10.1.0.0/24", "10.3.0.0/24")}));
  Apply(Install(1));
  ChildSa thief = Install(2, 1);
  thief.info.tunnel = "to-c";
  thief.info.remote_selectors = {ipsec::TrafficSelector::Of(P("10.3.0.0/24"))};
  EXPECT_THAT(Apply(std::move(thief)), ElementsAre(kDenied));
}

TEST_F(DatabaseTest, BeforeTheFirstGenerationNothingIsJudged) {
  FakeDatapath datapath(clock_);
  Database database(datapath, clock_, rng_);
  database.Start();
  std::vector<SaOperation> batch;
  batch.emplace_back(Install(1));
  EXPECT_TRUE(absl::IsUnavailable(database.Apply(std::move(batch)).at(0)));
  EXPECT_EQ(database.ReadTraffic().refused_operations, 0u);
}

TEST_F(DatabaseTest, DisablingATunnelRetiresItsPairsAlone) {
  database_.SetGeneration(MakeGeneration(2, {MakeTunnel(), MakeTunnel("to-c", "10.1.0.0/24", "10.3.0.0/24")}));
  ChildSa other = Install(2);
  other.info.tunnel = "to-c";
  other.info.remote_selectors = {ipsec::TrafficSelector::Of(P("10.3.0.0/24"))};
  Apply(Install(1), std::move(other));
  datapath_.TakeTranscript();

  Tunnel disabled = MakeTunnel();
  disabled.enabled = false;
  database_.SetGeneration(MakeGeneration(3, {disabled, MakeTunnel("to-c", "10.1.0.0/24", "10.3.0.0/24")}));
  EXPECT_THAT(datapath_.TakeTranscript(), ElementsAre("retire 1 0"));
  EXPECT_THAT(Apply(RetireChildSa{1, kGrace}), ElementsAre(kOk)) << "iked's own word comes later";
  EXPECT_THAT(Apply(Install(3)), ElementsAre(kDenied));
}

TEST_F(DatabaseTest, CountersLiveOnThroughRekeysAndRestarts) {
  Apply(Install(1));
  datapath_.Pass(1, 1000, 500);
  Apply(Install(2, 1));
  datapath_.Pass(1, 100, 0);  // late packets of the old pair
  Apply(RetireChildSa{1, absl::ZeroDuration()});
  EXPECT_EQ(Traffic().totals.bytes_in, 1100u);
  datapath_.Pass(2, 10, 20);
  EXPECT_EQ(Traffic().totals.bytes_in, 1110u);
  datapath_.Restart(/*journal=*/true);
  datapath_.Pass(2, 1, 2);
  EXPECT_EQ(Traffic().totals.bytes_in, 1111u);
  EXPECT_EQ(Traffic().totals.bytes_out, 522u);
  EXPECT_EQ(Traffic().child_sas, 1u);
}

TEST_F(DatabaseTest, TheLastReadingIsTakenBeforeAGraceEnds) {
  Apply(Install(1));
  Apply(Install(2, 1), RetireChildSa{1, kGrace});
  const absl::Duration call_again = database_.Tick();
  EXPECT_LT(call_again, clock_.Monotonic() + kGrace);
  datapath_.Pass(1, 900, 0);
  clock_.Advance(call_again - clock_.Monotonic());
  EXPECT_EQ(database_.Tick(), call_again + absl::Milliseconds(250));
  clock_.Advance(absl::Milliseconds(250));
  EXPECT_EQ(database_.Tick(), absl::InfiniteDuration());
  EXPECT_EQ(Traffic().totals.bytes_in, 900u);
}

TEST_F(DatabaseTest, ADatapathThatLostItsPairsIsNeverGivenTheOldKeys) {
  Apply(Install(1));
  events_.clear();
  datapath_.TakeTranscript();
  datapath_.Restart(/*journal=*/false);
  EXPECT_THAT(events_, ElementsAre(VariantWith<Expire>(Expire{1, true})));
  EXPECT_THAT(datapath_.TakeTranscript(), ElementsAre("policies 1: to-b")) << "policies again, installs not";
  EXPECT_THAT(database_.List(""), IsEmpty());
}

TEST_F(DatabaseTest, ADatapathWithAJournalKeepsEverything) {
  Apply(Install(1));
  datapath_.TakeTranscript();
  datapath_.Restart(/*journal=*/true);
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_THAT(datapath_.TakeTranscript(), ElementsAre("policies 1: to-b"));
}

TEST_F(DatabaseTest, WhatWasNotHeardWhileTheDatapathWasAwayIsMadeGood) {
  Apply(Install(1));
  datapath_.SetAvailable(false);
  EXPECT_THAT(Apply(Install(2, 1)), ElementsAre(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Apply(RetireChildSa{1, kGrace}), ElementsAre(absl::StatusCode::kUnavailable));
  clock_.Advance(2 * kGrace);
  database_.Tick();
  EXPECT_THAT(database_.List(""), IsEmpty());

  datapath_.SetAvailable(true);
  datapath_.TakeTranscript();
  datapath_.Restart(/*journal=*/true);
  EXPECT_THAT(datapath_.TakeTranscript(), ElementsAre("retire 1 0", "policies 1: to-b"));
}

TEST_F(DatabaseTest, ANewSadAdoptsWhatTheDatapathHolds) {
  Apply(Install(1));
  Database restarted(datapath_, clock_, rng_);
  restarted.Start();
  ASSERT_EQ(restarted.List("to-b").size(), 1u);
  EXPECT_EQ(restarted.List("to-b")[0].info, Install(1).info);
  EXPECT_THAT(*restarted.LeaseSpis(64), Not(Contains(spis_[1])));

  Tunnel disabled = MakeTunnel();
  disabled.enabled = false;
  restarted.SetGeneration(MakeGeneration(2, {disabled}));
  restarted.Tick();
  EXPECT_THAT(restarted.List(""), IsEmpty()) << "the first generation decides";
}

TEST_F(DatabaseTest, ReconcileKeepsWhatIkedKnows) {
  Apply(Install(1), Install(2));
  datapath_.TakeTranscript();
  const std::vector<uint64_t> alive = {2, 9};
  const std::vector<uint32_t> held = {spis_[10], spis_[11]};
  database_.Reconcile(alive, held);
  EXPECT_THAT(datapath_.TakeTranscript(), ElementsAre("retire 1 0"));
  EXPECT_THAT(events_, ElementsAre(VariantWith<Expire>(Expire{9, true}))) << "iked has one that nobody holds";
  EXPECT_THAT(Apply(Install(10)), ElementsAre(kOk));
  EXPECT_THAT(Apply(Install(12)), ElementsAre(kDenied)) << "that lease was taken back";
}

}  // namespace
}  // namespace culvert::sad
