// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

using base::Family;
using base::Prefix;
using Prefixes = std::vector<Prefix>;

constexpr size_t kMaxPairs = 64;

size_t CountOf(const Prefixes& prefixes, Family family) {
  return static_cast<size_t>(
      std::count_if(prefixes.begin(), prefixes.end(), [&](const Prefix& p) { return p.family() == family; }));
}

// Each prefix needs a partner of its own family on the other side; an empty side is the host's own address of any.
void CheckPairs(const TunnelView& tunnel, Problems* problems) {
  const Prefixes& local = tunnel.parsed.local_subnets;
  const Prefixes& remote = tunnel.parsed.remote_subnets;
  size_t pairs = 0;
  for (const Family family : {Family::kIPv4, Family::kIPv6}) {
    const size_t left = CountOf(local, family), right = CountOf(remote, family);
    pairs += std::max<size_t>(left, local.empty()) * std::max<size_t>(right, remote.empty());
    if (local.empty() || remote.empty() || (left == 0) == (right == 0)) continue;
    problems->Error(Code::MIXED_FAMILIES, tunnel.Path(left == 0 ? "remote.subnets" : "local.subnets"),
                    absl::StrCat("the ", family == Family::kIPv4 ? "IPv4" : "IPv6",
                                 " networks here have no partner of their family on the other side"),
                    "a pair of networks is of one family");
  }
  if (pairs > kMaxPairs) {
    problems->Error(Code::TOO_MANY_SUBNET_PAIRS, tunnel.Path("remote.subnets"),
                    absl::StrCat(pairs, " pairs of networks; a tunnel takes ", kMaxPairs),
                    "use larger networks or several tunnels");
  }
}

bool InList(const google::protobuf::RepeatedPtrField<std::string>& names, absl::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& n) { return n == name; });
}

// The connected networks that a remote subnet must not take away: those of interfaces.lan, or of every interface where
// nobody said which ones are the LAN.
Prefixes LanNetworks(const TunnelView& tunnel) {
  const auto& lan = tunnel.configuration.interfaces().lan();
  Prefixes networks;
  for (const HostFacts::Interface& interface : tunnel.host->interfaces) {
    if (interface.loopback || (!lan.empty() && !InList(lan, interface.name))) continue;
    for (const Prefix& address : interface.addresses) {
      const bool network = address.length < address.address.bits() && !address.address.IsLinkLocal();
      if (network) networks.push_back(address.Masked());
    }
  }
  return networks;
}

bool PassesThrough(const TunnelView& tunnel, const Prefix& lan) {
  const auto& passthrough = tunnel.effective.passthrough();
  for (const int interfaces : passthrough.interfaces()) {
    if (interfaces == config::v1::InterfaceClass::LAN) return true;
  }
  return std::any_of(passthrough.subnets().begin(), passthrough.subnets().end(), [&](const std::string& text) {
    const auto subnet = Prefix::Parse(text);
    return subnet.ok() && subnet->Contains(lan);
  });
}

void CheckAgainstHost(const TunnelView& tunnel, Problems* problems) {
  const Prefixes networks = LanNetworks(tunnel);
  for (const Prefix& remote : tunnel.parsed.remote_subnets) {
    if (remote.length == 0) continue;  // a default route loses against every connected one
    for (const Prefix& lan : networks) {
      if (!remote.Contains(lan) || PassesThrough(tunnel, lan)) continue;
      problems->Error(Code::REMOTE_COVERS_LAN, tunnel.Path("remote.subnets"),
                      absl::StrCat(remote.ToString(), " covers ", lan.ToString(), ", a network of this box"),
                      "choose other networks, or exempt this one with passthrough");
    }
  }
  for (const Prefix& local : tunnel.parsed.local_subnets) {
    const bool here = std::any_of(tunnel.host->interfaces.begin(), tunnel.host->interfaces.end(),
                                  [&](const HostFacts::Interface& interface) {
                                    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                                                       [&](const Prefix& address) { return address.Overlaps(local); });
                                  });
    if (here) continue;
    problems->Warning(Code::SUBNET_NOT_LOCAL, tunnel.Path("local.subnets"),
                      absl::StrCat("no interface of this box is in ", local.ToString()),
                      "check the network, or route it here");
  }
}

// Protocols whose packets have ports (RFC 4301 4.4.1.1): TCP, UDP, DCCP, SCTP, UDP-Lite.
bool HasPorts(uint32_t protocol) {
  constexpr uint32_t kProtocols[] = {6, 17, 33, 132, 136};
  return std::find(std::begin(kProtocols), std::end(kProtocols), protocol) != std::end(kProtocols);
}

void CheckPortOf(const TunnelView& tunnel, absl::string_view side, uint32_t protocol, uint32_t port,
                 Problems* problems) {
  const auto path = [&](absl::string_view field) { return tunnel.Path(absl::StrCat(side, ".", field)); };
  if (protocol > 255) {
    problems->Error(Code::OUT_OF_RANGE, path("protocol"), absl::StrCat(protocol, " is not an IP protocol"), "0 to 255");
  }
  if (port > 65535) {
    problems->Error(Code::OUT_OF_RANGE, path("port"), absl::StrCat(port, " is not a port"), "0 to 65535");
  } else if (port != 0 && !HasPorts(protocol)) {
    problems->Error(Code::CONFLICT, path("port"), absl::StrCat("protocol ", protocol, " has no ports"),
                    "set protocol to 6 (TCP) or 17 (UDP), or leave the port out");
  }
}

}  // namespace

void CheckSubnets(const TunnelView& tunnel, Problems* problems) {
  CheckPairs(tunnel, problems);
  if (tunnel.effective.esp().mode() == config::v1::EspMode::TRANSPORT) {
    for (const auto& [field, subnets] : {std::pair("local.subnets", &tunnel.typed.local().subnets()),
                                         std::pair("remote.subnets", &tunnel.typed.remote().subnets())}) {
      if (subnets->empty()) continue;
      problems->Error(Code::TRANSPORT_WITH_SUBNETS, tunnel.Path(field),
                      absl::StrCat(field, " and esp.mode TRANSPORT exclude each other: transport is host to host"),
                      "leave the subnets out, or set esp.mode to TUNNEL");
    }
    problems->Warning(Code::TRANSPORT_BEHIND_NAT, tunnel.Path("esp.mode"),
                      "transport mode behind NAT works for one peer a NAT only", "prefer TUNNEL where a NAT may be");
  }
  if (tunnel.host != nullptr) CheckAgainstHost(tunnel, problems);
}

void CheckSelectorPorts(const TunnelView& tunnel, Problems* problems) {
  const auto& local = tunnel.effective.local();
  const auto& remote = tunnel.effective.remote();
  CheckPortOf(tunnel, "local", local.protocol(), local.port(), problems);
  CheckPortOf(tunnel, "remote", remote.protocol(), remote.port(), problems);
  if (local.protocol() != remote.protocol()) {
    problems->Error(Code::CONFLICT, tunnel.Path("remote.protocol"),
                    absl::StrCat("local.protocol is ", local.protocol(), ", remote.protocol ", remote.protocol(),
                                 "; no packet has two"),
                    "set both to the same");
  }
}

}  // namespace culvert::configd
