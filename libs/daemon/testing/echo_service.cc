// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/testing/echo_service.h"

#include <chrono>
#include <thread>

#include "libs/daemon/serve.h"
#include "libs/daemon/status.h"

namespace culvert::daemon {

grpc::Status EchoService::Answer(const grpc::ServerContext& context, const Request& request, Response* response) {
  ++calls_;
  if (request.hang()) {
    while (!context.IsCancelled())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // sync API: no event for it
    ++cancelled_;
  }
  if (request.fail_code() != 0) {
    return ToGrpc(WithReason(absl::Status(static_cast<absl::StatusCode>(request.fail_code()), request.text()),
                             request.fail_reason()));
  }
  const Caller caller = CallerOf(context);
  response->set_text(request.text());
  response->set_principal(caller.principal);
  response->set_role(std::string(RoleName(caller.role)));
  response->set_process(caller.process);
  response->set_has_deadline(context.deadline() < std::chrono::system_clock::now() + std::chrono::hours(24));
  return grpc::Status::OK;
}

grpc::Status EchoService::Chat(grpc::ServerContext* context, grpc::ServerReaderWriter<Response, Request>* stream) {
  Request request;
  grpc::Status last;
  while (stream->Read(&request)) {
    Response response;
    last = Answer(*context, request, &response);
    if (!last.ok()) continue;
    stream->Write(response);
  }
  return last;
}

}  // namespace culvert::daemon
