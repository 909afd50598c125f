// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/outer_sockets.h"

#include <fcntl.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/host.h"
#include "libs/base/ip.h"
#include "libs/base/status_macros.h"
#include "services/culvertd/port_holder.h"
#include "services/espd/steering.h"
#include "services/espd/tun_device.h"

namespace culvert::culvertd {
namespace {

// With an IPsec policy of somebody else's on the host, IKE and ESP themselves must not be encrypted. A kernel without
// xfrm refuses the option and has no policies either.
void BypassXfrm(int fd, bool ipv6) {
  for (uint8_t direction : {XFRM_POLICY_IN, XFRM_POLICY_OUT}) {
    xfrm_userpolicy_info policy{};
    policy.sel.family = ipv6 ? AF_INET6 : AF_INET;
    policy.dir = direction;
    policy.action = XFRM_POLICY_ALLOW;
    setsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY, &policy, sizeof(policy));
  }
}

// An IKE message may be larger than the path, and IP fragments it then (RFC 7296 2), unless RFC 7383 was negotiated.
// ESP's sockets forbid that: its packets fit, or the sender inside hears of it.
void AllowFragments(int fd, bool ipv6) {
  const int how = ipv6 ? IPV6_PMTUDISC_DONT : IP_PMTUDISC_DONT;
  setsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &how, sizeof(how));
}

absl::StatusOr<base::UniqueFd> OpenUdp(base::Family family, bool ipv6) {
  base::UniqueFd fd(socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "UDP socket");
  const int on = 1;
  if (ipv6) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  RETURN_IF_ERROR(espd::PrepareOuterSocket(fd.get(), family));
  return fd;
}

absl::StatusOr<base::UniqueFd> OpenIkePort(base::Family family, bool ipv6) {
  ASSIGN_OR_RETURN(base::UniqueFd fd, OpenUdp(family, ipv6));
  sockaddr_storage address;
  const socklen_t size = base::Endpoint{base::IpAddress::AnyOf(family), base::kIkePort}.ToSockaddr(&address);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) < 0) {
    const absl::Status status = absl::ErrnoToStatus(errno, "bind port 500");
    return errno == EADDRINUSE ? absl::AlreadyExistsError(status.message()) : status;
  }
  return fd;
}

// What the kernel said, with what an operator can do about it.
absl::Status Explain(const absl::Status& status, uint16_t port) {
  if (absl::IsAlreadyExists(status)) {
    return absl::AlreadyExistsError(absl::StrCat("UDP port ", port, " is taken by ", UdpPortHolder(port),
                                                 ": stop it, for an IPsec gateway needs ports 500 and 4500"));
  }
  if (absl::IsPermissionDenied(status)) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot open UDP port ", port, ": start culvertd as root (", status.message(), ")"));
  }
  return absl::Status(status.code(), absl::StrCat("cannot open UDP port ", port, ": ", status.message()));
}

bool HostHasIpv6() {
  base::UniqueFd fd(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in6 any = {
      .sin6_family = AF_INET6, .sin6_port = 0, .sin6_flowinfo = 0, .sin6_addr = {}, .sin6_scope_id = 0};
  return fd.valid() && bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)) == 0;
}

}  // namespace

absl::StatusOr<OuterSockets> OuterSockets::Open(const OuterSocketOptions& options) {
  OuterSockets sockets;
  RETURN_IF_ERROR(sockets.OpenFamily(options, /*ipv6=*/false));
  sockets.has_ipv6_ = HostHasIpv6();
  if (sockets.has_ipv6_) RETURN_IF_ERROR(sockets.OpenFamily(options, /*ipv6=*/true));
  RETURN_IF_ERROR(sockets.OpenStrayPair());
  if (options.tun) RETURN_IF_ERROR(sockets.OpenTun(options.workers));
  if (options.low_latency) RETURN_IF_ERROR(sockets.OpenLatencyDevice());
  return sockets;
}

absl::Status OuterSockets::OpenFamily(const OuterSocketOptions& options, bool ipv6) {
  const base::Family family = ipv6 ? base::Family::kIPv6 : base::Family::kIPv4;
  const std::string suffix = ipv6 ? "-6" : "-4";
  // 500 first: it is not shared, so a second culvert on this host stops here, before it could join our group of 4500.
  auto ike500 = OpenIkePort(family, ipv6);
  if (!ike500.ok()) return Explain(ike500.status(), base::kIkePort);
  BypassXfrm(ike500->get(), ipv6);
  AllowFragments(ike500->get(), ipv6);
  Keep("ike500" + suffix, *std::move(ike500));

  auto nat = espd::OpenNatPort({.family = family, .workers = options.workers});
  if (!nat.ok()) return Explain(nat.status(), base::kIkeNatPort);
  BypassXfrm(nat->ike.get(), ipv6);
  AllowFragments(nat->ike.get(), ipv6);
  Keep("ike4500" + suffix, std::move(nat->ike));
  for (size_t i = 0; i < nat->esp.size(); ++i) {
    BypassXfrm(nat->esp[i].get(), ipv6);
    Keep(absl::StrCat("esp4500", suffix, ".", i), std::move(nat->esp[i]));
  }
  // Never bound: by connecting it iked learns which local address the kernel would use, and the mark keeps the answer
  // out of the tunnels' routes.
  ASSIGN_OR_RETURN(base::UniqueFd route, OpenUdp(family, ipv6));
  Keep("route" + suffix, std::move(route));
  if (!options.raw_esp) return absl::OkStatus();
  ASSIGN_OR_RETURN(base::UniqueFd raw, espd::OpenRawEsp(family));
  BypassXfrm(raw.get(), ipv6);
  Keep("raw50" + suffix, std::move(raw));
  return absl::OkStatus();
}

absl::Status OuterSockets::OpenTun(int queues) {
  if (access("/dev/net/tun", F_OK) < 0) {
    return absl::UnavailableError(
        "no /dev/net/tun: load the module (modprobe tun), or give the container --device /dev/net/tun");
  }
  auto opened = espd::OpenTunQueues(base::kTunName, queues);
  if (absl::IsPermissionDenied(opened.status())) {
    return absl::PermissionDeniedError(absl::StrCat("cannot make the TUN device ", base::kTunName,
                                                    ": it needs CAP_NET_ADMIN (", opened.status().message(), ")"));
  }
  RETURN_IF_ERROR(opened.status());
  for (size_t i = 0; i < opened->size(); ++i) Keep(absl::StrCat("tun.", i), std::move((*opened)[i]));
  return absl::OkStatus();
}

absl::Status OuterSockets::OpenStrayPair() {
  std::array<int, 2> pair;
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) < 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  Keep("stray-out", base::UniqueFd(pair[0]));
  Keep("stray-in", base::UniqueFd(pair[1]));
  return absl::OkStatus();
}

absl::Status OuterSockets::OpenLatencyDevice() {
  base::UniqueFd device(open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC));
  if (!device.valid()) return absl::ErrnoToStatus(errno, "--low-latency needs /dev/cpu_dma_latency");
  Keep("cpu_dma_latency", std::move(device));
  return absl::OkStatus();
}

std::vector<std::pair<std::string, int>> OuterSockets::Named(const std::vector<std::string>& prefixes) const {
  std::vector<std::pair<std::string, int>> out;
  for (const auto& [name, fd] : sockets_) {
    for (const std::string& prefix : prefixes) {
      if (absl::StartsWith(name, prefix)) out.emplace_back(name, fd.get());
    }
  }
  return out;
}

}  // namespace culvert::culvertd
