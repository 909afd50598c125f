// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/traffic.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "libs/daemon/channel.h"

namespace culvert::iked {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(1);

int64_t SecondsSince(int64_t boottime_ms, absl::Duration now) {
  if (boottime_ms == 0) return -1;
  return std::max<int64_t>(absl::ToInt64Seconds(now - absl::Milliseconds(boottime_ms)), 0);
}

}  // namespace

Traffic::Traffic(const std::shared_ptr<grpc::Channel>& sad, const base::Clock& clock)
    : sad_(sad::v1::SadService::NewStub(sad)), clock_(clock) {}

void Traffic::Join(const std::string& tunnel, const std::vector<ike::v1::IkeSa*>& sas) const {
  if (std::none_of(sas.begin(), sas.end(), [](const ike::v1::IkeSa* sa) { return sa->child_sas_size() > 0; })) return;

  grpc::ClientContext context;
  daemon::SetDeadline(&context, kDeadline);
  sad::v1::ListChildSasRequest request;
  request.set_tunnel(tunnel);
  sad::v1::ListChildSasResponse response;
  if (!sad_->ListChildSas(&context, request, &response).ok()) return;

  absl::flat_hash_map<uint64_t, const datapath::v1::ChildSaCounters*> counters;
  for (const auto& entry : response.child_sas()) counters[entry.counters().id()] = &entry.counters();
  const absl::Duration now = clock_.BootTime();
  for (ike::v1::IkeSa* sa : sas) {
    for (ike::v1::ChildSa& child : *sa->mutable_child_sas()) {
      const auto found = counters.find(child.uniqueid());
      if (found == counters.end()) continue;
      child.set_bytes_in(found->second->bytes_in());
      child.set_packets_in(found->second->packets_in());
      child.set_use_in(SecondsSince(found->second->last_in_boottime_ms(), now));
      child.set_bytes_out(found->second->bytes_out());
      child.set_packets_out(found->second->packets_out());
      child.set_use_out(SecondsSince(found->second->last_out_boottime_ms(), now));
    }
  }
}

}  // namespace culvert::iked
