// SPDX-License-Identifier: Apache-2.0
// What ConfigService does, without gRPC: validates, plans, commits, confirms and takes back. One change at a time, and
// each one audited. A change that fails changes nothing, and what runs goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "culvert/config/v1/config_service.pb.h"
#include "libs/base/clock.h"
#include "services/configd/rules/host_facts.h"
#include "services/configd/service/snapshot_board.h"
#include "services/configd/store/store.h"

namespace culvert::configd {

class Transactions {
 public:
  using HostSource = std::function<absl::StatusOr<HostFacts>()>;

  // All are borrowed. `host` is asked at each validation.
  Transactions(Store* store, SnapshotBoard* board, const base::Clock* clock, HostSource host);

  // Publishes what the store says is running; a revision that nobody confirmed in time while we were away goes first.
  absl::Status Start();

  absl::StatusOr<config::v1::ValidateResponse> Validate(const config::v1::ValidateRequest& request);
  absl::StatusOr<config::v1::ApplyResponse> Apply(const config::v1::ApplyRequest& request,
                                                  const std::string& principal);
  absl::StatusOr<config::v1::ConfirmResponse> Confirm(const config::v1::ConfirmRequest& request,
                                                      const std::string& principal);
  absl::StatusOr<config::v1::CancelResponse> Cancel(const config::v1::CancelRequest& request,
                                                    const std::string& principal);
  absl::StatusOr<config::v1::GetConfigurationResponse> GetConfiguration(
      const config::v1::GetConfigurationRequest& request);
  absl::StatusOr<config::v1::ListRevisionsResponse> ListRevisions(const config::v1::ListRevisionsRequest& request);
  absl::StatusOr<config::v1::ApplyResponse> Rollback(const config::v1::RollbackRequest& request,
                                                     const std::string& principal);
  absl::StatusOr<config::v1::DiffResponse> Diff(const config::v1::DiffRequest& request);
  absl::StatusOr<config::v1::ExplainSecretResponse> ExplainSecret(const config::v1::ExplainSecretRequest& request);
  config::v1::GetApplyStatusResponse GetApplyStatus();

  // How long until the pending revision must go; nullopt where none is pending.
  std::optional<absl::Duration> UntilRevert();
  // Takes the pending revision back if its time is over. RESOURCE_EXHAUSTED where the store cannot be written: to be
  // tried again.
  absl::Status RevertIfDue();

 private:
  struct Change {
    config::v1::Configuration configuration;  // with its secrets
    RevisionInfo info;
    std::optional<absl::Duration> confirm_within;
  };

  absl::Status CheckApply(const config::v1::ApplyRequest& request) const;
  absl::Status CheckNothingPending() const;
  absl::Status CheckPending(int64_t revision) const;
  absl::StatusOr<config::v1::ApplyResponse> ApplyLocked(const config::v1::ApplyRequest& request,
                                                        const std::string& principal);
  absl::StatusOr<config::v1::ApplyResponse> Commit(Change change, config::v1::ApplyResponse response);
  absl::Status Revert(const std::string& principal, const char* why);
  absl::Status LoadRunning();
  void Run(config::v1::Configuration configuration);
  absl::StatusOr<config::v1::Configuration> Load(int64_t revision);

  Store& store_;
  SnapshotBoard& board_;
  const base::Clock& clock_;
  const HostSource host_;

  std::mutex mutex_;  // guards all of the below, and the store
  std::shared_ptr<const config::v1::Configuration> running_;
  std::optional<absl::Duration> revert_at_;  // CLOCK_BOOTTIME: a step of the wall clock confirms and reverts nothing
  uint64_t commits_ok_ = 0;
  uint64_t commits_refused_ = 0;
};

}  // namespace culvert::configd
