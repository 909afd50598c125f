// SPDX-License-Identifier: Apache-2.0
#include "services/espd/worker.h"

#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "libs/base/host.h"
#include "libs/base/status_macros.h"
#include "libs/base/stray_datagram.h"

namespace culvert::espd {
namespace {

enum Watched : uint64_t { kTun, kUdp4, kUdp6, kRaw4, kRaw6, kWake };

int64_t BootTimeMs() {
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

template <typename Address>
base::Endpoint LocalOf(const Address& address) {
  return {base::IpAddress::FromBytes({reinterpret_cast<const uint8_t*>(&address), sizeof(address)}), base::kIkeNatPort};
}

}  // namespace

// The host refuses what it cannot take: no queue space, the device down, a packet it finds malformed.
void Worker::QueuePort::Write(const uint8_t* frame, size_t size) {
  if (write(fd_, frame, size) < 0) drops_.Count(Drop::kQueue);
}

void Worker::DatagramPort::Send(base::MutableByteView datagram, const base::Endpoint& local,
                                const base::Endpoint& source) {
  base::StrayHeader addresses = {};
  local.ToSockaddr(&addresses.local);
  source.ToSockaddr(&addresses.remote);
  iovec parts[] = {{&addresses, sizeof(addresses)}, {datagram.data(), datagram.size()}};
  msghdr header = {};
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  if (fd_ < 0 || sendmsg(fd_, &header, MSG_DONTWAIT) < 0) drops_.Count(Drop::kMalformed);
}

Worker::Worker(SharedState& shared, LatencyHold& latency, const WorkerOptions& options)
    : shared_(shared),
      latency_(latency),
      options_(options),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      tun_port_(options.tun, shared.drops),
      esp_port_(options.sockets, shared, options.index),
      stray_port_(options.stray, shared.drops),
      encryptor_(shared, options.index, scratch_, tun_port_, esp_port_),
      decryptor_(shared, options.index, scratch_, tun_port_, stray_port_, options.merge_udp),
      buffer_(new uint8_t[kBuffer]) {}

absl::StatusOr<std::unique_ptr<Worker>> Worker::Create(SharedState& shared, LatencyHold& latency,
                                                       const WorkerOptions& options) {
  std::unique_ptr<Worker> worker(new Worker(shared, latency, options));
  RETURN_IF_ERROR(worker->Watch(options.tun, kTun));
  RETURN_IF_ERROR(worker->Watch(shared.workers[static_cast<size_t>(options.index)].wake.get(), kWake));
  const EspSockets& s = options.sockets;
  if (s.udp4 >= 0) RETURN_IF_ERROR(worker->Watch(s.udp4, kUdp4));
  if (s.udp6 >= 0) RETURN_IF_ERROR(worker->Watch(s.udp6, kUdp6));
  if (s.raw4 >= 0 && options.reads_raw) RETURN_IF_ERROR(worker->Watch(s.raw4, kRaw4));
  if (s.raw6 >= 0 && options.reads_raw) RETURN_IF_ERROR(worker->Watch(s.raw6, kRaw6));
  return worker;
}

absl::Status Worker::Watch(int fd, uint64_t what) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = what;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) return absl::ErrnoToStatus(errno, "epoll_ctl");
  return absl::OkStatus();
}

void Worker::Run() {
  while (!stop_.load(std::memory_order_relaxed)) {
    epoll_event events[8];
    // Held packets grow old even if nothing happens.
    const int count = epoll_wait(epoll_.get(), events, 8, encryptor_.holds_packets() ? 1000 : -1);
    shared_.quiescence.Enter(options_.index);
    now_ms_ = BootTimeMs();
    if (count <= 0) {
      encryptor_.RetryHeld(now_ms_);
      encryptor_.Flush();
    }
    for (int i = 0; i < count; ++i) {
      switch (events[i].data.u64) {
        case kTun:
          PassOut();
          break;
        case kUdp4:
          PassIn(options_.sockets.udp4, true);
          break;
        case kUdp6:
          PassIn(options_.sockets.udp6, true);
          break;
        case kRaw4:
          PassIn(options_.sockets.raw4, false);
          break;
        case kRaw6:
          PassIn(options_.sockets.raw6, false);
          break;
        case kWake: {
          uint64_t count_of_wakes;
          [[maybe_unused]] const ssize_t got = read(shared_.workers[static_cast<size_t>(options_.index)].wake.get(),
                                                    &count_of_wakes, sizeof(count_of_wakes));
          encryptor_.RetryHeld(now_ms_);
          encryptor_.Flush();
          break;
        }
      }
    }
    shared_.quiescence.Leave(options_.index);
  }
}

void Worker::Stop() {
  stop_ = true;
  SharedState::Signal(shared_.workers[static_cast<size_t>(options_.index)].wake);
}

void Worker::PassOut() {
  latency_.Touch(now_ms_);
  size_t octets = 0;
  for (int i = 0; i < kReadsOut && octets < kOctetsOut; ++i) {
    const ssize_t size = read(options_.tun, buffer_.get(), kBuffer - Encryptor::kTailRoom);
    if (size <= 0) break;  // EAGAIN, or the device is down
    octets += static_cast<size_t>(size);
    encryptor_.Encrypt(buffer_.get(), static_cast<size_t>(size), now_ms_);
  }
  encryptor_.Flush();
}

void Worker::PassIn(int fd, bool udp) {
  latency_.Touch(now_ms_);
  for (int i = 0; i < kReadsIn; ++i) {
    if (!ReceiveOne(fd, udp)) break;
  }
  decryptor_.Flush();
}

bool Worker::ReceiveOne(int fd, bool udp) {
  sockaddr_storage source;
  alignas(cmsghdr) uint8_t control[256];
  iovec data = {buffer_.get(), kBuffer};
  msghdr header = {};
  header.msg_name = &source;
  header.msg_namelen = sizeof(source);
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  const ssize_t size = recvmsg(fd, &header, MSG_DONTWAIT);
  if (size < 0) return errno == EINTR;  // also ICMP errors of datagrams sent before, which the next call gets past
  Received received = {.data = buffer_.get(), .size = static_cast<size_t>(size), .udp = udp};
  received.source = base::Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&source));
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      received.local = LocalOf(reinterpret_cast<const in_pktinfo*>(CMSG_DATA(c))->ipi_addr);
      continue;
    }
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      received.local = LocalOf(reinterpret_cast<const in6_pktinfo*>(CMSG_DATA(c))->ipi6_addr);
      continue;
    }
    int value = 0;
    std::memcpy(&value, CMSG_DATA(c), std::min<size_t>(sizeof(value), c->cmsg_len - CMSG_LEN(0)));
    if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) received.segment = static_cast<size_t>(value);
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) received.tos = static_cast<uint8_t>(value);
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) received.tos = static_cast<uint8_t>(value);
  }
  if (!udp && received.source.address.is_v4()) {
    // An IPv4 raw socket delivers the IP header too; its length is the kernel's word.
    const size_t ip_header = size > 0 ? (buffer_[0] & 15) * 4u : 0;
    if (received.size < ip_header) return true;
    received.data += ip_header;
    received.size -= ip_header;
  }
  decryptor_.Receive(received, now_ms_);
  return true;
}

}  // namespace culvert::espd
