// SPDX-License-Identifier: Apache-2.0
#include "services/espd/socket_port.h"

#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace culvert::espd {
namespace {

template <typename T>
void AddControl(msghdr* header, int level, int type, const T& value) {
  auto* control = reinterpret_cast<cmsghdr*>(static_cast<uint8_t*>(header->msg_control) + header->msg_controllen);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof(T));
  std::memcpy(CMSG_DATA(control), &value, sizeof(T));
  header->msg_controllen += CMSG_SPACE(sizeof(T));
}

// Packets keep failing until the path's MTU is known everywhere: once in a while is enough to say so.
constexpr int64_t kNarrowAgainMs = 200;

int64_t CoarseMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

// These sockets never fragment (IP_PMTUDISC_DO): the kernel took an ICMP error about this path to heart (RFC 1191,
// RFC 8201) and refuses what is too long for it. What it learned is in its routes, which sad reads.
void SocketPort::CountUnsent(int error, const EspBatch& batch, uint32_t packets) {
  batch.drops->Count(error == EMSGSIZE ? Drop::kMtu : Drop::kQueue, packets);
  if (error != EMSGSIZE) return;
  const int64_t now = CoarseMs();
  if (narrow_told_ms_ != 0 && now - narrow_told_ms_ < kNarrowAgainMs) return;
  if (shared_.Raise(worker_, {.kind = Event::Kind::kPathMtu, .source = batch.path->config.remote})) {
    narrow_told_ms_ = now;
  }
}

int SocketPort::SocketFor(const OuterPath& path) const {
  if (path.config.udp_encapsulation) return path.v4() ? sockets_.udp4 : sockets_.udp6;
  return path.v4() ? sockets_.raw4 : sockets_.raw6;
}

void SocketPort::Fill(size_t index, const EspBatch& batch, uint8_t* data, size_t size) {
  const OuterPath& path = *batch.path;
  iovecs_[index] = {data, size};
  msghdr& header = messages_[index].msg_hdr;
  header = {};
  header.msg_name = const_cast<void*>(static_cast<const void*>(&path.remote));
  header.msg_namelen = path.remote_size;
  header.msg_iov = &iovecs_[index];
  header.msg_iovlen = 1;
  header.msg_control = controls_[index].octets.data();
  const base::IpAddress& local = path.config.local.address;
  if (path.v4()) {
    if (!local.IsUnspecified()) {
      in_pktinfo info{};
      std::memcpy(&info.ipi_spec_dst, local.bytes().data(), 4);
      AddControl(&header, IPPROTO_IP, IP_PKTINFO, info);
    }
    AddControl(&header, IPPROTO_IP, IP_TOS, int{batch.tos});
  } else {
    if (!local.IsUnspecified()) {
      in6_pktinfo info{};
      std::memcpy(&info.ipi6_addr, local.bytes().data(), 16);
      AddControl(&header, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
    AddControl(&header, IPPROTO_IPV6, IPV6_TCLASS, int{batch.tos});
  }
  if (size > batch.segment) AddControl(&header, IPPROTO_UDP, UDP_SEGMENT, static_cast<uint16_t>(batch.segment));
}

void SocketPort::Send(std::span<const EspBatch> batches) {
  std::array<const EspBatch*, kMessages> owners;
  size_t pending = 0;
  int fd = -1;
  const auto flush = [&] {
    if (pending > 0) SendMessages(fd, {owners.data(), pending});
    pending = 0;
  };
  for (const EspBatch& batch : batches) {
    const int next = SocketFor(*batch.path);
    if (next < 0) {
      batch.drops->Count(Drop::kQueue, batch.segments);
      continue;
    }
    if (next != fd) flush();
    fd = next;
    // A raw socket has no segmentation offload: a message a packet.
    const size_t step = batch.path->config.udp_encapsulation ? batch.size : batch.segment;
    for (size_t at = 0; at < batch.size; at += step) {
      if (pending == kMessages) flush();
      Fill(pending, batch, batch.data + at, std::min<size_t>(step, batch.size - at));
      owners[pending++] = &batch;
    }
  }
  flush();
}

void SocketPort::SendMessages(int fd, std::span<const EspBatch* const> owners) {
  for (size_t at = 0; at < owners.size();) {
    const int sent = sendmmsg(fd, &messages_[at], static_cast<unsigned>(owners.size() - at), 0);
    if (sent > 0) {
      at += static_cast<size_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    const EspBatch& failed = *owners[at];
    const bool whole = iovecs_[at].iov_len == failed.size;
    if (errno == EIO && whole && failed.segments > 1) {
      SendEach(fd, failed);  // a device without checksum offload, on which this kernel refuses UDP_SEGMENT
    } else {
      CountUnsent(errno, failed, whole ? failed.segments : 1);
    }
    ++at;
  }
}

void SocketPort::SendEach(int fd, const EspBatch& batch) {
  for (size_t at = 0; at < batch.size; at += batch.segment) {
    Control control;
    iovec data = {batch.data + at, std::min<size_t>(batch.segment, batch.size - at)};
    msghdr header = {};
    header.msg_name = const_cast<void*>(static_cast<const void*>(&batch.path->remote));
    header.msg_namelen = batch.path->remote_size;
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.octets.data();
    AddControl(&header, batch.path->v4() ? IPPROTO_IP : IPPROTO_IPV6, batch.path->v4() ? IP_TOS : IPV6_TCLASS,
               int{batch.tos});
    if (sendmsg(fd, &header, 0) < 0) CountUnsent(errno, batch, 1);
  }
}

}  // namespace culvert::espd
