// SPDX-License-Identifier: Apache-2.0
// The configuration as it comes from configd. When configd dies everything goes on as it is; the next stream brings
// the newest snapshot again, and the engine finds by digest that nothing has changed.
#pragma once

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "culvert/config/v1/snapshot.grpc.pb.h"
#include "services/iked/runtime/backoff.h"
#include "services/iked/runtime/bidi_stream.h"
#include "services/iked/runtime/event_loop.h"
#include "services/iked/runtime/ports.h"
#include "services/iked/runtime/worker_pool.h"

namespace culvert::iked {

class SnapshotClient {
 public:
  // `resolvers` takes the name servers of each snapshot. Snapshots are translated on `workers`, so that ten thousand
  // tunnels do not hold up the loop.
  SnapshotClient(EventLoop& loop, WorkerPool& workers, const std::shared_ptr<grpc::Channel>& channel, InputSink sink,
                 std::function<void(std::vector<std::string>)> resolvers);
  ~SnapshotClient();

  void Start();

  // What the engine runs; null: nothing yet. On the loop's thread.
  const std::shared_ptr<const EngineConfig>& running() const { return running_; }

 private:
  using Stream = BidiStream<config::v1::SnapshotStatus, config::v1::IkeSnapshot>;
  using Translated = absl::StatusOr<std::shared_ptr<const EngineConfig>>;

  void Connect();
  void OnClosed(const grpc::Status& status);
  void Translate();
  void OnTranslated(uint64_t generation, Translated config, std::vector<std::string> resolvers);
  void Report(const std::string& error);
  void FlushReport();

  EventLoop& loop_;
  WorkerPool& workers_;
  std::unique_ptr<config::v1::SnapshotService::Stub> stub_;
  InputSink sink_;
  std::function<void(std::vector<std::string>)> resolvers_;
  Backoff backoff_;
  std::shared_ptr<Stream> stream_;
  bool connected_ = false;
  bool writing_ = false;
  std::optional<config::v1::SnapshotStatus> report_;  // to be written
  std::shared_ptr<config::v1::IkeSnapshot> newest_;   // that came and is not yet translated
  bool translating_ = false;
  std::shared_ptr<const EngineConfig> running_;  // null: none yet
};

}  // namespace culvert::iked
