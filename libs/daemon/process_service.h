// SPDX-License-Identifier: Apache-2.0
// culvert.service.v1.ProcessService, which every process serves.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "culvert/service/v1/service.grpc.pb.h"

namespace culvert::daemon {

class ProcessService final : public service::v1::ProcessService::CallbackService {
 public:
  explicit ProcessService(std::string process);

  grpc::ServerUnaryReactor* GetBuildInfo(grpc::CallbackServerContext* context,
                                         const service::v1::GetBuildInfoRequest* request,
                                         service::v1::GetBuildInfoResponse* response) override;
  grpc::ServerUnaryReactor* SetLogLevel(grpc::CallbackServerContext* context,
                                        const service::v1::SetLogLevelRequest* request,
                                        service::v1::SetLogLevelResponse* response) override;
  // Answers at once; the process then goes the way that SIGTERM takes.
  grpc::ServerUnaryReactor* Drain(grpc::CallbackServerContext* context, const service::v1::DrainRequest* request,
                                  service::v1::DrainResponse* response) override;

 private:
  const std::string process_;
  const absl::Time started_;
};

}  // namespace culvert::daemon
