// SPDX-License-Identifier: Apache-2.0
// culvert.service.v1.SupervisorService over a Supervisor.
#pragma once

#include "culvert/service/v1/service.grpc.pb.h"
#include "services/culvertd/supervisor.h"

namespace culvert::culvertd {

class SupervisorService final : public service::v1::SupervisorService::CallbackService {
 public:
  explicit SupervisorService(const Supervisor* supervisor) : supervisor_(supervisor) {}

  grpc::ServerUnaryReactor* ListProcesses(grpc::CallbackServerContext* context,
                                          const service::v1::ListProcessesRequest* request,
                                          service::v1::ListProcessesResponse* response) override;

 private:
  const Supervisor* supervisor_;
};

}  // namespace culvert::culvertd
