// SPDX-License-Identifier: Apache-2.0
// The daemon behind --target: the same gRPC API that everybody has.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/daemon/channel.h"
#include "libs/daemon/status.h"

namespace culvert::ctl {

class Client {
 public:
  // The Unix socket at `path`: PERMISSION_DENIED where it is not ours to open, UNAVAILABLE where there is none.
  static absl::StatusOr<Client> Connect(const std::string& path, absl::Duration timeout);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  absl::Duration timeout() const { return timeout_; }

  // One unary call: client.Call(&IkeService::Stub::ListTunnels, request).
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request) const {
    Stub stub(channel_);
    grpc::ClientContext context;
    daemon::SetDeadline(&context, timeout_);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return daemon::FromGrpc(status);
    return response;
  }

 private:
  Client(std::shared_ptr<grpc::Channel> channel, absl::Duration timeout)
      : channel_(std::move(channel)), timeout_(timeout) {}

  std::shared_ptr<grpc::Channel> channel_;
  absl::Duration timeout_;
};

}  // namespace culvert::ctl
