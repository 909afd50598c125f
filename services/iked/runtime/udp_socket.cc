// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/udp_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::iked {
namespace {

constexpr size_t kBatch = 32;
constexpr size_t kMaxDatagram = 65536;
constexpr std::array<uint8_t, 4> kNonEspMarker = {};
constexpr uint8_t kKeepalive = 0xff;

absl::Status SetOption(int fd, int level, int name, absl::string_view what) {
  const int on = 1;
  if (setsockopt(fd, level, name, &on, sizeof on) != 0) return absl::ErrnoToStatus(errno, what);
  return absl::OkStatus();
}

// The destination address of a datagram that came in, from IP_PKTINFO.
base::IpAddress LocalAddressOf(msghdr& header) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      return base::IpAddress::V4(ntohl(info.ipi_addr.s_addr));
    }
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      return base::IpAddress::FromBytes({info.ipi6_addr.s6_addr, 16});
    }
  }
  return {};
}

}  // namespace

// What recvmmsg fills. Two megabytes of addresses, of which the kernel gives only the pages that datagrams touch.
struct UdpSocket::Batch {
  std::unique_ptr<uint8_t[]> octets{new uint8_t[kBatch * kMaxDatagram]};
  std::array<std::array<uint8_t, 128>, kBatch> control;
  std::array<sockaddr_storage, kBatch> remote;
  std::array<iovec, kBatch> iov;
  std::array<mmsghdr, kBatch> messages;

  void Reset() {
    for (size_t i = 0; i < kBatch; ++i) {
      iov[i] = {octets.get() + i * kMaxDatagram, kMaxDatagram};
      messages[i] = {};
      msghdr& header = messages[i].msg_hdr;
      header.msg_name = &remote[i];
      header.msg_namelen = sizeof remote[i];
      header.msg_iov = &iov[i];
      header.msg_iovlen = 1;
      header.msg_control = control[i].data();
      header.msg_controllen = control[i].size();
    }
  }
};

void UdpSocket::BatchDeleter::operator()(Batch* batch) const {
  delete batch;
}

UdpSocket::UdpSocket(base::UniqueFd fd, base::Endpoint local, bool nat_port)
    : fd_(std::move(fd)), local_(local), nat_port_(nat_port), batch_(new Batch) {}

absl::StatusOr<std::unique_ptr<UdpSocket>> UdpSocket::Adopt(base::UniqueFd fd, bool nat_port) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return absl::ErrnoToStatus(errno, "getsockname");
  }
  const base::Endpoint local = base::Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&bound));
  if (local.address.is_none() || local.port == 0) return absl::InvalidArgumentError("not a bound UDP socket");

  const int flags = fcntl(fd.get(), F_GETFL);
  if (flags < 0 || fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) return absl::ErrnoToStatus(errno, "O_NONBLOCK");
  if (local.address.is_v4()) {
    RETURN_IF_ERROR(SetOption(fd.get(), IPPROTO_IP, IP_PKTINFO, "IP_PKTINFO"));
    RETURN_IF_ERROR(SetOption(fd.get(), IPPROTO_IP, IP_RECVERR, "IP_RECVERR"));
  } else {
    RETURN_IF_ERROR(SetOption(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO"));
    RETURN_IF_ERROR(SetOption(fd.get(), IPPROTO_IPV6, IPV6_RECVERR, "IPV6_RECVERR"));
  }
  return std::unique_ptr<UdpSocket>(new UdpSocket(std::move(fd), local, nat_port));
}

uint64_t UdpSocket::Receive(const std::function<void(const ReceivedDatagram&)>& handle) {
  batch_->Reset();
  const int count = recvmmsg(fd_.get(), batch_->messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  uint64_t strays = 0;
  for (int i = 0; i < count; ++i) {
    msghdr& header = batch_->messages[i].msg_hdr;
    base::ByteView bytes(static_cast<const uint8_t*>(batch_->iov[i].iov_base), batch_->messages[i].msg_len);
    if (nat_port_ && bytes.size() == 1 && bytes[0] == kKeepalive) continue;
    if ((header.msg_flags & MSG_TRUNC) != 0) {
      ++strays;
      continue;
    }
    if (nat_port_) {
      if (bytes.size() < kNonEspMarker.size() ||
          !std::equal(kNonEspMarker.begin(), kNonEspMarker.end(), bytes.begin())) {
        ++strays;
        continue;
      }
      bytes = bytes.subspan(kNonEspMarker.size());
    }
    const base::IpAddress local = LocalAddressOf(header);
    handle({{local.is_none() ? local_.address : local, local_.port},
            base::Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&batch_->remote[i])),
            bytes});
  }
  return strays;
}

void UdpSocket::ReceiveErrors(const std::function<void(const base::Endpoint& remote, int error)>& handle) {
  for (size_t i = 0; i < kBatch; ++i) {
    sockaddr_storage destination{};
    std::array<uint8_t, 512> control;
    std::array<uint8_t, 64> returned;  // the start of what we had sent; of no interest
    iovec iov{returned.data(), returned.size()};
    msghdr header{};
    header.msg_name = &destination;
    header.msg_namelen = sizeof destination;
    header.msg_iov = &iov;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    if (recvmsg(fd_.get(), &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      const bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
      const bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
      if (!v4 && !v6) continue;
      sock_extended_err error;
      memcpy(&error, CMSG_DATA(c), sizeof error);
      handle(base::Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&destination)), static_cast<int>(error.ee_errno));
    }
  }
}

absl::Status UdpSocket::Send(const base::IpAddress& local, const base::Endpoint& remote, base::ByteView bytes,
                             uint8_t dscp) {
  sockaddr_storage destination;
  const socklen_t length = remote.ToSockaddr(&destination);
  const bool keepalive = nat_port_ && bytes.size() == 1;
  std::array<iovec, 2> iov = {iovec{const_cast<uint8_t*>(kNonEspMarker.data()), kNonEspMarker.size()},
                              iovec{const_cast<uint8_t*>(bytes.data()), bytes.size()}};
  const size_t skip = nat_port_ && !keepalive ? 0 : 1;

  alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_name = &destination;
  header.msg_namelen = length;
  header.msg_iov = iov.data() + skip;
  header.msg_iovlen = iov.size() - skip;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* c = CMSG_FIRSTHDR(&header);
  size_t control_size = 0;
  const auto add = [&](int level, int type, const void* value, size_t size) {
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(c), value, size);
    control_size += CMSG_SPACE(size);
    c = CMSG_NXTHDR(&header, c);
  };
  const int traffic_class = dscp << 2;
  if (local.is_v4()) {
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = htonl(local.v4());
    add(IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    if (dscp != 0) add(IPPROTO_IP, IP_TOS, &traffic_class, sizeof traffic_class);
  } else {
    in6_pktinfo info{};
    memcpy(info.ipi6_addr.s6_addr, local.bytes().data(), local.size());
    add(IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    if (dscp != 0) add(IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class);
  }
  header.msg_controllen = control_size;

  // The first call after an ICMP error may report that error and send nothing, whoever the peer was; the error itself
  // is in the queue for ReceiveErrors.
  for (int attempt = 0;; ++attempt) {
    if (sendmsg(fd_.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return absl::OkStatus();
    if (attempt == 0 && (errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == EINTR)) continue;
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot send to ", remote.ToString()));
  }
}

}  // namespace culvert::iked
