// SPDX-License-Identifier: Apache-2.0
// Serving gRPC on a Unix socket, with every call's right checked before its handler runs.
//
// The host accepts connections itself, reads their credentials and hands each descriptor to gRPC through an acceptor
// that belongs to that caller alone; the acceptor's credentials carry an AuthMetadataProcessor that knows the caller
// and judges each method by its (culvert.service.v1.access) option. A method without the option can be called by
// nobody. Beside the given services a host serves grpc.health.v1, reflection and culvert.service.v1.ProcessService.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/unique_fd.h"
#include "libs/daemon/caller.h"
#include "libs/daemon/program.h"

namespace grpc {
class CallbackGenericService;
class ServerContextBase;
class Service;
}  // namespace grpc

namespace culvert::daemon {

struct ServeOptions {
  std::string process;      // "iked"
  CallerRules rules;        // who is who on this socket
  base::UniqueFd listener;  // bound by BindUnix, not yet listening
  // apid's proxy: gets every method that no service claims. Any viewer or process passes; the process behind it
  // decides.
  grpc::CallbackGenericService* generic = nullptr;
};

class ServiceHost {
 public:
  // Serves until Shutdown; `services` must live as long. Methods that are not callback methods run on gRPC's threads.
  static absl::StatusOr<std::unique_ptr<ServiceHost>> Start(ServeOptions options,
                                                            const std::vector<grpc::Service*>& services);
  virtual ~ServiceHost() = default;

  // grpc.health.v1 of the whole process: SERVING after Start. culvertd holds a process for started when it serves.
  virtual void SetServing(bool serving) = 0;
  // Accepts no more, lets calls finish for `grace`, then cancels them. Idempotent; the destructor calls it with 0.
  virtual void Shutdown(absl::Duration grace) = 0;
};

// Who makes this call, inside a handler. Only on servers that a ServiceHost started.
Caller CallerOf(const grpc::ServerContextBase& context);

// The rest of a service's main: serves on the program's socket until SIGTERM, SIGINT or Drain, runs `drain`, shuts
// down. Returns the exit code.
int RunService(Program& program, const std::vector<grpc::Service*>& services, const std::function<void()>& drain = {});
// The same for apid, whose `proxy` gets every method that it does not serve itself.
int RunProxy(Program& program, grpc::CallbackGenericService* proxy);

}  // namespace culvert::daemon
