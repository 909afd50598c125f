// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/snapshot_client.h"

#include <grpcpp/channel.h>

#include <utility>

#include "libs/daemon/log.h"
#include "libs/daemon/status.h"
#include "services/iked/runtime/from_snapshot.h"

namespace culvert::iked {

SnapshotClient::SnapshotClient(EventLoop& loop, WorkerPool& workers, const std::shared_ptr<grpc::Channel>& channel,
                               InputSink sink, std::function<void(std::vector<std::string>)> resolvers)
    : loop_(loop),
      workers_(workers),
      stub_(config::v1::SnapshotService::NewStub(channel)),
      sink_(std::move(sink)),
      resolvers_(std::move(resolvers)) {}

SnapshotClient::~SnapshotClient() {
  if (stream_ != nullptr) stream_->Close();
}

void SnapshotClient::Start() {
  Connect();
}

void SnapshotClient::Connect() {
  Stream::Handlers handlers;
  handlers.read = [this](config::v1::IkeSnapshot& snapshot) {
    connected_ = true;
    backoff_.Reset();
    newest_ = std::make_shared<config::v1::IkeSnapshot>(std::move(snapshot));
    Translate();
  };
  handlers.written = [this](config::v1::SnapshotStatus&) {
    writing_ = false;
    FlushReport();
  };
  handlers.closed = [this](const grpc::Status& status, config::v1::SnapshotStatus&) { OnClosed(status); };
  stream_ = Stream::Start(loop_, std::move(handlers), [this](grpc::ClientContext* context, Stream::Reactor* reactor) {
    stub_->async()->WatchIke(context, reactor);
  });
}

void SnapshotClient::OnClosed(const grpc::Status& status) {
  stream_ = nullptr;
  writing_ = false;
  report_.reset();
  if (std::exchange(connected_, false)) {
    daemon::LogWarning("configd is away; the configuration stays as it is", {{"error", daemon::FromGrpc(status)}});
  }
  loop_.After(backoff_.Next(), [this] { Connect(); });
}

void SnapshotClient::Translate() {
  if (translating_ || newest_ == nullptr) return;
  const std::shared_ptr<config::v1::IkeSnapshot> snapshot = std::exchange(newest_, nullptr);
  translating_ = workers_.Submit(JobClass::kEstablished, [this, snapshot, previous = running_] {
    Translated config = FromSnapshot(*snapshot, previous.get());
    loop_.Post([this, generation = snapshot->generation(), config = std::move(config),
                resolvers = std::vector<std::string>(snapshot->resolvers().begin(), snapshot->resolvers().end())]() {
      OnTranslated(generation, config, resolvers);
    });
  });
  if (translating_) return;
  if (newest_ == nullptr) newest_ = snapshot;
  loop_.After(absl::Milliseconds(100), [this] { Translate(); });  // the workers are swamped
}

void SnapshotClient::OnTranslated(uint64_t generation, Translated config, std::vector<std::string> resolvers) {
  translating_ = false;
  if (config.ok()) {
    running_ = *config;
    resolvers_(std::move(resolvers));
    sink_(SnapshotChanged{running_});
    Report("");
  } else {
    daemon::LogError("configuration not understood", {{"generation", generation}, {"error", config.status()}});
    Report(std::string(config.status().message()));
  }
  Translate();
}

void SnapshotClient::Report(const std::string& error) {
  report_.emplace();
  report_->set_generation(running_ == nullptr ? 0 : running_->generation);
  report_->set_error(error);
  FlushReport();
}

void SnapshotClient::FlushReport() {
  if (writing_ || !report_ || stream_ == nullptr) return;
  writing_ = true;
  stream_->Write(*std::exchange(report_, std::nullopt));
}

}  // namespace culvert::iked
