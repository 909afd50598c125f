// SPDX-License-Identifier: Apache-2.0
// DatapathService: sad's batches to the engine, the engine's events to sad. One stream at a time counts; events of a
// time without a stream wait for the next one.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "culvert/datapath/v1/datapath.grpc.pb.h"
#include "services/espd/convert.h"
#include "services/espd/datapath.h"

namespace culvert::espd {

class DatapathService final : public pb::DatapathService::Service {
 public:
  using Stream = grpc::ServerReaderWriter<pb::DriveResponse, pb::DriveRequest>;

  // `raw_esp`: there is a raw socket for protocol 50.
  DatapathService(Datapath& datapath, const SharedState& shared, bool raw_esp)
      : datapath_(datapath), shared_(shared), raw_esp_(raw_esp) {}

  grpc::Status Drive(grpc::ServerContext* context, Stream* stream) override;
  grpc::Status GetCapabilities(grpc::ServerContext*, const pb::GetCapabilitiesRequest*,
                               pb::DatapathCapabilities* response) override;
  grpc::Status ListSas(grpc::ServerContext*, const pb::ListSasRequest*, pb::ListSasResponse* response) override;
  grpc::Status ReadCounters(grpc::ServerContext*, const pb::ReadCountersRequest*,
                            pb::ReadCountersResponse* response) override;

  // What Datapath::Poll() returned. Never blocks.
  void Publish(const std::vector<Notice>& notices);

 private:
  // More than a restart of sad lets pile up; beyond it the oldest go, each of which comes again or shows in a list.
  static constexpr size_t kWaitingEvents = 4096;

  absl::Status Apply(pb::DatapathOperation* operation);
  absl::Status Install(pb::ChildSa* message);
  void WriteUntilClosed(Stream* stream, uint64_t turn);

  Datapath& datapath_;
  const SharedState& shared_;
  const bool raw_esp_;

  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t turn_ = 0;  // of the newest stream; an older one that has not noticed its end stays silent
  bool closed_ = true;
  std::deque<pb::DatapathResult> results_;
  std::deque<pb::DatapathEvent> events_;

  std::mutex inventory_mutex_;
  // What was installed, without keys, as bytes: a list is rare and thousands of messages are large.
  absl::flat_hash_map<uint64_t, std::string> inventory_;
  uint64_t policy_generation_ = 0;
};

}  // namespace culvert::espd
