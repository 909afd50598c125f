// SPDX-License-Identifier: Apache-2.0
// The SA database as seen from iked: one long-lived stream on which the operations of a loop's turn travel as a batch.
// While sad is away operations are kept; a new stream begins with those that nobody answered, in their order, which is
// safe because sad applies each by content. They are bounded by the SAs there are: a new one needs sad's SPIs.
#pragma once

#include <grpcpp/channel.h>

#include <deque>
#include <memory>
#include <vector>

#include "culvert/sad/v1/sad.grpc.pb.h"
#include "services/iked/runtime/backoff.h"
#include "services/iked/runtime/bidi_stream.h"
#include "services/iked/runtime/call_group.h"
#include "services/iked/runtime/event_loop.h"
#include "services/iked/runtime/ports.h"

namespace culvert::iked {

class SadClient final : public SaPort {
 public:
  SadClient(EventLoop& loop, const std::shared_ptr<grpc::Channel>& channel, InputSink sink);
  ~SadClient() override;

  void Start();  // connects, and stays connected

  void Submit(SaOperation operation) override { waiting_.push_back(std::move(operation)); }
  void Query(QueryUsage query) override { queries_.push_back(std::move(query)); }

  bool attached() const { return attached_; }

 private:
  using Stream = BidiStream<sad::v1::AttachRequest, sad::v1::AttachResponse>;

  void Connect();
  void Flush();  // at the end of each turn
  void FlushQueries();
  void OnResponse(const sad::v1::AttachResponse& response);
  bool OnResult(const sad::v1::SaResult& result);
  void OnClosed(const grpc::Status& status);
  void AskCapabilities();

  EventLoop& loop_;
  std::unique_ptr<sad::v1::SadService::Stub> stub_;
  InputSink sink_;
  CallGroup calls_;
  Backoff backoff_;
  std::shared_ptr<Stream> stream_;
  uint64_t stream_number_ = 0;  // tells answers that belong to an earlier stream
  bool heard_ = false;          // sad has greeted us on this stream
  bool attached_ = false;       // and the engine knows
  bool writing_ = false;
  std::deque<SaOperation> waiting_;  // without an answer, oldest first
  size_t sent_ = 0;                  // how many of them went out on this stream
  std::vector<QueryUsage> queries_;
  bool querying_ = false;
};

}  // namespace culvert::iked
