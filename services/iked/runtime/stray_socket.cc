// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/stray_socket.h"

#include <sys/uio.h>

#include <array>

#include "libs/base/stray_datagram.h"

namespace culvert::iked {
namespace {

constexpr int kBatch = 32;
constexpr size_t kMaxDatagram = 65536;
constexpr size_t kMarker = 4;  // espd has looked at it already

}  // namespace

uint64_t StraySocket::Receive(const std::function<void(const ReceivedDatagram&)>& handle) {
  static thread_local std::array<uint8_t, kMaxDatagram> octets;
  uint64_t dropped = 0;
  for (int i = 0; i < kBatch; ++i) {
    base::StrayHeader addresses = {};
    std::array<iovec, 2> parts = {iovec{&addresses, sizeof addresses}, iovec{octets.data(), octets.size()}};
    msghdr header = {};
    header.msg_iov = parts.data();
    header.msg_iovlen = parts.size();
    const ssize_t size = recvmsg(fd_.get(), &header, MSG_DONTWAIT);
    if (size < 0) break;
    if (static_cast<size_t>(size) < sizeof addresses + kMarker || (header.msg_flags & MSG_TRUNC) != 0) {
      ++dropped;
      continue;
    }
    handle({base::Endpoint::FromSockaddr(reinterpret_cast<const sockaddr*>(&addresses.local)),
            base::Endpoint::FromSockaddr(reinterpret_cast<const sockaddr*>(&addresses.remote)),
            base::ByteView(octets).subspan(kMarker, static_cast<size_t>(size) - sizeof addresses - kMarker)});
  }
  return dropped;
}

}  // namespace culvert::iked
