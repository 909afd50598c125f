// SPDX-License-Identifier: Apache-2.0
#include "services/metricsd/snapshot_watch.h"

#include <utility>

#include "absl/time/time.h"

namespace culvert::metricsd {
namespace {

constexpr absl::Duration kRetry = absl::Milliseconds(200);

}  // namespace

SnapshotWatch::SnapshotWatch(std::shared_ptr<grpc::Channel> configd)
    : stub_(config::v1::SnapshotService::NewStub(std::move(configd))), thread_([this] { Run(); }) {}

SnapshotWatch::~SnapshotWatch() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  thread_.join();
}

std::shared_ptr<const config::v1::MetricsSnapshot> SnapshotWatch::Latest() const {
  absl::MutexLock lock(&mutex_);
  return latest_;
}

void SnapshotWatch::Run() {
  do {
    Follow();
  } while (WaitForRetry());
}

bool SnapshotWatch::WaitForRetry() {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kRetry);
}

void SnapshotWatch::Follow() {
  grpc::ClientContext context;  // no deadline: it lives as long as configd does
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    context_ = &context;
  }
  const auto stream = stub_->WatchMetrics(&context);
  auto snapshot = std::make_shared<config::v1::MetricsSnapshot>();
  while (stream->Read(snapshot.get())) {
    config::v1::SnapshotStatus status;
    status.set_generation(snapshot->generation());
    {
      absl::MutexLock lock(&mutex_);
      latest_ = std::exchange(snapshot, std::make_shared<config::v1::MetricsSnapshot>());
    }
    if (!stream->Write(status)) break;
  }
  stream->Finish();  // why it ended is configd's to log
  absl::MutexLock lock(&mutex_);
  context_ = nullptr;
}

}  // namespace culvert::metricsd
