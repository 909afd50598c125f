// SPDX-License-Identifier: Apache-2.0
// What this release does not do yet. A field whose behaviour does not exist is refused, never ignored: each row goes
// the day its behaviour comes, and no other line changes.
#include "services/configd/rules/supported.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ip.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

using config::v1::Configuration;
using config::v1::Tunnel;
namespace v1 = config::v1;

struct TunnelRow {
  absl::string_view field;
  absl::string_view what;              // "… is not there yet"
  bool (*used)(const Tunnel& tunnel);  // of the effective tunnel
};

// Host to host, both hosts must be known: by name or by route, the policies that lead packets into the SA would come
// late.
bool IsTransportByName(const Tunnel& t) {
  if (t.esp().mode() != v1::EspMode::TRANSPORT) return false;
  const auto is_name = [](const std::string& text) { return !base::IpAddress::Parse(text).ok(); };
  const auto& several = t.remote().endpoints();
  return !t.local().has_address() || (several.empty() && is_name(t.remote().endpoint())) ||
         std::any_of(several.begin(), several.end(), is_name);
}

// clang-format off
constexpr TunnelRow kTunnelRows[] = {
    {"local.firewall", "switching the left firewall off", [](const Tunnel& t) { return !t.local().firewall(); }},
    {"remote.firewall", "switching the right firewall off", [](const Tunnel& t) { return !t.remote().firewall(); }},
    {"xauth", "XAUTH", [](const Tunnel& t) { return t.xauth().enabled(); }},
    {"esp.mode", "transport mode without addresses on both sides", IsTransportByName},
    {"esp.copy_df", "an outer packet that may be fragmented", [](const Tunnel& t) { return !t.esp().copy_df(); }},
    {"esp.mark", "a mark", [](const Tunnel& t) { return t.esp().mark() != 0; }},
    {"esp.reqid", "a request id", [](const Tunnel& t) { return t.esp().reqid() != 0; }},
    {"passthrough", "passthrough", [](const Tunnel& t) { return !t.passthrough().interfaces().empty() || !t.passthrough().subnets().empty(); }},
    {"host_access.enabled", "access to the gateway's own services", [](const Tunnel& t) { return t.host_access().enabled(); }},
    {"priority", "tunnels that share selectors", [](const Tunnel& t) { return t.priority() != 0; }},
    {"interface", "an interface of its own", [](const Tunnel& t) { return t.has_interface(); }},
};

struct ConfigurationRow {
  absl::string_view field;
  absl::string_view what;
  bool (*used)(const Configuration& configuration);
};

constexpr ConfigurationRow kConfigurationRows[] = {
    {"gateway.log_level", "a log level by configuration", [](const Configuration& c) { return c.gateway().has_log_level(); }},
    {"gateway.host_firewall", "a jump in the host's firewall", [](const Configuration& c) { return c.gateway().has_host_firewall(); }},
};
// clang-format on

}  // namespace

void CheckTunnelSupported(const TunnelView& tunnel, Problems* problems) {
  for (const TunnelRow& row : kTunnelRows) {
    if (!row.used(tunnel.effective)) continue;
    problems->Error(Code::NOT_YET_SUPPORTED, tunnel.Path(row.field), absl::StrCat(row.what, " is not there yet"),
                    "leave it out");
  }
}

void CheckRestSupported(const ConfigurationView& view, Problems* problems) {
  for (const ConfigurationRow& row : kConfigurationRows) {
    if (!row.used(view.configuration)) continue;
    problems->Error(Code::NOT_YET_SUPPORTED, row.field, absl::StrCat(row.what, " is not there yet"), "leave it out");
  }
}

std::vector<absl::string_view> TunnelFieldsNotYetSupported() {
  std::vector<absl::string_view> fields = {"custom_options"};
  for (const TunnelRow& row : kTunnelRows) fields.push_back(row.field);
  return fields;
}

std::vector<absl::string_view> ConfigurationFieldsNotYetSupported() {
  std::vector<absl::string_view> fields;
  for (const ConfigurationRow& row : kConfigurationRows) fields.push_back(row.field);
  return fields;
}

}  // namespace culvert::configd
