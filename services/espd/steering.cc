// SPDX-License-Identifier: Apache-2.0
#include "services/espd/steering.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::espd {
namespace {

// Holds a burst of the fastest link while a worker is busy elsewhere; forced beyond rmem_max where we may.
constexpr int kSocketBuffer = 16 << 20;

absl::Status ErrnoStatus(absl::string_view what) {
  return absl::ErrnoToStatus(errno, what);
}

absl::Status Set(int fd, int level, int option, int value, absl::string_view name) {
  if (setsockopt(fd, level, option, &value, sizeof(value)) < 0) return ErrnoStatus(name);
  return absl::OkStatus();
}

void GrowBuffer(int fd, int forced, int polite) {
  if (setsockopt(fd, SOL_SOCKET, forced, &kSocketBuffer, sizeof(kSocketBuffer)) < 0) {
    // Not privileged: as much as the host's limits allow, which is a matter of speed alone.
    setsockopt(fd, SOL_SOCKET, polite, &kSocketBuffer, sizeof(kSocketBuffer));
  }
}

int AddressFamily(base::Family family) {
  return family == base::Family::kIPv4 ? AF_INET : AF_INET6;
}

absl::StatusOr<base::UniqueFd> OpenMember(const NatPortOptions& options) {
  base::UniqueFd fd(socket(AddressFamily(options.family), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return ErrnoStatus("socket");
  RETURN_IF_ERROR(Set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT"));
  if (options.family == base::Family::kIPv6)
    RETURN_IF_ERROR(Set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY"));
  RETURN_IF_ERROR(PrepareOuterSocket(fd.get(), options.family));
  sockaddr_storage address;
  const base::Endpoint any = {base::IpAddress::AnyOf(options.family), options.port};
  const socklen_t size = any.ToSockaddr(&address);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) < 0) {
    const int error = errno;
    const absl::Status status = absl::ErrnoToStatus(error, absl::StrCat("bind ", any.ToString()));
    return error == EADDRINUSE ? absl::AlreadyExistsError(status.message()) : status;
  }
  return fd;
}

// Picks the group's member for a datagram, whose payload begins at offset 0. A load beyond its end ends a classic BPF
// program with 0, which is iked's index: so "too short" needs no instruction.
absl::Status AttachSteering(int fd, int workers) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),         // A = SPI, or the non-ESP marker (RFC 3948 2.2)
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0),  // the marker: return it, being 0
      BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, static_cast<uint32_t>(workers)),
      BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
      BPF_STMT(BPF_RET | BPF_A, 0),
  };
  const sock_fprog code = {.len = std::size(program), .filter = program};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &code, sizeof(code)) < 0) {
    return ErrnoStatus("SO_ATTACH_REUSEPORT_CBPF");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PrepareOuterSocket(int fd, base::Family family) {
  GrowBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
  GrowBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
  // Without CAP_NET_ADMIN there are no marks, and no rules that could match them either.
  const int mark = static_cast<int>(base::kCulvertMark);
  if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0 && errno != EPERM) return ErrnoStatus("SO_MARK");
  if (family == base::Family::kIPv4) {
    RETURN_IF_ERROR(Set(fd, IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO"));
    RETURN_IF_ERROR(Set(fd, IPPROTO_IP, IP_RECVTOS, 1, "IP_RECVTOS"));
    return Set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, "IP_MTU_DISCOVER");
  }
  RETURN_IF_ERROR(Set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO"));
  RETURN_IF_ERROR(Set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1, "IPV6_RECVTCLASS"));
  return Set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO, "IPV6_MTU_DISCOVER");
}

absl::StatusOr<NatPortSockets> OpenNatPort(const NatPortOptions& options) {
  if (options.workers < 1) return absl::InvalidArgumentError("port 4500 needs at least one worker");
  NatPortSockets sockets;
  ASSIGN_OR_RETURN(sockets.ike, OpenMember(options));
  // Before the group grows, so that no ESP packet reaches iked by chance.
  RETURN_IF_ERROR(AttachSteering(sockets.ike.get(), options.workers));
  for (int i = 0; i < options.workers; ++i) {
    ASSIGN_OR_RETURN(base::UniqueFd fd, OpenMember(options));
    RETURN_IF_ERROR(Set(fd.get(), IPPROTO_UDP, UDP_GRO, 1, "UDP_GRO"));
    sockets.esp.push_back(std::move(fd));
  }
  return sockets;
}

absl::StatusOr<base::UniqueFd> OpenRawEsp(base::Family family) {
  base::UniqueFd fd(socket(AddressFamily(family), SOCK_RAW | SOCK_CLOEXEC, base::kEspProtocol));
  if (!fd.valid()) return ErrnoStatus("raw socket of protocol 50");
  RETURN_IF_ERROR(PrepareOuterSocket(fd.get(), family));
  return fd;
}

}  // namespace culvert::espd
