// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/tunnels.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/culvertctl/table.h"
#include "cli/culvertctl/text.h"
#include "culvert/config/v1/config_service.grpc.pb.h"
#include "culvert/ike/v1/ike.grpc.pb.h"
#include "culvert/sad/v1/sad.grpc.pb.h"

namespace culvert::ctl {
namespace {

using config::v1::ConfigService;
using ike::v1::IkeService;
using ike::v1::Tunnel;
using ike::v1::TunnelReason;
using ike::v1::TunnelState;
using sad::v1::SadService;

bool CarriesTraffic(const Tunnel& tunnel) {
  return tunnel.state() == TunnelState::UP || tunnel.state() == TunnelState::PARTIAL;
}

// "UP"; "BACKOFF (PEER_SILENT), next try in 12s".
std::string StateText(const Tunnel& tunnel, absl::Time now) {
  std::string out = TunnelState::Value_Name(tunnel.state());
  if (tunnel.reason() != TunnelReason::NONE) {
    absl::StrAppend(&out, " (", TunnelReason::Value_Name(tunnel.reason()), ")");
  }
  if (tunnel.state() == TunnelState::BACKOFF && tunnel.has_next_attempt()) {
    absl::StrAppend(&out, ", next try in ", DurationText(TimeOf(tunnel.next_attempt()) - now));
  }
  return out;
}

// The SA that carries the tunnel, or will: the newest established one.
const ike::v1::IkeSa* CurrentSa(const Tunnel& tunnel) {
  const ike::v1::IkeSa* best = nullptr;
  for (const ike::v1::IkeSa& sa : tunnel.ike_sas()) {
    if (sa.state() == "ESTABLISHED" || best == nullptr) best = &sa;
  }
  return best;
}

// Where it really is, else where it is configured to be.
std::string PeerText(const Tunnel& tunnel, const ike::v1::IkeSa* sa) {
  return sa == nullptr ? tunnel.remote_endpoint() : sa->remote_host();
}

void AddStatusRow(const Tunnel& tunnel, absl::Time now, Table* table) {
  const ike::v1::IkeSa* sa = CurrentSa(tunnel);
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  for (const ike::v1::IkeSa& each : tunnel.ike_sas()) {
    for (const ike::v1::ChildSa& child : each.child_sas()) {
      bytes_in += child.bytes_in();
      bytes_out += child.bytes_out();
    }
  }
  const bool up = CarriesTraffic(tunnel);
  table->Row({tunnel.name(), StateText(tunnel, now), PeerText(tunnel, sa), sa == nullptr ? "" : sa->suite(),
              tunnel.has_state_since() ? DurationText(now - TimeOf(tunnel.state_since())) : "",
              up ? BytesText(bytes_in) : "", up ? BytesText(bytes_out) : ""});
  if (up || !tunnel.enabled()) return;
  if (tunnel.has_last_diagnosis()) {
    table->Note(absl::StrCat(tunnel.last_diagnosis().summary(), " → culvertctl explain ", tunnel.name()));
  } else if (!tunnel.detail().empty()) {
    table->Note(tunnel.detail());
  }
}

// One line about the box. Each part that does not answer says so; the tunnels are what was asked for.
std::string GatewayText(const Client& client) {
  std::string out = "culvert";
  const auto applied =
      client.Call(&ConfigService::Stub::GetApplyStatus, config::v1::GetApplyStatusRequest::default_instance());
  if (applied.ok()) {
    absl::StrAppend(&out, ", revision ", applied->revision());
    for (const auto& service : applied->services()) {
      if (service.generation() == applied->generation() && service.error().empty()) continue;
      absl::StrAppend(&out, " (not yet run by ", service.service(), service.error().empty() ? "" : ": ",
                      service.error(), ")");
    }
  } else {
    absl::StrAppend(&out, ", configuration unknown (", applied.status().message(), ")");
  }
  const auto capabilities =
      client.Call(&SadService::Stub::GetCapabilities, sad::v1::GetCapabilitiesRequest::default_instance());
  if (capabilities.ok()) {
    absl::StrAppend(&out, ", datapath ", capabilities->datapath().name());
  } else {
    absl::StrAppend(&out, ", datapath unknown (", capabilities.status().message(), ")");
  }
  return out + "\n";
}

absl::StatusOr<ike::v1::ListTunnelsResponse> AllTunnels(const Client& client) {
  return client.Call(&IkeService::Stub::ListTunnels, ike::v1::ListTunnelsRequest::default_instance());
}

std::string TunnelsText(const ike::v1::ListTunnelsResponse& response) {
  const absl::Time now = absl::Now();
  Table table({"TUNNEL", "ENABLED", "STATE", "ENDPOINT", ">IKE SAS", ">CHILD SAS"});
  for (const Tunnel& tunnel : response.tunnels()) {
    int child_sas = 0;
    for (const ike::v1::IkeSa& sa : tunnel.ike_sas()) child_sas += sa.child_sas_size();
    table.Row({tunnel.name(), tunnel.enabled() ? "yes" : "no", StateText(tunnel, now), tunnel.remote_endpoint(),
               absl::StrCat(tunnel.ike_sas_size()), absl::StrCat(child_sas)});
  }
  return table.ToString();
}

std::string StatusText(const ike::v1::ListTunnelsResponse& response) {
  const absl::Time now = absl::Now();
  Table table({"TUNNEL", "STATE", "PEER", "SUITE", ">FOR", ">IN", ">OUT"});
  for (const Tunnel& tunnel : response.tunnels()) AddStatusRow(tunnel, now, &table);
  const auto up = std::count_if(response.tunnels().begin(), response.tunnels().end(), CarriesTraffic);
  return absl::StrCat(table.ToString(), CountText(static_cast<uint64_t>(response.tunnels_size()), "tunnel"), ", ", up,
                      " up\n");
}

}  // namespace

ExitCode Status(Session session) {
  return Show(session.printer, "status", AllTunnels(session.client),
              [&](const auto& response) { return absl::StrCat(GatewayText(session.client), StatusText(response)); });
}

ExitCode ListTunnels(Session session) {
  return Show(session.printer, "tunnel list", AllTunnels(session.client), TunnelsText);
}

}  // namespace culvert::ctl
