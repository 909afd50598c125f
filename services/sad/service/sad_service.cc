// SPDX-License-Identifier: Apache-2.0
#include "services/sad/service/sad_service.h"

#include <thread>
#include <utility>
#include <vector>

#include "libs/daemon/log.h"
#include "libs/daemon/status.h"
#include "services/sad/datapath/convert.h"

namespace culvert::sad {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(100);

void Fill(uint64_t sequence, const absl::Status& status, v1::SaResult* result) {
  result->set_sequence(sequence);
  result->set_code(static_cast<int>(status.code()));
  if (!status.ok()) result->set_message(std::string(status.message()));
}

// Consecutive operations on SAs, applied as one batch; what stands between two batches is done in its place.
class Run {
 public:
  Run(Database& database, v1::AttachResponse* response) : database_(database), response_(response) {}
  ~Run() { Flush(); }

  template <typename Operation>
  void Add(uint64_t sequence, absl::StatusOr<Operation> operation) {
    if (!operation.ok()) {
      Answer(sequence, operation.status());
      return;
    }
    sequences_.push_back(sequence);
    operations_.emplace_back(*std::move(operation));
  }
  v1::SaResult* Answer(uint64_t sequence, const absl::Status& status) {
    Flush();
    v1::SaResult* result = response_->add_results();
    Fill(sequence, status, result);
    return result;
  }
  void Flush() {
    if (operations_.empty()) return;
    const std::vector<absl::Status> statuses = database_.Apply(std::exchange(operations_, {}));
    for (size_t i = 0; i < statuses.size(); ++i) Fill(sequences_[i], statuses[i], response_->add_results());
    sequences_.clear();
  }

 private:
  Database& database_;
  v1::AttachResponse* const response_;
  std::vector<uint64_t> sequences_;
  std::vector<SaOperation> operations_;
};

}  // namespace

grpc::Status SadService::Attach(grpc::ServerContext* context, AttachSession::Stream* stream) {
  // Nothing can be judged before the first generation, which follows our start within moments.
  while (!database_.WaitForGeneration(kPoll)) {
    if (context->IsCancelled()) return grpc::Status::CANCELLED;
  }
  auto session = std::make_shared<AttachSession>(context, stream);
  std::thread writer([session] { session->WriteAll(); });
  Become(session);

  v1::AttachRequest request;
  while (stream->Read(&request)) session->Push(Apply(&request));

  Leave(session);
  session->Close();
  writer.join();
  return grpc::Status::OK;
}

void SadService::Become(const std::shared_ptr<AttachSession>& session) {
  absl::MutexLock lock(&mutex_);
  if (session_ != nullptr) session_->Cancel();
  session_ = session;
  database_.SetEventSink([session](const DatapathEvent& event) {
    v1::AttachResponse response;
    ToProto(event, response.add_events());
    session->Push(std::move(response));
  });
  enforcer_.SetAddressSink([session](const std::vector<base::IpAddress>& addresses) {
    v1::AttachResponse response;
    response.mutable_addresses();  // said even where there is none
    for (const base::IpAddress& address : addresses) response.mutable_addresses()->add_addresses(address.ToString());
    session->Push(std::move(response));
  });
}

void SadService::Leave(const std::shared_ptr<AttachSession>& session) {
  absl::MutexLock lock(&mutex_);
  if (session_ != session) return;
  session_ = nullptr;
  database_.SetEventSink(nullptr);
  enforcer_.SetAddressSink(nullptr);
}

v1::AttachResponse SadService::Apply(v1::AttachRequest* request) {
  v1::AttachResponse response;
  Run run(database_, &response);
  for (v1::SaOperation& operation : *request->mutable_operations()) {
    const uint64_t sequence = operation.sequence();
    switch (operation.operation_case()) {
      case v1::SaOperation::kInstall:
        run.Add(sequence, FromProto(operation.mutable_install()));
        break;
      case v1::SaOperation::kRetire:
        run.Add(sequence, absl::StatusOr<RetireChildSa>(FromProto(operation.retire())));
        break;
      case v1::SaOperation::kUpdatePath:
        run.Add(sequence, FromProto(operation.update_path()));
        break;
      case v1::SaOperation::kLeaseSpis: {
        const auto spis = database_.LeaseSpis(operation.lease_spis().count());
        v1::SaResult* result = run.Answer(sequence, spis.status());
        if (spis.ok()) result->mutable_spis()->Assign(spis->begin(), spis->end());
        break;
      }
      case v1::SaOperation::kReconcile: {
        run.Flush();
        const auto& reconcile = operation.reconcile();
        database_.Reconcile(std::vector<uint64_t>(reconcile.child_sas().begin(), reconcile.child_sas().end()),
                            std::vector<uint32_t>(reconcile.spis().begin(), reconcile.spis().end()));
        run.Answer(sequence, absl::OkStatus());
        break;
      }
      case v1::SaOperation::kSetVirtualIps:
        run.Answer(sequence, SetVirtualIps(operation.set_virtual_ips()));
        break;
      case v1::SaOperation::OPERATION_NOT_SET:
        run.Answer(sequence, absl::InvalidArgumentError("an operation of no kind"));
        break;
    }
  }
  run.Flush();
  return response;
}

absl::Status SadService::SetVirtualIps(const v1::SetVirtualIps& request) {
  std::vector<base::IpAddress> addresses;
  for (const std::string& octets : request.addresses()) {
    addresses.push_back(base::IpAddress::FromBytes(base::AsBytes(octets)));
    const base::IpAddress& address = addresses.back();
    if (address.is_none() || address.IsUnspecified() || address.IsLoopback() || address.IsMulticast()) {
      return absl::InvalidArgumentError("virtual address: 4 or 16 octets of a host's address");
    }
  }
  return enforcer_.SetVirtualIps(request.tunnel(), std::move(addresses));
}

grpc::Status SadService::GetCapabilities(grpc::ServerContext*, const v1::GetCapabilitiesRequest*,
                                         v1::GetCapabilitiesResponse* response) {
  absl::StatusOr<Capabilities> capabilities = database_.Probe();
  if (!capabilities.ok()) return daemon::ToGrpc(capabilities.status());
  ToProto(*capabilities, response->mutable_datapath());
  response->set_reason(choice_);
  response->set_generation(database_.generation());
  return grpc::Status::OK;
}

grpc::Status SadService::ListChildSas(grpc::ServerContext*, const v1::ListChildSasRequest* request,
                                      v1::ListChildSasResponse* response) {
  for (const ListedChildSa& listed : database_.List(request->tunnel())) {
    v1::ChildSaEntry* entry = response->add_child_sas();
    ToProto(listed.info, entry->mutable_sa());
    ToProto(listed.counters, entry->mutable_counters());
    entry->set_retiring(listed.retiring);
  }
  return grpc::Status::OK;
}

grpc::Status SadService::GetCounters(grpc::ServerContext*, const v1::GetCountersRequest*,
                                     v1::GetCountersResponse* response) {
  const TrafficReport report = database_.ReadTraffic();
  absl::flat_hash_map<std::string, Guard::Report> guard;
  if (enforcer_.guard() != nullptr) {
    if (auto read = enforcer_.guard()->Read(); read.ok()) guard = *std::move(read);
  }
  for (const TunnelReport& tunnel : report.tunnels) {
    v1::TunnelTraffic* out = response->add_tunnels();
    out->set_tunnel(tunnel.tunnel);
    out->set_bytes_in(tunnel.totals.bytes_in);
    out->set_packets_in(tunnel.totals.packets_in);
    out->set_bytes_out(tunnel.totals.bytes_out);
    out->set_packets_out(tunnel.totals.packets_out);
    out->mutable_drops_in()->insert(tunnel.totals.drops_in.begin(), tunnel.totals.drops_in.end());
    out->mutable_drops_out()->insert(tunnel.totals.drops_out.begin(), tunnel.totals.drops_out.end());
    out->set_path_mtu(tunnel.totals.path_mtu);
    out->set_child_sas(tunnel.child_sas);
    const Guard::Report& guarded = guard[tunnel.tunnel];
    out->set_leak_blocked_packets(guarded.blocked_packets);
    out->set_firewall_rules(guarded.rules);
  }
  response->mutable_unattributed_drops()->insert(report.unattributed_drops.begin(), report.unattributed_drops.end());
  response->set_refused_operations(report.refused_operations);
  return grpc::Status::OK;
}

}  // namespace culvert::sad
