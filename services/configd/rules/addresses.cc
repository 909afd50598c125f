// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

using config::v1::AddressFamily;

absl::string_view FamilyName(base::Family family) {
  return family == base::Family::kIPv4 ? "IPv4" : "IPv6";
}

base::Family FamilyOf(AddressFamily::Value family) {
  return family == AddressFamily::IPV4   ? base::Family::kIPv4
         : family == AddressFamily::IPV6 ? base::Family::kIPv6
                                         : base::Family::kNone;
}

void CheckFamilies(const TunnelView& tunnel, Problems* problems) {
  const base::Family wanted = FamilyOf(tunnel.effective.local().address_family());
  const auto& local = tunnel.parsed.local_address;
  if (local && wanted != base::Family::kNone && local->family() != wanted) {
    problems->Error(Code::FAMILY_MISMATCH, tunnel.Path("local.address"),
                    absl::StrCat(local->ToString(), " is not ", FamilyName(wanted), ", as local.address_family says"),
                    "change one of them");
  }
  for (const ParsedTunnel::Peer& peer : tunnel.parsed.peers) {
    if (!peer.address) continue;
    const base::Family ours = local ? local->family() : wanted;
    if (ours == base::Family::kNone || peer.address->family() == ours) continue;
    problems->Error(
        Code::FAMILY_MISMATCH, tunnel.Path("remote.endpoint"),
        absl::StrCat(peer.text, " is ", FamilyName(peer.address->family()), ", the local side is ", FamilyName(ours)),
        "give both sides addresses of one family");
  }
}

}  // namespace

void CheckAddresses(const TunnelView& tunnel, Problems* problems) {
  const auto& remote = tunnel.typed.remote();
  if (!remote.has_endpoint() && remote.endpoints().empty()) {
    problems->Error(Code::REQUIRED, tunnel.Path("remote.endpoint"), "the peer's host name or address is missing",
                    "write \"any\" to serve every peer");
  }
  if (remote.has_endpoint() && !remote.endpoints().empty()) {
    problems->Error(Code::CONFLICT, tunnel.Path("remote.endpoints"), "endpoint and endpoints are both given",
                    "list all of them in endpoints");
  }
  CheckFamilies(tunnel, problems);
  if (tunnel.host == nullptr) return;
  const auto& local = tunnel.parsed.local_address;
  if (local && !tunnel.host->HasAddress(*local)) {
    problems->Warning(Code::ADDRESS_NOT_LOCAL, tunnel.Path("local.address"),
                      absl::StrCat("no interface has ", local->ToString(), " now"),
                      "the tunnel waits until one has; leave it out to follow the route to the peer");
  }
  for (const ParsedTunnel::Peer& peer : tunnel.parsed.peers) {
    if (!peer.address || !tunnel.host->HasAddress(*peer.address)) continue;
    problems->Error(Code::ENDPOINT_IS_LOCAL, tunnel.Path("remote.endpoint"),
                    absl::StrCat(peer.text, " is an address of this box"), "write the peer's address");
  }
}

}  // namespace culvert::configd
