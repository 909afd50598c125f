// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/testing/fake_configd.h"

#include <algorithm>
#include <chrono>

namespace culvert::iked::testing {

grpc::Status FakeConfigd::WatchIke(grpc::ServerContext* context, Stream* stream) {
  {
    const std::lock_guard lock(mutex_);
    stream_ = stream;
    context_ = context;
    ++streams_;
    if (snapshot_.generation() != 0) stream->Write(snapshot_);
  }
  changed_.notify_all();
  config::v1::SnapshotStatus status;
  while (stream->Read(&status)) {
    {
      const std::lock_guard lock(mutex_);
      statuses_.push_back(status);
    }
    changed_.notify_all();
  }
  const std::lock_guard lock(mutex_);
  stream_ = nullptr;
  context_ = nullptr;
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, "broken by the test");
}

void FakeConfigd::Publish(const config::v1::IkeSnapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  snapshot_ = snapshot;
  if (stream_ != nullptr) stream_->Write(snapshot_);
}

void FakeConfigd::BreakStream() {
  const std::lock_guard lock(mutex_);
  if (context_ != nullptr) context_->TryCancel();
}

std::string FakeConfigd::WaitForStatus(uint64_t generation) {
  std::unique_lock lock(mutex_);
  std::string error = "timeout";
  changed_.wait_for(lock, std::chrono::seconds(20), [&] {
    const auto found = std::find_if(statuses_.begin(), statuses_.end(),
                                    [&](const auto& status) { return status.generation() == generation; });
    if (found == statuses_.end()) return false;
    error = found->error();
    return true;
  });
  return error;
}

int FakeConfigd::streams() const {
  const std::lock_guard lock(mutex_);
  return streams_;
}

}  // namespace culvert::iked::testing
