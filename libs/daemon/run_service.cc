// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/log.h"
#include "libs/daemon/serve.h"

namespace culvert::daemon {
namespace {

constexpr absl::Duration kGrace =
    absl::Seconds(1);  // for calls under way; culvertd gives iked 4 s in all, of which its peers get 3

int Run(Program& program, const std::vector<grpc::Service*>& services, grpc::CallbackGenericService* generic,
        const std::function<void()>& drain) {
  ServeOptions options{.process = std::string(program.process().name),
                       .rules = CallerRules::ForThisHost(program.uid_base()),
                       .listener = program.TakeListener(),
                       .generic = generic};
  auto host = ServiceHost::Start(std::move(options), services);
  if (!host.ok()) {
    LogError("cannot serve", {{"error", host.status()}});
    return 1;
  }
  LogInfo("serving", {{"socket", program.SocketOf(program.process().name)}});
  program.stop().Wait();
  LogInfo("stopping");
  (*host)->SetServing(false);
  if (drain) drain();
  (*host)->Shutdown(kGrace);
  return 0;
}

}  // namespace

int RunService(Program& program, const std::vector<grpc::Service*>& services, const std::function<void()>& drain) {
  return Run(program, services, nullptr, drain);
}

int RunProxy(Program& program, grpc::CallbackGenericService* proxy) {
  return Run(program, {}, proxy, nullptr);
}

}  // namespace culvert::daemon
