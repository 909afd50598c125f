// SPDX-License-Identifier: Apache-2.0
#include "services/sad/service/snapshot.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/sad/policy/suites.h"

namespace culvert::sad {
namespace {

absl::StatusOr<std::vector<base::Prefix>> Prefixes(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::vector<base::Prefix> out;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(const base::Prefix prefix, base::Prefix::Parse(text));
    out.push_back(prefix.Masked());
  }
  return out;
}

// What configd refuses as NOT_YET_SUPPORTED today; said here too, so that the two cannot drift apart in silence.
absl::Status CheckSupported(const config::v1::DatapathTunnel& tunnel) {
  if (!tunnel.interface().empty()) return absl::UnimplementedError("route-based tunnels");
  if (tunnel.mark() != 0) return absl::UnimplementedError("marks");
  if (tunnel.passthrough_interfaces_size() != 0 || tunnel.passthrough_subnets_size() != 0) {
    return absl::UnimplementedError("passthrough");
  }
  return absl::OkStatus();
}

absl::StatusOr<Tunnel> ReadTunnel(const config::v1::DatapathTunnel& message) {
  Tunnel tunnel;
  tunnel.name = message.name();
  tunnel.enabled = message.enabled();
  ASSIGN_OR_RETURN(tunnel.local_subnets, Prefixes(message.local_subnets()));
  ASSIGN_OR_RETURN(tunnel.remote_subnets, Prefixes(message.remote_subnets()));
  tunnel.local_protocol = static_cast<uint8_t>(message.local_protocol());
  tunnel.local_port = static_cast<uint16_t>(message.local_port());
  tunnel.remote_protocol = static_cast<uint8_t>(message.remote_protocol());
  tunnel.remote_port = static_cast<uint16_t>(message.remote_port());
  if (!message.local_address().empty()) {
    ASSIGN_OR_RETURN(tunnel.local_address, base::IpAddress::Parse(message.local_address()));
  }
  for (const std::string& endpoint : message.remote_endpoints()) {
    // A host name is iked's to resolve; only addresses matter here.
    if (auto address = base::IpAddress::Parse(endpoint); address.ok()) tunnel.remote_addresses.push_back(*address);
  }
  tunnel.mode = message.esp_mode() == config::v1::EspMode::TRANSPORT ? Mode::kTransport : Mode::kTunnel;
  const std::vector<std::string> proposals(message.esp_proposals().begin(), message.esp_proposals().end());
  ASSIGN_OR_RETURN(AllowedSuites allowed, ParseSuites(proposals));
  tunnel.suites = std::move(allowed.suites);
  tunnel.costs = std::move(allowed.costs);
  for (const std::string& range : message.virtual_ip_pool_ranges()) {
    ASSIGN_OR_RETURN(tunnel.pool_ranges.emplace_back(), ipsec::TrafficSelector::Parse(range));
  }
  tunnel.acquire = message.startup() == config::v1::Startup::ROUTE;
  tunnel.priority = message.priority();
  tunnel.forward_out = message.local_firewall();
  tunnel.forward_in = message.remote_firewall();
  return tunnel;
}

absl::Status About(const config::v1::DatapathTunnel& tunnel, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("tunnel ", tunnel.name(), ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Generation>> ReadSnapshot(const config::v1::DatapathSnapshot& snapshot) {
  if (snapshot.generation() == 0) return absl::InvalidArgumentError("a snapshot needs a generation");
  std::vector<Tunnel> tunnels;
  tunnels.reserve(static_cast<size_t>(snapshot.tunnels_size()));
  for (const auto& message : snapshot.tunnels()) {
    if (absl::Status status = CheckSupported(message); message.enabled() && !status.ok()) return About(message, status);
    absl::StatusOr<Tunnel> tunnel = ReadTunnel(message);
    if (!tunnel.ok()) return About(message, tunnel.status());
    tunnels.push_back(*std::move(tunnel));
  }
  return std::make_shared<const Generation>(snapshot.generation(), std::move(tunnels));
}

}  // namespace culvert::sad
