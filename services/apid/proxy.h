// SPDX-License-Identifier: Apache-2.0
// A gRPC proxy that understands no message: every call, unary or streaming, goes on to the process that its service
// belongs to, with the caller's name and role in place of whatever the caller claimed to be. Deadline, cancellation,
// metadata, status and status details pass through.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/async_generic_service.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace culvert::apid {

// A process behind the proxy.
struct Backend {
  std::string process;  // for messages: "iked is down"
  std::shared_ptr<grpc::Channel> channel;
};

class Proxy final : public grpc::CallbackGenericService {
 public:
  // By full service name.
  using Backends = absl::flat_hash_map<std::string, Backend>;
  explicit Proxy(Backends backends) : backends_(std::move(backends)) {}

  // One call. UNIMPLEMENTED where the service is not in the table; UNAVAILABLE with reason PROCESS_DOWN, naming the
  // process, where nobody answers behind it.
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

 private:
  const Backends backends_;
};

}  // namespace culvert::apid
