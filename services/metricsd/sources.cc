// SPDX-License-Identifier: Apache-2.0
#include "services/metricsd/sources.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "absl/synchronization/blocking_counter.h"
#include "libs/daemon/channel.h"

namespace culvert::metricsd {
namespace {

// One call under way: gRPC reads and writes it until `done` was called.
template <typename Request, typename Response>
struct Call {
  const char* source;
  Response* target;
  grpc::ClientContext context{};
  Request request{};
  Response response{};
  grpc::Status status{};
};

// `start(context, request, response, done)` begins the call.
template <typename Request, typename Response, typename Start>
void Begin(Call<Request, Response>& call, absl::Duration deadline, absl::BlockingCounter& left, Start start) {
  daemon::SetDeadline(&call.context, deadline);
  start(&call.context, &call.request, &call.response, [&call, &left](grpc::Status status) {
    call.status = std::move(status);
    left.DecrementCount();
  });
}

template <typename Request, typename Response>
void End(Call<Request, Response>& call, Readings* readings) {
  const bool ok = call.status.ok();
  bool& up = readings->source_up.try_emplace(call.source, true).first->second;
  up = up && ok;
  if (ok) *call.target = std::move(call.response);
}

}  // namespace

Sources::Sources(const SourceChannels& channels)
    : configd_(config::v1::ConfigService::NewStub(channels.configd)),
      culvertd_(service::v1::SupervisorService::NewStub(channels.culvertd)),
      iked_(ike::v1::IkeService::NewStub(channels.iked)),
      sad_(sad::v1::SadService::NewStub(channels.sad)) {}

void Sources::Refresh(absl::Duration deadline, Readings* readings) const {
  Call<config::v1::GetApplyStatusRequest, config::v1::GetApplyStatusResponse> apply{"configd", &readings->apply};
  Call<service::v1::ListProcessesRequest, service::v1::ListProcessesResponse> processes{"culvertd",
                                                                                        &readings->processes};
  Call<ike::v1::ListTunnelsRequest, ike::v1::ListTunnelsResponse> tunnels{"iked", &readings->tunnels};
  Call<ike::v1::GetIkeCountersRequest, ike::v1::GetIkeCountersResponse> ike{"iked", &readings->ike};
  Call<sad::v1::GetCountersRequest, sad::v1::GetCountersResponse> traffic{"sad", &readings->traffic};
  Call<sad::v1::GetCapabilitiesRequest, sad::v1::GetCapabilitiesResponse> datapath{"sad", &readings->datapath};

  absl::BlockingCounter left(6);
  Begin(apply, deadline, left, [&](auto... call) { configd_->async()->GetApplyStatus(call...); });
  Begin(processes, deadline, left, [&](auto... call) { culvertd_->async()->ListProcesses(call...); });
  Begin(tunnels, deadline, left, [&](auto... call) { iked_->async()->ListTunnels(call...); });
  Begin(ike, deadline, left, [&](auto... call) { iked_->async()->GetIkeCounters(call...); });
  Begin(traffic, deadline, left, [&](auto... call) { sad_->async()->GetCounters(call...); });
  Begin(datapath, deadline, left, [&](auto... call) { sad_->async()->GetCapabilities(call...); });
  left.Wait();

  readings->source_up.clear();
  End(apply, readings);
  End(processes, readings);
  End(tunnels, readings);
  End(ike, readings);
  End(traffic, readings);
  End(datapath, readings);
}

}  // namespace culvert::metricsd
