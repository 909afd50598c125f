// SPDX-License-Identifier: Apache-2.0
#include "services/sad/service/snapshot_client.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <utility>

#include "culvert/config/v1/snapshot.grpc.pb.h"
#include "libs/daemon/log.h"
#include "services/sad/service/snapshot.h"

namespace culvert::sad {
namespace {

constexpr absl::Duration kRetry = absl::Milliseconds(100);  // after a stream that ended; the channel paces connecting

}  // namespace

SnapshotClient::SnapshotClient(std::shared_ptr<grpc::Channel> configd, Apply apply)
    : configd_(std::move(configd)), apply_(std::move(apply)), thread_([this] { Run(); }) {}

SnapshotClient::~SnapshotClient() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  thread_.join();
}

void SnapshotClient::Run() {
  while (true) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      context_ = &context;
    }
    Follow(&context);
    absl::MutexLock lock(&mutex_);
    context_ = nullptr;
    auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
    mutex_.AwaitWithTimeout(absl::Condition(&stopping), kRetry);
  }
}

void SnapshotClient::Follow(grpc::ClientContext* context) {
  const auto stub = config::v1::SnapshotService::NewStub(configd_);
  const auto stream = stub->WatchDatapath(context);
  config::v1::SnapshotStatus status;
  status.set_generation(running_);
  if (!stream->Write(status)) {
    stream->Finish();
    return;
  }
  config::v1::DatapathSnapshot snapshot;
  while (stream->Read(&snapshot)) {
    auto generation = ReadSnapshot(snapshot);
    const absl::Status applied = generation.ok() ? apply_(*std::move(generation)) : generation.status();
    status.clear_error();
    if (applied.ok()) {
      running_ = snapshot.generation();
      daemon::LogInfo("configuration taken over", {{"generation", running_}, {"tunnels", snapshot.tunnels_size()}});
    } else {
      status.set_error(std::string(applied.message()));
      daemon::LogError("configuration not taken over", {{"generation", snapshot.generation()}, {"error", applied}});
    }
    status.set_generation(running_);
    if (!stream->Write(status)) break;
  }
  const grpc::Status ended = stream->Finish();
  daemon::LogDebug("configd went away", {{"reason", ended.error_message()}});
}

}  // namespace culvert::sad
