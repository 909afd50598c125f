// SPDX-License-Identifier: Apache-2.0
// One UDP socket that carries IKE: 500, or 4500 where IKE shares the port with ESP and wears the non-ESP marker of
// RFC 3948 2.2. Datagrams come and go with the local address they used, since a gateway has several.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/base/ip.h"
#include "libs/base/unique_fd.h"

namespace culvert::iked {

// A datagram as IKE sees it: without marker. Valid during the callback.
struct ReceivedDatagram {
  base::Endpoint local;
  base::Endpoint remote;
  base::ByteView bytes;
};

class UdpSocket {
 public:
  // `fd` is bound already. `nat_port`: datagrams wear the marker. Asks the kernel for local addresses and ICMP errors.
  static absl::StatusOr<std::unique_ptr<UdpSocket>> Adopt(base::UniqueFd fd, bool nat_port);

  int fd() const { return fd_.get(); }
  base::Family family() const { return local_.address.family(); }
  bool nat_port() const { return nat_port_; }
  uint16_t port() const { return local_.port; }

  // Reads what waits, at most one batch, so that a flood cannot starve timers. Keepalives (one octet 0xFF), ESP and
  // truncated datagrams are dropped here; returns how many datagrams were dropped for being neither IKE nor keepalive.
  uint64_t Receive(const std::function<void(const ReceivedDatagram&)>& handle);

  // Reads the error queue: the peer's port or host was unreachable, as ICMP says. Nothing vouches for ICMP, so this is
  // a hint and no more (RFC 7296 2.4).
  void ReceiveErrors(const std::function<void(const base::Endpoint& remote, int error)>& handle);

  // From `local` to `remote`. The marker goes in front on 4500, but for a keepalive, which is a lone 0xFF
  // (RFC 3948 2.3). `dscp` (RFC 2474) goes into the six high bits of the traffic class.
  absl::Status Send(const base::IpAddress& local, const base::Endpoint& remote, base::ByteView bytes, uint8_t dscp = 0);

 private:
  struct Batch;
  struct BatchDeleter {
    void operator()(Batch* batch) const;
  };

  UdpSocket(base::UniqueFd fd, base::Endpoint local, bool nat_port);

  base::UniqueFd fd_;
  base::Endpoint local_;  // as bound
  bool nat_port_;
  std::unique_ptr<Batch, BatchDeleter> batch_;
};

}  // namespace culvert::iked
