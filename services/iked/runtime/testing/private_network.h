// SPDX-License-Identifier: Apache-2.0
// A network namespace of the test's own, in which nothing is but a loopback interface: ports 500 and 4500 are free on
// every 127.0.0.x, and no packet leaves.
#pragma once

#include <linux/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <vector>

#include "libs/base/host.h"
#include "libs/base/ip.h"
#include "libs/base/unique_fd.h"
#include "services/iked/runtime/udp_socket.h"

namespace culvert::iked::testing {

// Moves this thread, and those it starts, for good. False: this host does not let us.
inline bool EnterPrivateNetwork() {
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  base::UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

// The IKE sockets of a gateway that has this one address.
inline std::vector<std::unique_ptr<UdpSocket>> IkeSockets(const char* address) {
  std::vector<std::unique_ptr<UdpSocket>> sockets;
  for (const uint16_t port : {base::kIkePort, base::kIkeNatPort}) {
    const base::Endpoint local{base::IpAddress::Parse(address).value(), port};
    sockaddr_storage storage;
    const socklen_t length = local.ToSockaddr(&storage);
    base::UniqueFd fd(socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0) return {};
    sockets.push_back(UdpSocket::Adopt(std::move(fd), port == base::kIkeNatPort).value());
  }
  return sockets;
}

}  // namespace culvert::iked::testing
