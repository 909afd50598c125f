// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/channel.h"
#include "libs/daemon/program.h"
#include "libs/daemon/serve.h"
#include "services/apid/proxy.h"
#include "services/apid/routes.h"

int main(int argc, char** argv) {
  using namespace culvert;
  daemon::Program program("apid", "the front door: passes API calls to the processes that answer them");
  if (auto code = program.Start(argc, argv)) return *code;
  apid::Proxy::Backends backends;
  for (const apid::Route& route : apid::kRoutes) {
    backends[route.service] = {std::string(route.process), daemon::UnixChannel(program.SocketOf(route.process))};
  }
  apid::Proxy proxy(std::move(backends));
  return daemon::RunProxy(program, &proxy);
}
