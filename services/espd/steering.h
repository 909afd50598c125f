// SPDX-License-Identifier: Apache-2.0
// Port 4500 shared by iked and espd's workers (RFC 3948): one SO_REUSEPORT group of sockets and a classic-BPF program
// that picks one by the first four octets of a datagram.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/host.h"
#include "libs/base/ip.h"
#include "libs/base/unique_fd.h"

namespace culvert::espd {

// What every socket of IKE and ESP has: kCulvertMark (where the caller may set marks), 16 MB buffers (likewise), the
// local address and the TOS of what it receives, and no fragmentation by the kernel.
absl::Status PrepareOuterSocket(int fd, base::Family family);

struct NatPortSockets {
  base::UniqueFd ike;               // group index 0: the non-ESP marker, and what is too short to be ESP
  std::vector<base::UniqueFd> esp;  // worker N at index N + 1: SPI modulo the number of workers
};

struct NatPortOptions {
  base::Family family = base::Family::kIPv4;
  uint16_t port = base::kIkeNatPort;
  int workers = 1;
};

// Binds the whole group to the wildcard address and attaches the program. All must be opened by one user in this order,
// and none closed while the group is in use: the kernel renumbers a group that shrinks. Every socket reports the local
// address of what it receives, carries kCulvertMark (where the caller may set marks) and, those of ESP, coalesces
// datagrams (UDP_GRO). AlreadyExists if another program holds the port.
absl::StatusOr<NatPortSockets> OpenNatPort(const NatPortOptions& options);

// A raw socket of protocol 50 (RFC 4303), prepared likewise. Needs CAP_NET_RAW.
absl::StatusOr<base::UniqueFd> OpenRawEsp(base::Family family);

}  // namespace culvert::espd
