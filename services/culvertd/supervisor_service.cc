// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/supervisor_service.h"

namespace culvert::culvertd {

grpc::ServerUnaryReactor* SupervisorService::ListProcesses(grpc::CallbackServerContext* context,
                                                           const service::v1::ListProcessesRequest* /*request*/,
                                                           service::v1::ListProcessesResponse* response) {
  for (const ChildStatus& status : supervisor_->List()) {
    service::v1::ProcessStatus* out = response->add_processes();
    out->set_name(status.name);
    out->set_pid(status.pid);
    out->set_restarts(status.restarts);
    out->set_start_time_seconds(absl::ToUnixSeconds(status.started));
    out->set_last_end(status.last_end);
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace culvert::culvertd
