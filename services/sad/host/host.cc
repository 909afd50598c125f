// SPDX-License-Identifier: Apache-2.0
#include "services/sad/host/host.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/host.h"
#include "libs/base/status_macros.h"
#include "libs/base/unique_fd.h"

namespace culvert::sad {
namespace {

uint32_t LinkMtu(const std::vector<netlink::Link>& links, uint32_t index) {
  auto it = std::find_if(links.begin(), links.end(), [&](const netlink::Link& link) { return link.index == index; });
  return it == links.end() ? kDefaultMtu : it->mtu;
}

bool HasIpv6() {
  return access("/proc/net/if_inet6", F_OK) == 0;
}

// culvert0 carries tunnelled packets alone: no link-local address, so no router solicitations and no group reports.
// A host without IPv6 has no such file.
void KeepQuiet(const std::string& interface) {
  const std::string path = absl::StrCat("/proc/sys/net/ipv6/conf/", interface, "/addr_gen_mode");
  const base::UniqueFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.valid()) [[maybe_unused]]
    const ssize_t ignored = write(fd.get(), "1", 1);
}

// Keeps the first failure while the rest goes on.
class FirstFailure {
 public:
  void Note(absl::Status status) {
    if (first_.ok()) first_ = std::move(status);
  }
  absl::Status Take() { return std::move(first_); }

 private:
  absl::Status first_;
};

}  // namespace

absl::StatusOr<Host> Host::Open() {
  ASSIGN_OR_RETURN(netlink::Socket socket, netlink::Socket::Open());
  ASSIGN_OR_RETURN(netlink::Monitor monitor, netlink::Monitor::Open(kRouteProtocol));
  return Host(std::move(socket), std::move(monitor));
}

absl::StatusOr<HostState> Host::Survey(const Generation& generation) {
  HostState state;
  ASSIGN_OR_RETURN(const std::vector<netlink::Link> links, netlink::ListLinks(socket_));
  ASSIGN_OR_RETURN(state.addresses, netlink::ListAddresses(socket_));
  for (const netlink::Link& link : links) {
    if (link.name == base::kTunName) state.tun = link;
  }
  for (const Tunnel& tunnel : generation.tunnels()) {
    if (tunnel.enabled) state.outer_mtus[tunnel.name] = OuterMtu(tunnel, links, state.addresses);
  }
  return state;
}

uint32_t Host::OuterMtu(const Tunnel& tunnel, const std::vector<netlink::Link>& links,
                        const std::vector<netlink::InterfaceAddress>& addresses) {
  uint32_t mtu = 0;
  auto consider = [&mtu](uint32_t candidate) { mtu = mtu == 0 ? candidate : std::min(mtu, candidate); };
  for (const base::IpAddress& remote : tunnel.remote_addresses) {
    const auto route = netlink::LookUpRoute(socket_, remote, base::kCulvertMark);
    if (route.ok()) consider(route->mtu != 0 ? route->mtu : LinkMtu(links, route->interface_index));
  }
  if (mtu != 0) return mtu;
  // A peer that is a name, or anybody: the interface of our own address.
  for (const netlink::InterfaceAddress& own : addresses) {
    if (own.prefix.address == tunnel.local_address) consider(LinkMtu(links, own.interface_index));
  }
  return mtu == 0 ? kDefaultMtu : mtu;
}

uint32_t Host::LearnedMtu(const base::IpAddress& remote) {
  const auto route = netlink::LookUpRoute(socket_, remote, base::kCulvertMark);
  return route.ok() ? route->mtu : 0;
}

absl::Status Host::ConfigureTun(const HostPlan& plan) {
  absl::StatusOr<netlink::Link> tun = netlink::FindLink(socket_, base::kTunName);
  if (!tun.ok()) return absl::IsNotFound(tun.status()) ? absl::OkStatus() : tun.status();
  if (tun->up && tun->mtu == plan.tun_mtu) return absl::OkStatus();
  KeepQuiet(tun->name);
  return netlink::ConfigureLink(socket_, tun->index, /*up=*/true, plan.tun_mtu);
}

// The interface is ours, so every address on it is: one that no tunnel has any more goes.
absl::Status Host::ApplyAddresses(const HostPlan& plan) {
  absl::StatusOr<netlink::Link> tun = netlink::FindLink(socket_, base::kTunName);
  if (!tun.ok()) return absl::IsNotFound(tun.status()) ? absl::OkStatus() : tun.status();
  ASSIGN_OR_RETURN(const std::vector<netlink::InterfaceAddress> present, netlink::ListAddresses(socket_));
  FirstFailure failure;
  const std::set<base::Prefix> wanted(plan.addresses.begin(), plan.addresses.end());
  for (const base::Prefix& address : wanted) failure.Note(netlink::AddAddress(socket_, {tun->index, address}));
  for (const netlink::InterfaceAddress& address : present) {
    if (address.interface_index != tun->index || address.prefix.address.IsLinkLocal()) continue;
    if (!wanted.contains(address.prefix)) failure.Note(netlink::DeleteAddress(socket_, address));
  }
  return failure.Take();
}

absl::Status Host::Apply(const HostPlan& plan) {
  FirstFailure failure;
  failure.Note(ConfigureTun(plan));
  failure.Note(ApplyAddresses(plan));  // before the routes that name them as source

  ASSIGN_OR_RETURN(const std::vector<netlink::Rule> rule_list, netlink::ListRules(socket_));
  const std::set<netlink::Rule> rules(rule_list.begin(), rule_list.end());
  for (const netlink::Rule& rule : plan.rules) {
    if (rule.family == base::Family::kIPv6 && !HasIpv6()) continue;
    if (!rules.contains(rule)) failure.Note(netlink::AddRule(socket_, rule));
  }

  // New and changed routes before old ones go, so that no destination is ever without one.
  ASSIGN_OR_RETURN(const std::vector<netlink::Route> present, netlink::ListRoutes(socket_, base::kRouteTable));
  const std::set<netlink::Route> have(present.begin(), present.end());
  std::set<base::Prefix> wanted;
  for (const netlink::Route& route : plan.routes) {
    wanted.insert(route.destination);
    if (!have.contains(route)) failure.Note(netlink::ReplaceRoute(socket_, route));
  }
  for (const netlink::Route& route : have) {
    if (route.protocol == kRouteProtocol && !wanted.contains(route.destination)) {
      failure.Note(netlink::DeleteRoute(socket_, route));
    }
  }
  return failure.Take();
}

absl::Status Host::Clear() {
  FirstFailure failure;
  ASSIGN_OR_RETURN(const std::vector<netlink::Route> present, netlink::ListRoutes(socket_, base::kRouteTable));
  for (const netlink::Route& route : present) {
    if (route.protocol == kRouteProtocol) failure.Note(netlink::DeleteRoute(socket_, route));
  }
  failure.Note(ApplyAddresses(HostPlan{}));
  for (const netlink::Rule& rule : TunnelRules()) failure.Note(netlink::DeleteRule(socket_, rule));
  return failure.Take();
}

absl::StatusOr<std::vector<base::IpAddress>> Host::Addresses() {
  ASSIGN_OR_RETURN(const std::vector<netlink::InterfaceAddress> all, netlink::ListAddresses(socket_));
  const absl::StatusOr<netlink::Link> tun = netlink::FindLink(socket_, base::kTunName);
  std::vector<base::IpAddress> addresses;
  for (const netlink::InterfaceAddress& own : all) {
    const base::IpAddress& address = own.prefix.address;
    if (tun.ok() && own.interface_index == tun->index) continue;
    if (!address.IsLoopback() && !address.IsLinkLocal()) addresses.push_back(address);
  }
  return addresses;
}

}  // namespace culvert::sad
