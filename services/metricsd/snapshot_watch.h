// SPDX-License-Identifier: Apache-2.0
// Follows configd's stream of metrics snapshots: the names of all tunnels, those that are down too.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "culvert/config/v1/snapshot.grpc.pb.h"

namespace culvert::metricsd {

class SnapshotWatch {
 public:
  explicit SnapshotWatch(std::shared_ptr<grpc::Channel> configd);
  ~SnapshotWatch();

  // The newest; null before the first. What there is stays while configd is away.
  std::shared_ptr<const config::v1::MetricsSnapshot> Latest() const;

 private:
  void Run();
  void Follow();        // one stream, until it breaks
  bool WaitForRetry();  // false: stopping

  std::unique_ptr<config::v1::SnapshotService::Stub> stub_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const config::v1::MetricsSnapshot> latest_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;  // of the stream that is followed
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace culvert::metricsd
