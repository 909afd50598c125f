// SPDX-License-Identifier: Apache-2.0
// Follows configd: takes over each DatapathSnapshot and reports the generation that runs. While configd is away nothing
// changes.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/sad/policy/tunnel.h"

namespace grpc {
class Channel;
class ClientContext;
}  // namespace grpc

namespace culvert::sad {

class SnapshotClient {
 public:
  // Called from a thread of its own, one call at a time.
  using Apply = std::function<absl::Status(std::shared_ptr<const Generation>)>;

  SnapshotClient(std::shared_ptr<grpc::Channel> configd, Apply apply);
  ~SnapshotClient();

 private:
  void Run();
  void Follow(grpc::ClientContext* context);  // one stream, until it ends

  const std::shared_ptr<grpc::Channel> configd_;
  const Apply apply_;
  uint64_t running_ = 0;  // generation
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;  // of the stream under way
  std::thread thread_;
};

}  // namespace culvert::sad
