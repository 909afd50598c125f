// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/transactions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "libs/daemon/status.h"
#include "services/configd/text/configuration_text.h"

namespace culvert::configd {
namespace {

using config::v1::ApplyRequest;
using config::v1::Plan;
using ::testing::HasSubstr;

class FakeClock final : public base::Clock {
 public:
  absl::Duration BootTime() const override { return boot; }
  absl::Duration Monotonic() const override { return boot; }
  absl::Time Wall() const override { return wall; }
  void Advance(absl::Duration by) {
    boot += by;
    wall += by;
  }

  absl::Duration boot = absl::Hours(1);
  absl::Time wall = absl::FromUnixSeconds(1'800'000'000);
};

constexpr char kSecret[] = R"(
secrets:
  - { name: psk-b, psk: "correct horse battery staple", selectors: [gw-b.example] }
)";

std::string TunnelText(absl::string_view name, int network, absl::string_view more = "") {
  return absl::StrCat("  - { name: ", name, ", enabled: true, profile: MODERN, local: { subnets: [10.1.0.0/24] }, ",
                      "remote: { endpoint: 192.0.2.2, identifier: gw-b.example, subnets: [10.", network, ".0.0/24] }",
                      more, " }\n");
}

config::v1::Configuration Read(absl::string_view text) {
  ReadResult read = ReadConfiguration(text, {});
  EXPECT_THAT(read.problems, testing::IsEmpty()) << text;
  return std::move(read.configuration);
}

ApplyRequest Candidate(absl::string_view text) {
  ApplyRequest request;
  *request.mutable_candidate() = Read(text);
  return request;
}

class TransactionsTest : public testing::Test {
 protected:
  TransactionsTest() { Restart(); }
  ~TransactionsTest() override {
    transactions_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Restart() {
    transactions_.reset();
    store_.reset();
    store_ = Store::Open(directory_, &rng_).value();
    transactions_ = std::make_unique<Transactions>(store_.get(), &board_, &clock_,
                                                   [this] { return absl::StatusOr<HostFacts>(host_); });
    ASSERT_TRUE(transactions_->Start().ok());
  }

  absl::StatusOr<config::v1::ApplyResponse> Apply(const ApplyRequest& request) {
    return transactions_->Apply(request, "uid:0");
  }
  config::v1::GetConfigurationResponse Running() { return transactions_->GetConfiguration({}).value(); }

  static inline int counter_ = 0;
  const std::string directory_ = absl::StrCat(testing::TempDir(), "/transactions-", getpid(), "-", counter_++);
  base::SystemRng rng_;
  FakeClock clock_;
  HostFacts host_;
  SnapshotBoard board_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Transactions> transactions_;
};

const std::string kTwo = absl::StrCat("tunnels:\n", TunnelText("to-b", 2), TunnelText("to-c", 3), kSecret);

TEST_F(TransactionsTest, AppliesAndShowsWithoutSecrets) {
  const auto applied = Apply(Candidate(kTwo));
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->revision(), 1);
  EXPECT_EQ(applied->plan().changes(0).kind(), Plan::Kind::ADDED);
  const auto running = Running();
  EXPECT_EQ(running.etag(), applied->etag());
  EXPECT_EQ(running.configuration().tunnels_size(), 2);
  const auto& secret = running.configuration().secrets(0);
  EXPECT_FALSE(secret.has_psk());
  EXPECT_TRUE(secret.set());
  EXPECT_EQ(secret.fingerprint().size(), 8u);
  EXPECT_THAT(running.DebugString(), testing::Not(HasSubstr("horse")));
}

TEST_F(TransactionsTest, PlansWhatEachTunnelSuffers) {
  ASSERT_TRUE(Apply(Candidate(kTwo)).ok());
  auto request = Candidate(
      absl::StrCat("tunnels:\n", TunnelText("to-b", 2, ", esp: { lifetime: 30m }"), TunnelText("to-d", 4), kSecret));
  request.set_validate_only(true);
  const Plan plan = Apply(request).value().plan();
  ASSERT_EQ(plan.changes_size(), 3);
  EXPECT_EQ(plan.changes(0).kind(), Plan::Kind::CHANGED);
  EXPECT_THAT(plan.changes(0).fields(), testing::ElementsAre("esp.lifetime", "esp.rekey_margin"));
  EXPECT_TRUE(plan.changes(0).sas_are_replaced());
  EXPECT_EQ(plan.changes(1).kind(), Plan::Kind::ADDED);
  EXPECT_EQ(plan.changes(2).kind(), Plan::Kind::REMOVED);
  EXPECT_EQ(Running().revision(), 1) << "validate_only changes nothing";
}

TEST_F(TransactionsTest, ASubnetMoreOrLessSparesTheOtherPairs) {
  const auto tunnel = [](int network, absl::string_view layout) {
    return absl::StrCat("tunnels:\n", TunnelText("to-b", network, absl::StrCat(", child_sa_layout: ", layout)),
                        kSecret);
  };
  for (const bool per_pair : {true, false}) {
    const absl::string_view layout = per_pair ? "PER_PAIR" : "COMBINED";
    ASSERT_TRUE(Apply(Candidate(tunnel(2, layout))).ok());
    const auto applied = Apply(Candidate(tunnel(3, layout)));
    EXPECT_EQ(applied->plan().changes(0).kind(), Plan::Kind::CHANGED);
    EXPECT_EQ(applied->plan().changes(0).sas_are_replaced(), !per_pair);
  }
}

TEST_F(TransactionsTest, WritingADefaultOutLeavesATunnelUntouched) {
  ASSERT_TRUE(Apply(Candidate(kTwo)).ok());
  const auto applied = Apply(
      Candidate(absl::StrCat("tunnels:\n", TunnelText("to-b", 2, ", startup: START"), TunnelText("to-c", 3), kSecret)));
  EXPECT_EQ(applied->plan().changes(0).kind(), Plan::Kind::UNTOUCHED);
}

TEST_F(TransactionsTest, ABrokenCandidateChangesNothing) {
  ASSERT_TRUE(Apply(Candidate(kTwo)).ok());
  const std::string before = Running().DebugString();
  const auto refused = Apply(Candidate("tunnels: [{name: to-b, profile: MODERN, remote: {endpoint: 256.1.1.1}}]"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(daemon::ReasonOf(refused.status()), "CONFIGURATION_INVALID");
  const auto violations = daemon::FieldViolationsOf(refused.status());
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "tunnels[to-b].remote.endpoint");
  EXPECT_EQ(violations[0].reason, "BAD_ADDRESS");
  EXPECT_EQ(Running().DebugString(), before);
  EXPECT_EQ(transactions_->GetApplyStatus().commits_refused(), 1u);
}

TEST_F(TransactionsTest, ManyErrorsFitIntoACall) {
  std::string text = "tunnels:\n";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&text, "  - { name: t", i, ", remote: { endpoint: 256.1.1.1 } }\n");
  const absl::Status refused = Apply(Candidate(text)).status();
  EXPECT_LT(daemon::FieldViolationsOf(refused).size(), 100u);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("more)"));
}

TEST_F(TransactionsTest, AnEtagThatIsNotTheRunningOneIsAborted) {
  ASSERT_TRUE(Apply(Candidate(kTwo)).ok());
  auto request = Candidate(kTwo);
  request.set_etag("r7");
  EXPECT_EQ(Apply(request).status().code(), absl::StatusCode::kAborted);
  request.set_etag("r1");
  EXPECT_TRUE(Apply(request).ok());
}

TEST_F(TransactionsTest, TheSameRequestIsDoneOnce) {
  auto request = Candidate(kTwo);
  request.set_request_id("0e1f");
  EXPECT_EQ(Apply(request)->revision(), 1);
  Restart();
  EXPECT_EQ(Apply(request)->revision(), 1);
  EXPECT_EQ(Running().revision(), 1);
}

TEST_F(TransactionsTest, TheSameFileIsAppliedOnce) {
  auto request = Candidate(kTwo);
  request.set_source_file_digest("sha-1");
  EXPECT_FALSE(Apply(request)->unchanged());
  ASSERT_TRUE(Apply(Candidate(absl::StrCat("tunnels:\n", TunnelText("by-hand", 2), kSecret))).ok());
  Restart();
  EXPECT_TRUE(Apply(request)->unchanged()) << "the file did not change, the operator's revision stays";
  EXPECT_EQ(Running().configuration().tunnels(0).name(), "by-hand");
  request.set_source_file_digest("sha-2");
  EXPECT_FALSE(Apply(request)->unchanged());
}

TEST_F(TransactionsTest, ASecretWithoutAValueKeepsTheStoredOne) {
  ASSERT_TRUE(Apply(Candidate(kTwo)).ok());
  const std::string fingerprint = Running().configuration().secrets(0).fingerprint();
  ApplyRequest exported;
  *exported.mutable_candidate() = Running().configuration();  // what a client reads, changes and writes back
  ASSERT_TRUE(Apply(exported).ok());
  EXPECT_EQ(Running().configuration().secrets(0).fingerprint(), fingerprint);
  EXPECT_EQ(store_->Load(2)->secrets(0).psk(), "correct horse battery staple");

  exported.mutable_candidate()->mutable_secrets(0)->set_name("renamed");
  const absl::Status refused = Apply(exported).status();
  ASSERT_FALSE(daemon::FieldViolationsOf(refused).empty()) << refused;
  EXPECT_EQ(daemon::FieldViolationsOf(refused)[0].reason, "SECRET_VALUE_MISSING");
}

TEST_F(TransactionsTest, ARotationEndsWhenAValueComesAlone) {
  auto request = Candidate(kTwo);
  request.mutable_candidate()->mutable_secrets(0)->set_psk_previous("the one before it was better");
  ASSERT_TRUE(Apply(request).ok());
  ASSERT_TRUE(Apply(Candidate(kTwo)).ok());
  EXPECT_FALSE(store_->Load(2)->secrets(0).has_psk_previous());
}

class ConfirmedTest : public TransactionsTest {
 protected:
  ConfirmedTest() {
    EXPECT_TRUE(Apply(Candidate(kTwo)).ok());
    auto request = Candidate(absl::StrCat("tunnels:\n", TunnelText("risky", 2), kSecret));
    request.mutable_confirm_within()->set_seconds(600);
    const auto applied = Apply(request);
    EXPECT_TRUE(applied.ok() && applied->has_confirm_before());
  }
  int64_t RunningRevision() { return Running().revision(); }
};

TEST_F(ConfirmedTest, RunsAtOnceAndBlocksOthers) {
  EXPECT_EQ(RunningRevision(), 2);
  const absl::Status second = Apply(Candidate(kTwo)).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(daemon::ReasonOf(second), "CONFIRMATION_PENDING");
  EXPECT_EQ(transactions_->Rollback({}, "uid:0").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(transactions_->ListRevisions({})->revisions(0).pending());
}

TEST_F(ConfirmedTest, StaysWhenConfirmed) {
  config::v1::ConfirmRequest other;
  other.set_revision(1);
  EXPECT_EQ(transactions_->Confirm(other, "uid:0").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(transactions_->Confirm({}, "uid:0")->revision(), 2);
  EXPECT_EQ(transactions_->Confirm({}, "uid:0").status().code(), absl::StatusCode::kFailedPrecondition);
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(transactions_->RevertIfDue().ok());
  EXPECT_EQ(RunningRevision(), 2);
}

TEST_F(ConfirmedTest, GoesWhenNobodyConfirmsIt) {
  clock_.Advance(absl::Seconds(599));
  ASSERT_TRUE(transactions_->RevertIfDue().ok());
  EXPECT_EQ(RunningRevision(), 2);
  EXPECT_EQ(transactions_->UntilRevert(), absl::Seconds(1));
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(transactions_->RevertIfDue().ok());
  EXPECT_EQ(RunningRevision(), 1);
  EXPECT_EQ(transactions_->GetApplyStatus().generation(), 4u);
}

TEST_F(ConfirmedTest, AStepOfTheWallClockDecidesNothing) {
  clock_.wall += absl::Hours(1000);
  ASSERT_TRUE(transactions_->RevertIfDue().ok());
  EXPECT_EQ(RunningRevision(), 2);
}

TEST_F(ConfirmedTest, GoesAtOnceWhenCancelled) {
  EXPECT_EQ(transactions_->Cancel({}, "uid:0")->revision(), 1);
  EXPECT_EQ(RunningRevision(), 1);
}

TEST_F(ConfirmedTest, IsRememberedAcrossARestart) {
  clock_.Advance(absl::Seconds(300));
  Restart();
  EXPECT_EQ(RunningRevision(), 2);
  EXPECT_EQ(transactions_->UntilRevert(), absl::Seconds(300));
  clock_.Advance(absl::Seconds(301));
  Restart();
  EXPECT_EQ(RunningRevision(), 1) << "its time ran out while nobody ran";
}

TEST_F(TransactionsTest, RollsBackAsANewRevision) {
  ASSERT_TRUE(Apply(Candidate(kTwo)).ok());
  ASSERT_TRUE(Apply(Candidate("tunnels: []")).ok());
  EXPECT_EQ(transactions_->Rollback({}, "uid:7")->revision(), 3);
  EXPECT_EQ(Running().configuration().tunnels_size(), 2);
  const auto revisions = transactions_->ListRevisions({})->revisions();
  EXPECT_EQ(revisions[0].comment(), "rollback to 1");
  EXPECT_EQ(revisions[0].principal(), "uid:7");
  config::v1::RollbackRequest unknown;
  unknown.set_revision(99);
  EXPECT_EQ(transactions_->Rollback(unknown, "uid:0").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(TransactionsTest, AFullDiskRefusesAndWhatRunsGoesOn) {
  ASSERT_TRUE(Apply(Candidate(kTwo)).ok());
  std::string text = "tunnels:\n";
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&text, "  - { name: t", i, ", profile: MODERN, remote: { endpoint: 192.0.2.2 } }\n");
  }
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit full = {60'000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  const absl::Status refused = Apply(Candidate(text)).status();
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
  EXPECT_EQ(Running().revision(), 1);
  EXPECT_TRUE(Apply(Candidate(text)).ok());
}

TEST_F(TransactionsTest, ExplainsSecretsWithoutShowingThem) {
  ASSERT_TRUE(Apply(Candidate(kTwo)).ok());
  config::v1::ExplainSecretRequest request;
  request.set_remote_id("gw-b.example");
  const auto explained = transactions_->ExplainSecret(request);
  ASSERT_TRUE(explained.ok());
  EXPECT_TRUE(explained->candidates(0).used());
  EXPECT_THAT(explained->candidates(0).reason(), HasSubstr("gw-b.example"));
  request.set_remote_address("nowhere");
  EXPECT_EQ(transactions_->ExplainSecret(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TransactionsTest, TellsReadersEachGeneration) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::shared_ptr<const Snapshots>> seen;
  const int64_t watch = board_.Watch("iked", [&](std::shared_ptr<const Snapshots> snapshots) {
    const std::lock_guard lock(mutex);
    seen.push_back(std::move(snapshots));
    changed.notify_all();
  });
  const auto wait_for = [&](uint64_t generation) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(10),
                            [&] { return !seen.empty() && seen.back()->generation == generation; });
  };
  EXPECT_TRUE(wait_for(1));
  ASSERT_TRUE(Apply(Candidate(kTwo)).ok());
  EXPECT_TRUE(wait_for(2));
  EXPECT_EQ(seen.back()->ike.revision(), 1);
  EXPECT_EQ(seen.back()->ike.secrets(0).psk(), "correct horse battery staple");
  EXPECT_EQ(seen.back()->datapath.tunnels_size(), 2);
  board_.Report("iked", 2, "");
  auto status = transactions_->GetApplyStatus();
  EXPECT_TRUE(status.services(0).connected());
  EXPECT_EQ(status.services(0).generation(), 2u);
  board_.Unwatch(watch);
  EXPECT_FALSE(transactions_->GetApplyStatus().services(0).connected());
}

}  // namespace
}  // namespace culvert::configd
