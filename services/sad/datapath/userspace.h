// SPDX-License-Identifier: Apache-2.0
// The user-space datapath: espd, driven over its gRPC stream. Connects by itself and again whenever espd restarts.
#pragma once

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/sad/datapath/port.h"

namespace grpc {
class Channel;
}

namespace culvert::sad {

class UserspaceDatapath final : public Datapath {
 public:
  explicit UserspaceDatapath(std::shared_ptr<grpc::Channel> espd);
  ~UserspaceDatapath() override;

  void Start(DatapathListener* listener) override;
  void Stop() override;
  absl::StatusOr<Capabilities> Probe() override;
  // Waits up to kPatience for espd to be there (it restarts within a second) and to answer.
  std::vector<absl::Status> Apply(std::vector<SaOperation> operations) override;
  absl::Status SetPolicies(const PolicySet& policies) override;  // does not wait: they come again with OnReady()
  absl::StatusOr<Inventory> List() override;
  absl::StatusOr<CounterReading> ReadCounters() override;

  static constexpr absl::Duration kPatience = absl::Seconds(5);

 private:
  class Session;  // one Drive stream

  void Run();
  absl::StatusOr<std::shared_ptr<Session>> Connected(absl::Duration patience) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<grpc::Channel> espd_;
  DatapathListener* listener_ = nullptr;
  absl::Mutex mutex_;
  std::shared_ptr<Session> opening_ ABSL_GUARDED_BY(mutex_);  // what Stop() cancels, connected or not
  std::shared_ptr<Session> session_ ABSL_GUARDED_BY(mutex_);  // null: not connected
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace culvert::sad
