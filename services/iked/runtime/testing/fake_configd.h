// SPDX-License-Identifier: Apache-2.0
// A SnapshotService that hands out what the test sets, and remembers what was reported back.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "culvert/config/v1/snapshot.grpc.pb.h"

namespace culvert::iked::testing {

class FakeConfigd final : public config::v1::SnapshotService::Service {
 public:
  grpc::Status WatchIke(grpc::ServerContext* context,
                        grpc::ServerReaderWriter<config::v1::IkeSnapshot, config::v1::SnapshotStatus>* stream) override;

  void Publish(const config::v1::IkeSnapshot& snapshot);
  void BreakStream();  // as if configd had died

  // Waits for the status of `generation`, and returns its error, "" for none, "timeout" where it does not come.
  std::string WaitForStatus(uint64_t generation);
  int streams() const;

 private:
  using Stream = grpc::ServerReaderWriter<config::v1::IkeSnapshot, config::v1::SnapshotStatus>;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  config::v1::IkeSnapshot snapshot_;
  std::vector<config::v1::SnapshotStatus> statuses_;
  Stream* stream_ = nullptr;
  grpc::ServerContext* context_ = nullptr;
  int streams_ = 0;
};

}  // namespace culvert::iked::testing
