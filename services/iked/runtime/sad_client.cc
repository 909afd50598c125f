// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/sad_client.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "libs/daemon/log.h"
#include "libs/daemon/status.h"
#include "services/iked/runtime/sa_messages.h"

namespace culvert::iked {
namespace {

constexpr size_t kOperationsPerBatch = 256;
constexpr absl::Duration kUsageDeadline = absl::Seconds(2);

uint64_t SequenceOf(const SaOperation& operation) {
  return std::visit([](const auto& o) { return o.sequence; }, operation);
}

using Readings = absl::flat_hash_map<uint64_t, const datapath::v1::ChildSaCounters*>;

void TakeLater(int64_t boottime_ms, std::optional<absl::Duration>* last) {
  if (boottime_ms != 0) *last = std::max(last->value_or(absl::ZeroDuration()), absl::Milliseconds(boottime_ms));
}

ChildSaUsage UsageOf(const QueryUsage& query, const Readings& readings) {
  ChildSaUsage usage{.ike_sa = query.ike_sa, .idle = query.idle, .counted = true};
  for (const uint64_t id : query.child_sas) {
    const auto found = readings.find(id);
    usage.counted = usage.counted && found != readings.end();
    if (found == readings.end()) continue;
    TakeLater(found->second->last_in_boottime_ms(), &usage.last_in);
    TakeLater(found->second->last_out_boottime_ms(), &usage.last_out);
  }
  return usage;
}

}  // namespace

SadClient::SadClient(EventLoop& loop, const std::shared_ptr<grpc::Channel>& channel, InputSink sink)
    : loop_(loop), stub_(sad::v1::SadService::NewStub(channel)), sink_(std::move(sink)), calls_(loop) {}

SadClient::~SadClient() {
  if (stream_ != nullptr) stream_->Close();
}

void SadClient::Start() {
  loop_.AtEndOfTurn([this] { Flush(); });
  Connect();
}

void SadClient::Connect() {
  ++stream_number_;
  heard_ = false;
  Stream::Handlers handlers;
  handlers.read = [this](sad::v1::AttachResponse& response) { OnResponse(response); };
  handlers.written = [this](sad::v1::AttachRequest& request) {
    WipeKeys(&request);
    writing_ = false;
  };
  handlers.closed = [this](const grpc::Status& status, sad::v1::AttachRequest& last) {
    WipeKeys(&last);
    OnClosed(status);
  };
  stream_ = Stream::Start(loop_, std::move(handlers), [this](grpc::ClientContext* context, Stream::Reactor* reactor) {
    stub_->async()->Attach(context, reactor);
  });
}

void SadClient::Flush() {
  // While sad works on one batch the next one fills: under load a message carries many operations, and none waits
  // longer than it would have waited in sad.
  if (heard_ && !writing_ && sent_ == 0 && !waiting_.empty()) {
    sad::v1::AttachRequest request;
    for (; sent_ < waiting_.size() && request.operations_size() < static_cast<int>(kOperationsPerBatch); ++sent_) {
      ToProto(waiting_[sent_], request.add_operations());
    }
    writing_ = true;
    stream_->Write(std::move(request));
  }
  FlushQueries();
}

void SadClient::OnResponse(const sad::v1::AttachResponse& response) {
  if (!heard_) {
    heard_ = true;  // a call that has not reached sad yet looks open too
    backoff_.Reset();
    AskCapabilities();
  }
  if (response.has_addresses()) sink_(FromProto(response.addresses()));
  for (const sad::v1::SaResult& result : response.results()) {
    if (!OnResult(result)) return;
  }
  for (const datapath::v1::DatapathEvent& event : response.events()) {
    if (std::optional<Input> input = FromProto(event)) sink_(*std::move(input));
  }
}

// False: sad broke the order of answers, and the stream is given up.
bool SadClient::OnResult(const sad::v1::SaResult& result) {
  if (sent_ == 0 || SequenceOf(waiting_.front()) != result.sequence()) {
    daemon::LogError("sad answered out of order", {{"sequence", result.sequence()}});
    stream_->Close();
    OnClosed(grpc::Status(grpc::StatusCode::INTERNAL, "answers out of order"));
    return false;
  }
  const bool lease = std::holds_alternative<LeaseSpis>(waiting_.front());
  waiting_.pop_front();
  --sent_;
  if (lease && result.code() == 0) {
    sink_(SpisLeased{result.sequence(), {result.spis().begin(), result.spis().end()}});
  } else {
    sink_(SaResult{result.sequence(), absl::Status(static_cast<absl::StatusCode>(result.code()), result.message())});
  }
  return true;
}

// Only now is the engine told: what it does next depends on what the datapath can do.
void SadClient::AskCapabilities() {
  calls_.Call<sad::v1::GetCapabilitiesRequest, sad::v1::GetCapabilitiesResponse>(
      {}, daemon::kCallDeadline,
      [this](auto* context, auto* request, auto* response, auto done) {
        stub_->async()->GetCapabilities(context, request, response, std::move(done));
      },
      [this, number = stream_number_](const grpc::Status& status, const sad::v1::GetCapabilitiesResponse& response) {
        if (number != stream_number_ || !heard_) return;
        if (!status.ok()) {
          loop_.After(backoff_.Next(), [this, number] {
            if (number == stream_number_ && heard_) AskCapabilities();
          });
          return;
        }
        attached_ = true;
        daemon::LogInfo("attached to sad", {{"datapath", response.datapath().name()}});
        sink_(DatapathAttached{FromProto(response.datapath())});
      });
}

void SadClient::OnClosed(const grpc::Status& status) {
  stream_ = nullptr;
  heard_ = false;
  writing_ = false;
  sent_ = 0;
  if (attached_) daemon::LogWarning("sad is away; SAs stay as they are", {{"error", daemon::FromGrpc(status)}});
  // A lease dies with its stream, and the engine asks again on the next.
  std::deque<SaOperation> kept;
  std::vector<uint64_t> leases;
  for (SaOperation& operation : waiting_) {
    if (std::holds_alternative<LeaseSpis>(operation)) {
      leases.push_back(SequenceOf(operation));
    } else {
      kept.push_back(std::move(operation));
    }
  }
  waiting_ = std::move(kept);
  loop_.After(backoff_.Next(), [this] { Connect(); });
  if (std::exchange(attached_, false)) sink_(DatapathDetached{});
  for (uint64_t sequence : leases) sink_(SaResult{sequence, absl::UnavailableError("sad is away")});
}

// One call answers all queries of a turn, and one is under way at a time: ten thousand tunnels' liveness then costs
// sad a few calls a second, not hundreds.
void SadClient::FlushQueries() {
  if (querying_ || queries_.empty()) return;
  sad::v1::ListChildSasRequest request;
  for (const QueryUsage& query : queries_) {
    for (uint64_t id : query.child_sas) request.add_child_sas(id);
  }
  querying_ = true;
  calls_.Call<sad::v1::ListChildSasRequest, sad::v1::ListChildSasResponse>(
      std::move(request), kUsageDeadline,
      [this](auto* context, auto* req, auto* response, auto done) {
        stub_->async()->ListChildSas(context, req, response, std::move(done));
      },
      [this, queries = std::exchange(queries_, {})](const grpc::Status& status,
                                                    const sad::v1::ListChildSasResponse& response) {
        querying_ = false;
        Readings readings;
        for (const sad::v1::ChildSaEntry& entry : response.child_sas()) {
          readings[entry.counters().id()] = &entry.counters();
        }
        for (const QueryUsage& query : queries) sink_(UsageOf(query, readings));
      });
}

}  // namespace culvert::iked
