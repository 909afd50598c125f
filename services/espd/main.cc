// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/log.h"
#include "libs/daemon/program.h"
#include "libs/daemon/serve.h"
#include "services/espd/datapath_service.h"
#include "services/espd/engine.h"

namespace {

using namespace culvert;  // NOLINT: main wires, and does nothing else

base::UniqueFd Optional(daemon::Descriptors& descriptors, const char* name) {
  auto fd = descriptors.Take(name);
  return fd.ok() ? *std::move(fd) : base::UniqueFd();
}

}  // namespace

int main(int argc, char** argv) {
  daemon::Program program("espd", "the user-space ESP engine on a TUN device");
  program.Epilogue(
      "Works on descriptors that culvertd (or systemd) opens:\n"
      "  tun.N  esp4500-4.N  esp4500-6.N   one of each for every worker\n"
      "  raw50-4  raw50-6                  protocol 50, optional\n"
      "  stray-out                         IKE that came with ESP, to iked; optional\n"
      "  cpu_dma_latency                   /dev/cpu_dma_latency, optional: halves the round trip");
  if (auto code = program.Start(argc, argv)) return *code;
  daemon::Descriptors& fds = program.descriptors();
  auto engine = espd::Engine::Create({.tun = fds.TakeAll("tun"),
                                      .udp4 = fds.TakeAll("esp4500-4"),
                                      .udp6 = fds.TakeAll("esp4500-6"),
                                      .raw4 = Optional(fds, "raw50-4"),
                                      .raw6 = Optional(fds, "raw50-6"),
                                      .stray = Optional(fds, "stray-out"),
                                      .latency = Optional(fds, "cpu_dma_latency")});
  if (!engine.ok()) {
    daemon::LogError("cannot start the engine", {{"error", engine.status()}});
    return 1;
  }
  espd::DatapathService service((*engine)->datapath(), (*engine)->shared(), (*engine)->raw_esp());
  (*engine)->Start([&](const std::vector<espd::Notice>& notices) { service.Publish(notices); });
  const int code = daemon::RunService(program, {&service});
  engine->reset();  // its thread publishes to the service
  return code;
}
