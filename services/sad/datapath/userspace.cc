// SPDX-License-Identifier: Apache-2.0
#include "services/sad/datapath/userspace.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "culvert/datapath/v1/datapath.grpc.pb.h"
#include "libs/base/status_macros.h"
#include "libs/daemon/channel.h"
#include "libs/daemon/log.h"
#include "libs/daemon/status.h"
#include "services/sad/datapath/convert.h"

namespace culvert::sad {
namespace {

constexpr absl::Duration kRetry = absl::Milliseconds(100);  // after a stream that ended; the channel paces connecting

absl::Status Gone() {
  return absl::UnavailableError("espd went away before it answered");
}

}  // namespace

class UserspaceDatapath::Session {
 public:
  // Blocks until espd can be reached, or until Cancel().
  explicit Session(std::shared_ptr<grpc::Channel> espd) : stub_(pb::DatapathService::NewStub(std::move(espd))) {
    context_.set_wait_for_ready(true);
  }
  void Open() { stream_ = stub_->Drive(&context_); }
  void Cancel() { context_.TryCancel(); }

  // Sends a batch and waits for its results. UNAVAILABLE for those that never came.
  std::vector<absl::Status> Exchange(pb::DriveRequest* request) ABSL_LOCKS_EXCLUDED(turn_, mutex_) {
    absl::MutexLock turn(&turn_);
    const auto count = static_cast<size_t>(request->operations_size());
    {
      absl::MutexLock lock(&mutex_);
      first_ = next_;
      next_ += count;
      answered_ = 0;
      results_.assign(count, Gone());
      if (ended_) return std::move(results_);
    }
    for (size_t i = 0; i < count; ++i) request->mutable_operations(static_cast<int>(i))->set_sequence(first_ + i);
    const bool sent = stream_->Write(*request);
    for (auto& operation : *request->mutable_operations()) WipeKeys(&operation);

    absl::MutexLock lock(&mutex_);
    auto done = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_ || answered_ == count; };
    if (sent && !mutex_.AwaitWithTimeout(absl::Condition(&done), kPatience)) {
      // Nobody knows what espd did with the rest. The next stream begins with a list, which says.
      Cancel();
    }
    return std::move(results_);
  }

  // Until the stream ends.
  void Read(DatapathListener& listener) ABSL_LOCKS_EXCLUDED(mutex_) {
    pb::DriveResponse response;
    while (stream_->Read(&response)) {
      {
        absl::MutexLock lock(&mutex_);
        for (const pb::DatapathResult& result : response.results()) {
          const uint64_t index = result.sequence() - first_;
          if (index >= results_.size()) continue;  // of a batch that nobody waits for any more
          results_[index] = absl::Status(static_cast<absl::StatusCode>(result.code()), result.message());
          ++answered_;
        }
      }
      for (const pb::DatapathEvent& message : response.events()) {
        if (auto event = FromProto(message); event.ok()) listener.OnEvent(*event);
      }
    }
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  absl::Status Finish() { return daemon::FromGrpc(stream_->Finish()); }

 private:
  const std::unique_ptr<pb::DatapathService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<pb::DriveRequest, pb::DriveResponse>> stream_;

  absl::Mutex turn_;  // one batch at a time
  absl::Mutex mutex_ ABSL_ACQUIRED_AFTER(turn_);
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 1;
  uint64_t first_ = 1;  // of the batch under way; written under both
  std::vector<absl::Status> results_ ABSL_GUARDED_BY(mutex_);
  size_t answered_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

UserspaceDatapath::UserspaceDatapath(std::shared_ptr<grpc::Channel> espd) : espd_(std::move(espd)) {}

UserspaceDatapath::~UserspaceDatapath() {
  Stop();
}

void UserspaceDatapath::Start(DatapathListener* listener) {
  listener_ = listener;
  thread_ = std::thread([this] { Run(); });
}

void UserspaceDatapath::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (opening_ != nullptr) opening_->Cancel();
  }
  if (thread_.joinable()) thread_.join();
}

void UserspaceDatapath::Run() {
  while (true) {
    auto session = std::make_shared<Session>(espd_);
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      opening_ = session;
    }
    session->Open();
    std::thread reader([&] { session->Read(*listener_); });
    {
      absl::MutexLock lock(&mutex_);
      session_ = session;
    }
    listener_->OnReady();
    reader.join();

    absl::MutexLock lock(&mutex_);
    session_ = nullptr;
    opening_ = nullptr;
    if (stopping_) return;
    daemon::LogWarning("the user-space datapath went away", {{"reason", session->Finish()}});
    auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
    mutex_.AwaitWithTimeout(absl::Condition(&stopping), kRetry);
  }
}

absl::StatusOr<std::shared_ptr<UserspaceDatapath::Session>> UserspaceDatapath::Connected(absl::Duration patience) {
  auto connected = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || session_ != nullptr; };
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(&connected), patience) || session_ == nullptr) {
    return absl::UnavailableError("espd cannot be reached");
  }
  return session_;
}

std::vector<absl::Status> UserspaceDatapath::Apply(std::vector<SaOperation> operations) {
  absl::StatusOr<std::shared_ptr<Session>> session = Connected(kPatience);
  if (!session.ok()) return std::vector<absl::Status>(operations.size(), session.status());
  pb::DriveRequest request;
  request.mutable_operations()->Reserve(static_cast<int>(operations.size()));
  for (const SaOperation& operation : operations) ToProto(operation, request.add_operations());
  return (*session)->Exchange(&request);
}

absl::Status UserspaceDatapath::SetPolicies(const PolicySet& policies) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Session> session, Connected(absl::ZeroDuration()));
  pb::DriveRequest request;
  ToProto(policies, request.add_operations()->mutable_set_policies());
  return session->Exchange(&request).front();
}

absl::StatusOr<Capabilities> UserspaceDatapath::Probe() {
  grpc::ClientContext context;
  daemon::SetDeadline(&context, kPatience, /*wait=*/true);
  pb::DatapathCapabilities response;
  RETURN_IF_ERROR(daemon::FromGrpc(pb::DatapathService::NewStub(espd_)->GetCapabilities(&context, {}, &response)));
  return FromProto(response);
}

absl::StatusOr<Inventory> UserspaceDatapath::List() {
  grpc::ClientContext context;
  daemon::SetDeadline(&context, kPatience);
  pb::ListSasResponse response;
  RETURN_IF_ERROR(daemon::FromGrpc(pb::DatapathService::NewStub(espd_)->ListSas(&context, {}, &response)));
  Inventory inventory{.sas = {}, .policy_generation = response.policy_generation()};
  inventory.sas.reserve(static_cast<size_t>(response.sas_size()));
  for (const pb::ChildSa& sa : response.sas()) {
    ASSIGN_OR_RETURN(inventory.sas.emplace_back(), InfoFromProto(sa));
  }
  return inventory;
}

absl::StatusOr<CounterReading> UserspaceDatapath::ReadCounters() {
  grpc::ClientContext context;
  daemon::SetDeadline(&context, absl::Seconds(1));  // a scrape must not wait for a restart
  pb::ReadCountersResponse response;
  RETURN_IF_ERROR(daemon::FromGrpc(pb::DatapathService::NewStub(espd_)->ReadCounters(&context, {}, &response)));
  return FromProto(response);
}

}  // namespace culvert::sad
