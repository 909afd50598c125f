// SPDX-License-Identifier: Apache-2.0
#include "services/metricsd/collect.h"

#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "libs/daemon/program.h"

namespace culvert::metricsd {
namespace {

using Family = Exposition::Family;
using ike::v1::TunnelState;

struct DropReason {
  absl::string_view name;
  bool shown_when_zero;  // with Detail::kNormal
};
constexpr DropReason kDropReasons[] = {
    {"replay", true},   {"integrity", true}, {"expired", false}, {"no_sa", false},     {"policy", true},
    {"firewall", true}, {"mtu", false},      {"queue", false},   {"malformed", false},
};

void CollectGateway(const Readings& readings, Exposition& out) {
  const daemon::BuildInfo build = daemon::GetBuildInfo();
  out["ipsec_build_info"].Add({build.version, build.revision, readings.datapath.datapath().name()}, 1);
  for (const auto& [process, up] : readings.source_up) out["ipsec_source_up"].Add({process}, up);
  for (const auto& process : readings.processes.processes()) {
    out["ipsec_process_up"].Add({process.name()}, process.pid() != 0);
    out["ipsec_process_restarts_total"].Add({process.name()}, static_cast<double>(process.restarts()));
  }
  out["ipsec_config_revision"].Add({}, static_cast<double>(readings.apply.revision()));
  out["ipsec_config_commits_total"].Add({"ok"}, static_cast<double>(readings.apply.commits_ok()));
  out["ipsec_config_commits_total"].Add({"refused"}, static_cast<double>(readings.apply.commits_refused()));
  out["ipsec_refused_sa_operations_total"].Add({}, static_cast<double>(readings.traffic.refused_operations()));
}

void CollectConfiguration(const config::v1::MetricsSnapshot& snapshot, Exposition& out) {
  Family& info = out["ipsec_tunnel_info"];
  for (const auto& tunnel : snapshot.tunnels()) {
    info.Add({tunnel.name(), tunnel.remote(), tunnel.ike_version(), tunnel.local_id(), tunnel.remote_id()}, 1);
  }
  Family& not_after = out["ipsec_certificate_not_after_timestamp_seconds"];
  for (const auto& certificate : snapshot.certificates()) {
    not_after.Add({certificate.name()}, static_cast<double>(certificate.not_after_seconds()));
  }
}

// The tunnels that there are, with what the configuration says about them being enabled.
std::vector<std::pair<absl::string_view, bool>> ConfiguredTunnels(const Readings& readings) {
  std::vector<std::pair<absl::string_view, bool>> out;
  if (readings.configuration != nullptr) {
    for (const auto& tunnel : readings.configuration->tunnels()) out.emplace_back(tunnel.name(), tunnel.enabled());
  } else {
    for (const auto& tunnel : readings.tunnels.tunnels()) out.emplace_back(tunnel.name(), tunnel.enabled());
  }
  return out;
}

void CollectStates(const Readings& readings, Detail detail, Exposition& out) {
  absl::flat_hash_map<absl::string_view, const ike::v1::Tunnel*> by_name;
  for (const auto& tunnel : readings.tunnels.tunnels()) by_name[tunnel.name()] = &tunnel;

  Family& enabled = out["ipsec_tunnel_enabled"];
  Family& up = out["ipsec_tunnel_up"];
  Family& state = out["ipsec_tunnel_state"];
  Family& last_change = out["ipsec_tunnel_last_change_timestamp_seconds"];
  Family& ike_sas = out["ipsec_ike_sas"];
  Family& child_sas = out["ipsec_child_sas"];
  for (const auto& [name, is_enabled] : ConfiguredTunnels(readings)) {
    const auto found = by_name.find(name);
    static const ike::v1::Tunnel kUnknown;
    const ike::v1::Tunnel& tunnel = found == by_name.end() ? kUnknown : *found->second;
    enabled.Add({name}, is_enabled);
    up.Add({name}, tunnel.state() == TunnelState::UP);
    if (detail == Detail::kFull) {
      for (int i = TunnelState::DISABLED; i <= TunnelState::Value_MAX; ++i) {
        const auto each = static_cast<TunnelState::Value>(i);
        state.Add({name, TunnelState::Value_Name(each)}, each == tunnel.state());
      }
    } else if (tunnel.state() != TunnelState::UNSPECIFIED) {
      state.Add({name, TunnelState::Value_Name(tunnel.state())}, 1);
    }
    if (tunnel.has_state_since()) {
      last_change.Add({name}, static_cast<double>(tunnel.state_since().seconds()));
    }
    // The states that matter have a series for a tunnel without any SA too.
    std::map<absl::string_view, int> ikes = {{"ESTABLISHED", 0}};
    std::map<std::pair<absl::string_view, absl::string_view>, int> children = {{{name, "INSTALLED"}, 0}};
    for (const auto& sa : tunnel.ike_sas()) {
      ++ikes[sa.state()];
      for (const auto& child : sa.child_sas()) ++children[{child.name(), child.state()}];
    }
    for (const auto& [sa_state, count] : ikes) ike_sas.Add({name, sa_state}, count);
    for (const auto& [child, count] : children) child_sas.Add({name, child.first, child.second}, count);
  }
}

void CollectNegotiation(const ike::v1::GetIkeCountersResponse& ike, Exposition& out) {
  out["ipsec_ike_half_open_sas"].Add({}, ike.half_open_ike_sas());
  for (const auto& counter : ike.counters()) {
    Family* family = out.Find(counter.name());
    if (family == nullptr) continue;  // of a newer iked
    std::vector<absl::string_view> labels;
    for (const absl::string_view label : family->metric().labels) {
      const auto value = counter.labels().find(std::string(label));
      labels.push_back(value == counter.labels().end() ? absl::string_view() : value->second);
    }
    family->Add(labels, static_cast<double>(counter.value()));
  }
  for (const auto& histogram : ike.handshakes()) {
    out["ipsec_ike_handshake_duration_seconds"].AddHistogram(
        {histogram.role(), histogram.phase()}, {histogram.bounds().begin(), histogram.bounds().end()},
        {histogram.counts().begin(), histogram.counts().end()}, histogram.sum());
  }
}

using Drops = google::protobuf::Map<std::string, google::protobuf::uint64>;

void CollectDrops(absl::string_view tunnel, absl::string_view direction, const Drops& drops, Detail detail,
                  Family& out) {
  for (const DropReason& reason : kDropReasons) {
    const auto found = drops.find(std::string(reason.name));
    const uint64_t count = found == drops.end() ? 0 : found->second;
    if (count == 0 && !reason.shown_when_zero && detail == Detail::kNormal) continue;
    out.Add({tunnel, tunnel, direction, reason.name}, static_cast<double>(count));
  }
}

void CollectTraffic(const Readings& readings, Detail detail, Exposition& out) {
  absl::flat_hash_map<absl::string_view, const sad::v1::TunnelTraffic*> by_name;
  for (const auto& traffic : readings.traffic.tunnels()) by_name[traffic.tunnel()] = &traffic;

  Family& bytes = out["ipsec_child_bytes_total"];
  Family& packets = out["ipsec_child_packets_total"];
  Family& drops = out["ipsec_child_drops_total"];
  Family& leaks = out["ipsec_leak_blocked_packets_total"];
  Family& path_mtu = out["ipsec_path_mtu_bytes"];
  Family& rules = out["ipsec_firewall_rules"];
  for (const auto& [name, is_enabled] : ConfiguredTunnels(readings)) {
    const auto found = by_name.find(name);
    static const sad::v1::TunnelTraffic kNone;
    const sad::v1::TunnelTraffic& traffic = found == by_name.end() ? kNone : *found->second;
    // sad counts by tunnel, across the CHILD_SAs that come and go; its child bears the tunnel's name.
    bytes.Add({name, name, "in"}, static_cast<double>(traffic.bytes_in()));
    bytes.Add({name, name, "out"}, static_cast<double>(traffic.bytes_out()));
    packets.Add({name, name, "in"}, static_cast<double>(traffic.packets_in()));
    packets.Add({name, name, "out"}, static_cast<double>(traffic.packets_out()));
    CollectDrops(name, "in", traffic.drops_in(), detail, drops);
    CollectDrops(name, "out", traffic.drops_out(), detail, drops);
    leaks.Add({name}, static_cast<double>(traffic.leak_blocked_packets()));
    if (traffic.path_mtu() != 0) path_mtu.Add({name}, traffic.path_mtu());
    rules.Add({name}, traffic.firewall_rules());
  }
  // Of no tunnel: packets for an SA that does not exist.
  CollectDrops("", "in", readings.traffic.unattributed_drops(), detail, drops);
}

}  // namespace

void Collect(const Readings& readings, Detail detail, Exposition* out) {
  CollectGateway(readings, *out);
  if (readings.configuration != nullptr) CollectConfiguration(*readings.configuration, *out);
  CollectStates(readings, detail, *out);
  CollectNegotiation(readings.ike, *out);
  CollectTraffic(readings, detail, *out);
}

}  // namespace culvert::metricsd
