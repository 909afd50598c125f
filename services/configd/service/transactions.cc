// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/transactions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/daemon/log.h"
#include "libs/daemon/status.h"
#include "services/configd/form/public_view.h"
#include "services/configd/profile/profile.h"
#include "services/configd/rules/rules.h"
#include "services/configd/service/plan.h"
#include "services/configd/service/refusal.h"
#include "services/configd/service/secret_explanation.h"
#include "services/configd/service/secret_values.h"

namespace culvert::configd {
namespace {

using config::v1::ApplyRequest;
using config::v1::ApplyResponse;
using config::v1::Configuration;
using daemon::WithReason;

constexpr size_t kMaxComment = 1024;
constexpr size_t kMaxRequestId = 128;
constexpr absl::Duration kLongestConfirmation = absl::Hours(24);
constexpr int kMostRevisionsAPage = 100;

std::string EtagOf(int64_t revision) {
  return absl::StrCat("r", revision);
}

void SetTime(absl::Time time, google::protobuf::Timestamp* timestamp) {
  const int64_t micros = absl::ToUnixMicros(time);
  timestamp->set_seconds(micros / 1'000'000);
  timestamp->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
}

int CountChanged(const config::v1::Plan& plan) {
  return static_cast<int>(std::count_if(plan.changes().begin(), plan.changes().end(), [](const auto& change) {
    return change.kind() != config::v1::Plan::Kind::UNTOUCHED;
  }));
}

// What was done is logged where it is done; this logs what was asked for and not done.
template <typename Response>
absl::StatusOr<Response> Audited(const char* what, const std::string& principal, absl::StatusOr<Response> outcome) {
  if (!outcome.ok()) {
    daemon::LogWarning("audit: change refused",
                       {{"principal", principal}, {"what", what}, {"error", outcome.status()}});
  }
  return outcome;
}

}  // namespace

Transactions::Transactions(Store* store, SnapshotBoard* board, const base::Clock* clock, HostSource host)
    : store_(*store), board_(*board), clock_(*clock), host_(std::move(host)) {}

absl::Status Transactions::Start() {
  {
    const std::lock_guard lock(mutex_);
    if (const auto deadline = store_.state().confirm_before) {
      // The boot clock does not outlive a boot, so what is left is reckoned by the wall clock, once.
      const absl::Duration left = std::clamp(*deadline - clock_.Wall(), absl::ZeroDuration(), kLongestConfirmation);
      revert_at_ = clock_.BootTime() + left;
    }
  }
  // A full disk must not keep the tunnels down: the unconfirmed revision then runs until it can be taken back.
  if (const absl::Status status = RevertIfDue(); absl::IsDataLoss(status)) return status;
  const std::lock_guard lock(mutex_);
  return running_ == nullptr ? LoadRunning() : absl::OkStatus();
}

absl::Status Transactions::LoadRunning() {
  ASSIGN_OR_RETURN(Configuration configuration, store_.Load(store_.state().running));
  Run(std::move(configuration));
  return absl::OkStatus();
}

void Transactions::Run(Configuration configuration) {
  running_ = std::make_shared<const Configuration>(std::move(configuration));
  board_.Publish(running_, store_.state().running, store_.state().generation);
}

absl::StatusOr<config::v1::ValidateResponse> Transactions::Validate(const config::v1::ValidateRequest& request) {
  ASSIGN_OR_RETURN(const HostFacts host, host_());
  const std::lock_guard lock(mutex_);
  Configuration candidate = request.configuration();
  ClearOutputOnly(&candidate);
  KeepStoredSecrets(*running_, &candidate);
  config::v1::ValidateResponse response;
  const std::vector<Problem> problems = ValidateConfiguration(candidate, &host);
  if (!HasErrors(problems)) *response.mutable_plan() = PlanChange(*running_, candidate);
  response.mutable_problems()->Add(problems.begin(), problems.end());
  return response;
}

absl::StatusOr<ApplyResponse> Transactions::Apply(const ApplyRequest& request, const std::string& principal) {
  const std::lock_guard lock(mutex_);
  absl::StatusOr<ApplyResponse> outcome = ApplyLocked(request, principal);
  if (request.validate_only()) return outcome;
  if (!outcome.ok()) ++commits_refused_;
  return Audited("apply", principal, std::move(outcome));
}

absl::Status Transactions::CheckApply(const ApplyRequest& request) const {
  if (request.comment().size() > kMaxComment || request.request_id().size() > kMaxRequestId) {
    return absl::InvalidArgumentError(
        absl::StrCat("comment takes ", kMaxComment, " octets and request_id ", kMaxRequestId));
  }
  const int64_t wait = request.confirm_within().seconds();
  if (request.has_confirm_within() && (wait < 1 || absl::Seconds(wait) > kLongestConfirmation)) {
    return absl::InvalidArgumentError("confirm_within must be 1s to 24h");
  }
  if (!request.etag().empty() && request.etag() != EtagOf(store_.state().running)) {
    return WithReason(absl::AbortedError(absl::StrCat("the candidate was made from ", request.etag(), ", but ",
                                                      EtagOf(store_.state().running), " runs")),
                      "ETAG_MISMATCH");
  }
  return absl::OkStatus();
}

absl::StatusOr<ApplyResponse> Transactions::ApplyLocked(const ApplyRequest& request, const std::string& principal) {
  ApplyResponse response;
  if (!request.request_id().empty()) {
    ASSIGN_OR_RETURN(const std::optional<int64_t> done, store_.FindRequest(request.request_id()));
    if (done) {
      response.set_revision(*done);
      response.set_etag(EtagOf(*done));
      response.set_unchanged(true);
      return response;
    }
  }
  const std::string& file = request.source_file_digest();
  if (!file.empty() && file == store_.state().source_file_digest) {
    response.set_revision(store_.state().running);
    response.set_etag(EtagOf(store_.state().running));
    response.set_unchanged(true);
    return response;
  }
  RETURN_IF_ERROR(CheckApply(request));
  if (!request.validate_only()) RETURN_IF_ERROR(CheckNothingPending());

  Change change;
  change.configuration = request.candidate();
  ClearOutputOnly(&change.configuration);
  KeepStoredSecrets(*running_, &change.configuration);
  ASSIGN_OR_RETURN(const HostFacts host, host_());
  const std::vector<Problem> problems = ValidateConfiguration(change.configuration, &host);
  if (HasErrors(problems)) return Refusal(problems);
  response.mutable_problems()->Add(problems.begin(), problems.end());
  *response.mutable_plan() = PlanChange(*running_, change.configuration);
  if (request.validate_only()) return response;

  change.info.principal = principal;
  change.info.comment = request.comment();
  change.info.request_id = request.request_id();
  change.info.source_file_digest = file;
  if (request.has_confirm_within()) change.confirm_within = absl::Seconds(request.confirm_within().seconds());
  return Commit(std::move(change), std::move(response));
}

absl::StatusOr<ApplyResponse> Transactions::Commit(Change change, ApplyResponse response) {
  change.info.create_time = clock_.Wall();
  std::optional<absl::Time> confirm_before;
  if (change.confirm_within) confirm_before = change.info.create_time + *change.confirm_within;
  ASSIGN_OR_RETURN(const int64_t revision, store_.Commit(change.configuration, change.info, confirm_before));
  ++commits_ok_;
  Run(std::move(change.configuration));
  revert_at_.reset();
  if (change.confirm_within) {
    revert_at_ = clock_.BootTime() + *change.confirm_within;
    SetTime(*confirm_before, response.mutable_confirm_before());
  }
  response.set_revision(revision);
  response.set_etag(EtagOf(revision));
  daemon::LogInfo("audit: configuration committed", {{"principal", change.info.principal},
                                                     {"revision", revision},
                                                     {"previous", store_.state().previous},
                                                     {"tunnels", running_->tunnels_size()},
                                                     {"changed", CountChanged(response.plan())},
                                                     {"confirm", confirm_before.has_value()},
                                                     {"comment", change.info.comment}});
  return response;
}

absl::Status Transactions::CheckNothingPending() const {
  if (!store_.state().confirm_before) return absl::OkStatus();
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat("revision ", store_.state().running, " waits for its confirmation")),
      "CONFIRMATION_PENDING", {{"revision", absl::StrCat(store_.state().running)}});
}

absl::Status Transactions::CheckPending(int64_t revision) const {
  if (!store_.state().confirm_before) {
    return WithReason(absl::FailedPreconditionError("no revision waits for its confirmation"), "NOTHING_PENDING");
  }
  if (revision != 0 && revision != store_.state().running) {
    return WithReason(
        absl::InvalidArgumentError(absl::StrCat("revision ", store_.state().running, " is pending, not ", revision)),
        "ANOTHER_IS_PENDING", {{"revision", absl::StrCat(store_.state().running)}});
  }
  return absl::OkStatus();
}

absl::StatusOr<config::v1::ConfirmResponse> Transactions::Confirm(const config::v1::ConfirmRequest& request,
                                                                  const std::string& principal) {
  const std::lock_guard lock(mutex_);
  const auto confirm = [&]() -> absl::StatusOr<config::v1::ConfirmResponse> {
    RETURN_IF_ERROR(CheckPending(request.revision()));
    RETURN_IF_ERROR(store_.Confirm());
    revert_at_.reset();
    daemon::LogInfo("audit: configuration confirmed", {{"principal", principal}, {"revision", store_.state().running}});
    config::v1::ConfirmResponse response;
    response.set_revision(store_.state().running);
    return response;
  };
  return Audited("confirm", principal, confirm());
}

absl::StatusOr<config::v1::CancelResponse> Transactions::Cancel(const config::v1::CancelRequest& request,
                                                                const std::string& principal) {
  const std::lock_guard lock(mutex_);
  const auto cancel = [&]() -> absl::StatusOr<config::v1::CancelResponse> {
    RETURN_IF_ERROR(CheckPending(request.revision()));
    RETURN_IF_ERROR(Revert(principal, "cancelled"));
    config::v1::CancelResponse response;
    response.set_revision(store_.state().running);
    return response;
  };
  return Audited("cancel", principal, cancel());
}

absl::Status Transactions::Revert(const std::string& principal, const char* why) {
  const int64_t from = store_.state().running;
  ASSIGN_OR_RETURN(Configuration previous, store_.Load(store_.state().previous));  // before anything changes
  RETURN_IF_ERROR(store_.Revert());
  revert_at_.reset();
  daemon::LogInfo("audit: configuration taken back",
                  {{"principal", principal}, {"why", why}, {"from", from}, {"revision", store_.state().running}});
  Run(std::move(previous));
  return absl::OkStatus();
}

std::optional<absl::Duration> Transactions::UntilRevert() {
  const std::lock_guard lock(mutex_);
  if (!revert_at_) return std::nullopt;
  return std::max(absl::ZeroDuration(), *revert_at_ - clock_.BootTime());
}

absl::Status Transactions::RevertIfDue() {
  const std::lock_guard lock(mutex_);
  if (!revert_at_ || clock_.BootTime() < *revert_at_) return absl::OkStatus();
  return Revert("configd", "not confirmed in time");
}

absl::StatusOr<Configuration> Transactions::Load(int64_t revision) {
  if (revision == 0 || revision == store_.state().running) return *running_;
  return store_.Load(revision);
}

absl::StatusOr<config::v1::GetConfigurationResponse> Transactions::GetConfiguration(
    const config::v1::GetConfigurationRequest& request) {
  const std::lock_guard lock(mutex_);
  const int64_t revision = request.revision() == 0 ? store_.state().running : request.revision();
  ASSIGN_OR_RETURN(const Configuration configuration, Load(revision));
  config::v1::GetConfigurationResponse response;
  *response.mutable_configuration() =
      PublicView(request.effective() ? Effective(configuration) : configuration, store_.fingerprint_key());
  response.set_revision(revision);
  response.set_etag(EtagOf(revision));
  return response;
}

absl::StatusOr<config::v1::ListRevisionsResponse> Transactions::ListRevisions(
    const config::v1::ListRevisionsRequest& request) {
  int64_t before = 0;
  if (!request.page_token().empty() && (!absl::SimpleAtoi(request.page_token(), &before) || before < 1)) {
    return absl::InvalidArgumentError("page_token is not one of ours");
  }
  const int size = request.page_size() <= 0 ? kMostRevisionsAPage : std::min(request.page_size(), kMostRevisionsAPage);
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const std::vector<RevisionInfo> revisions, store_.List(before, size));
  config::v1::ListRevisionsResponse response;
  for (const RevisionInfo& info : revisions) {
    config::v1::Revision& revision = *response.add_revisions();
    revision.set_revision(info.revision);
    SetTime(info.create_time, revision.mutable_create_time());
    revision.set_principal(info.principal);
    revision.set_comment(info.comment);
    revision.set_tunnels(info.tunnels);
    revision.set_running(info.revision == store_.state().running);
    revision.set_pending(revision.running() && store_.state().confirm_before.has_value());
  }
  const bool more = static_cast<int>(revisions.size()) == size && revisions.back().revision > 1;
  if (more) response.set_next_page_token(absl::StrCat(revisions.back().revision));
  return response;
}

absl::StatusOr<ApplyResponse> Transactions::Rollback(const config::v1::RollbackRequest& request,
                                                     const std::string& principal) {
  const std::lock_guard lock(mutex_);
  const auto rollback = [&]() -> absl::StatusOr<ApplyResponse> {
    RETURN_IF_ERROR(CheckNothingPending());
    int64_t revision = request.revision();
    if (revision == 0) {
      ASSIGN_OR_RETURN(const std::vector<RevisionInfo> before, store_.List(store_.state().running, 1));
      if (before.empty()) return absl::NotFoundError("there is no revision before the running one");
      revision = before[0].revision;
    }
    Change change;
    ASSIGN_OR_RETURN(change.configuration, Load(revision));
    // It ran before: the box's present addresses are the tunnels' affair, but rules of a newer release are not.
    const std::vector<Problem> problems = ValidateConfiguration(change.configuration, nullptr);
    if (HasErrors(problems)) return Refusal(problems);
    ApplyResponse response;
    *response.mutable_plan() = PlanChange(*running_, change.configuration);
    change.info.principal = principal;
    change.info.comment = absl::StrCat("rollback to ", revision);
    return Commit(std::move(change), std::move(response));
  };
  absl::StatusOr<ApplyResponse> outcome = rollback();
  if (!outcome.ok()) ++commits_refused_;
  return Audited("rollback", principal, std::move(outcome));
}

absl::StatusOr<config::v1::DiffResponse> Transactions::Diff(const config::v1::DiffRequest& request) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Configuration from, Load(request.from_revision()));
  ASSIGN_OR_RETURN(const Configuration to, Load(request.to_revision()));
  config::v1::DiffResponse response;
  *response.mutable_plan() = PlanChange(from, to);
  return response;
}

absl::StatusOr<config::v1::ExplainSecretResponse> Transactions::ExplainSecret(
    const config::v1::ExplainSecretRequest& request) {
  std::shared_ptr<const Configuration> running;
  {
    const std::lock_guard lock(mutex_);
    running = running_;
  }
  return ExplainSecretChoice(*running, request);
}

config::v1::GetApplyStatusResponse Transactions::GetApplyStatus() {
  config::v1::GetApplyStatusResponse response;
  for (config::v1::ServiceStatus& status : board_.statuses()) *response.add_services() = std::move(status);
  const std::lock_guard lock(mutex_);
  response.set_revision(store_.state().running);
  response.set_generation(store_.state().generation);
  response.set_commits_ok(commits_ok_);
  response.set_commits_refused(commits_refused_);
  return response;
}

}  // namespace culvert::configd
