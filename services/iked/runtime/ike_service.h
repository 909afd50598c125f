// SPDX-License-Identifier: Apache-2.0
// culvert.ike.v1.IkeService over a running iked. Handlers run on gRPC's threads and may wait; the loop never waits for
// one of them.
#pragma once

#include <grpcpp/channel.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "culvert/ike/v1/ike.grpc.pb.h"
#include "libs/base/clock.h"
#include "services/iked/runtime/runtime.h"
#include "services/iked/runtime/traffic.h"

namespace culvert::iked {

class IkeService final : public ike::v1::IkeService::Service {
 public:
  static constexpr int kMaxWatchers = 64;  // each holds a thread

  // `heartbeat`: how long a watcher hears nothing at most.
  IkeService(Runtime& runtime, const std::shared_ptr<grpc::Channel>& sad, const base::Clock& clock,
             absl::Duration heartbeat = absl::Seconds(10));

  grpc::Status ListTunnels(grpc::ServerContext* context, const ike::v1::ListTunnelsRequest* request,
                           ike::v1::ListTunnelsResponse* response) override;
  grpc::Status ListIkeSas(grpc::ServerContext* context, const ike::v1::ListIkeSasRequest* request,
                          ike::v1::ListIkeSasResponse* response) override;
  grpc::Status Initiate(grpc::ServerContext* context, const ike::v1::InitiateRequest* request,
                        grpc::ServerWriter<ike::v1::InitiateProgress>* writer) override;
  grpc::Status Terminate(grpc::ServerContext* context, const ike::v1::TerminateRequest* request,
                         ike::v1::TerminateResponse* response) override;
  grpc::Status Rekey(grpc::ServerContext* context, const ike::v1::RekeyRequest* request,
                     ike::v1::RekeyResponse* response) override;
  grpc::Status Explain(grpc::ServerContext* context, const ike::v1::ExplainRequest* request,
                       ike::v1::ExplainResponse* response) override;
  grpc::Status WatchEvents(grpc::ServerContext* context, const ike::v1::WatchEventsRequest* request,
                           grpc::ServerWriter<ike::v1::Event>* writer) override;
  grpc::Status GetIkeCounters(grpc::ServerContext* context, const ike::v1::GetIkeCountersRequest* request,
                              ike::v1::GetIkeCountersResponse* response) override;

 private:
  bool WriteSnapshot(const std::string& tunnel, uint64_t sequence, grpc::ServerWriter<ike::v1::Event>* writer);

  Runtime& runtime_;
  Traffic traffic_;
  const base::Clock& clock_;
  const absl::Duration heartbeat_;
  std::atomic<int> watchers_ = 0;
};

}  // namespace culvert::iked
