// SPDX-License-Identifier: Apache-2.0
#include "services/espd/datapath_service.h"

#include <thread>

#include "libs/base/status_macros.h"

namespace culvert::espd {

grpc::Status DatapathService::Drive(grpc::ServerContext*, Stream* stream) {
  uint64_t turn;
  {
    const std::lock_guard lock(mutex_);
    turn = ++turn_;
    closed_ = false;
    results_.clear();
  }
  changed_.notify_all();
  std::thread writer([&] { WriteUntilClosed(stream, turn); });
  pb::DriveRequest request;
  while (stream->Read(&request)) {
    for (pb::DatapathOperation& operation : *request.mutable_operations()) {
      const absl::Status status = Apply(&operation);
      pb::DatapathResult result;
      result.set_sequence(operation.sequence());
      result.set_code(static_cast<int>(status.code()));
      result.set_message(std::string(status.message()));
      const std::lock_guard lock(mutex_);
      if (turn == turn_) results_.push_back(std::move(result));
    }
    changed_.notify_all();
  }
  {
    const std::lock_guard lock(mutex_);
    if (turn == turn_) closed_ = true;
  }
  changed_.notify_all();
  writer.join();
  return grpc::Status::OK;
}

// The only writer of its stream. Ends with the stream, or when a newer one takes over.
void DatapathService::WriteUntilClosed(Stream* stream, uint64_t turn) {
  while (true) {
    pb::DriveResponse response;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return turn != turn_ || closed_ || !results_.empty() || !events_.empty(); });
      if (turn != turn_ || closed_) return;
      for (pb::DatapathResult& result : results_) *response.add_results() = std::move(result);
      for (pb::DatapathEvent& event : events_) *response.add_events() = std::move(event);
      results_.clear();
      events_.clear();
    }
    if (!stream->Write(response)) return;
  }
}

void DatapathService::Publish(const std::vector<Notice>& notices) {
  if (notices.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (const Notice& notice : notices) {
      if (events_.size() == kWaitingEvents) events_.pop_front();
      events_.push_back(ToProto(notice));
    }
  }
  changed_.notify_all();
}

absl::Status DatapathService::Apply(pb::DatapathOperation* operation) {
  switch (operation->operation_case()) {
    case pb::DatapathOperation::kInstall:
      return Install(operation->mutable_install());
    case pb::DatapathOperation::kRetire:
      return datapath_.Retire(operation->retire().id(), absl::Milliseconds(operation->retire().grace_ms()));
    case pb::DatapathOperation::kUpdatePath: {
      const pb::UpdatePath& update = operation->update_path();
      ASSIGN_OR_RETURN(const OuterPathConfig path, FromProto(update.path()));
      RETURN_IF_ERROR(datapath_.UpdatePath(update.id(), path));
      const std::lock_guard lock(inventory_mutex_);
      pb::ChildSa listed;
      listed.ParseFromString(inventory_[update.id()]);
      *listed.mutable_path() = update.path();
      inventory_[update.id()] = listed.SerializeAsString();
      return absl::OkStatus();
    }
    case pb::DatapathOperation::kSetPolicies: {
      ASSIGN_OR_RETURN(const std::vector<PolicyConfig> policies, FromProto(operation->set_policies()));
      datapath_.SetPolicies(policies);
      const std::lock_guard lock(inventory_mutex_);
      policy_generation_ = operation->set_policies().generation();
      return absl::OkStatus();
    }
    case pb::DatapathOperation::OPERATION_NOT_SET:
      return absl::UnimplementedError("an operation that this espd does not know");
  }
  return absl::UnimplementedError("an operation that this espd does not know");
}

absl::Status DatapathService::Install(pb::ChildSa* message) {
  ASSIGN_OR_RETURN(const ChildSaConfig config, TakeChildSa(message));
  if (!config.path.udp_encapsulation && !raw_esp_) {
    return absl::FailedPreconditionError("raw ESP, but espd was given no raw socket");
  }
  RETURN_IF_ERROR(datapath_.Install(config));
  const std::lock_guard lock(inventory_mutex_);
  inventory_.try_emplace(config.id, message->SerializeAsString());
  return absl::OkStatus();
}

grpc::Status DatapathService::GetCapabilities(grpc::ServerContext*, const pb::GetCapabilitiesRequest*,
                                              pb::DatapathCapabilities* response) {
  response->set_name("userspace");
  response->set_raw_esp(raw_esp_);
  response->set_udp_encapsulation(true);
  response->set_prefers_udp(true);  // segmentation offload is twenty times cheaper than a raw socket's packets
  for (const std::string& suite : SuiteKeywords()) response->add_suites(suite);
  response->set_esn(true);
  response->set_max_replay_window(CV_REPLAY_MAX_WINDOW);
  return grpc::Status::OK;
}

grpc::Status DatapathService::ListSas(grpc::ServerContext*, const pb::ListSasRequest*, pb::ListSasResponse* response) {
  const std::vector<uint64_t> ids = datapath_.Ids();
  const std::lock_guard lock(inventory_mutex_);
  absl::flat_hash_map<uint64_t, std::string> alive;
  for (const uint64_t id : ids) {
    const auto found = inventory_.find(id);
    if (found == inventory_.end()) continue;  // being installed at this moment
    response->add_sas()->ParseFromString(found->second);
    alive.insert(std::move(*found));
  }
  inventory_ = std::move(alive);
  response->set_policy_generation(policy_generation_);
  return grpc::Status::OK;
}

grpc::Status DatapathService::ReadCounters(grpc::ServerContext*, const pb::ReadCountersRequest*,
                                           pb::ReadCountersResponse* response) {
  datapath_.ReadSas([&](const ChildSaReading& r) { *response->add_sas() = ToProto(r); });
  datapath_.ReadTunnels([&](const TunnelReading& r) { *response->add_tunnels() = ToProto(r); });
  ToProto(shared_.drops, response->mutable_unattributed_drops());
  return grpc::Status::OK;
}

}  // namespace culvert::espd
