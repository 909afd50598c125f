// SPDX-License-Identifier: Apache-2.0
// iked: IKE over the sockets it was given. Wiring only.
#include <array>

#include "libs/base/clock.h"
#include "libs/daemon/channel.h"
#include "libs/daemon/log.h"
#include "libs/daemon/program.h"
#include "libs/daemon/sandbox.h"
#include "libs/daemon/serve.h"
#include "services/iked/engine/timers.h"
#include "services/iked/runtime/ike_service.h"
#include "services/iked/runtime/runtime.h"

namespace culvert::iked {
namespace {

struct SocketName {
  const char* descriptor;
  bool nat_port;
};
constexpr std::array<SocketName, 4> kSockets = {
    {{"ike500-4", false}, {"ike4500-4", true}, {"ike500-6", false}, {"ike4500-6", true}}};

// A host may lack a family; one of IPv4's and IPv6's sockets must be there.
absl::StatusOr<std::vector<std::unique_ptr<UdpSocket>>> TakeSockets(daemon::Descriptors& descriptors) {
  std::vector<std::unique_ptr<UdpSocket>> sockets;
  for (const SocketName& name : kSockets) {
    if (!descriptors.Has(name.descriptor)) continue;
    auto fd = descriptors.Take(name.descriptor);
    if (!fd.ok()) return fd.status();
    auto socket = UdpSocket::Adopt(*std::move(fd), name.nat_port);
    if (!socket.ok()) return socket.status();
    sockets.push_back(*std::move(socket));
  }
  if (sockets.empty()) return absl::FailedPreconditionError("no IKE socket was handed over; culvertd starts iked");
  return sockets;
}

base::UniqueFd TakeIfThere(daemon::Descriptors& descriptors, const char* name) {
  return descriptors.Has(name) ? descriptors.Take(name).value_or(base::UniqueFd()) : base::UniqueFd();
}

int Main(int argc, char** argv) {
  daemon::Program program("iked", "negotiates IKE SAs and CHILD_SAs");
  if (const auto code = program.Start(argc, argv)) return *code;

  auto sockets = TakeSockets(program.descriptors());
  if (!sockets.ok()) {
    daemon::LogError("cannot start", {{"error", sockets.status()}});
    return 1;
  }
  RouteProbe probe(TakeIfThere(program.descriptors(), "route-4"), TakeIfThere(program.descriptors(), "route-6"));
  if (const absl::Status jail = daemon::EnterSeccompJail(); !jail.ok()) {  // before any thread, so that all are in it
    daemon::LogError("cannot give up system calls", {{"error", jail}});
    return 1;
  }

  const base::SystemClock clock;
  base::SystemRng rng;
  auto runtime = Runtime::Start({.clock = clock,
                                 .rng = rng,
                                 .sockets = *std::move(sockets),
                                 .strays = StraySocket(TakeIfThere(program.descriptors(), "stray-in")),
                                 .probe = std::move(probe),
                                 .configd = daemon::UnixChannel(program.SocketOf("configd")),
                                 .sad = daemon::UnixChannel(program.SocketOf("sad")),
                                 .fetchd = daemon::UnixChannel(program.SocketOf("fetchd"))});
  if (!runtime.ok()) {
    daemon::LogError("cannot start", {{"error", runtime.status()}});
    return 1;
  }
  IkeService service(**runtime, daemon::UnixChannel(program.SocketOf("sad")), clock);
  // The engine gives up on silent peers by itself; a little more, so that it is the one who decides.
  const absl::Duration limit = kDrainTimeout + absl::Milliseconds(500);
  return daemon::RunService(program, {&service}, [&] { (*runtime)->Drain(limit); });
}

}  // namespace
}  // namespace culvert::iked

int main(int argc, char** argv) {
  return culvert::iked::Main(argc, argv);
}
