// SPDX-License-Identifier: Apache-2.0
#include "services/sad/database/tunnel_traffic.h"

#include <algorithm>

namespace culvert::sad {
namespace {

// How much a counter grew. One that went back was started anew, so all it shows is growth.
uint64_t Growth(uint64_t before, uint64_t now) {
  return now >= before ? now - before : now;
}

uint64_t Lookup(const Drops& drops, const std::string& reason) {
  auto it = std::find_if(drops.begin(), drops.end(), [&](const auto& drop) { return drop.first == reason; });
  return it == drops.end() ? 0 : it->second;
}

void AddGrowth(const Drops& before, const Drops& now, std::map<std::string, uint64_t>* totals) {
  for (const auto& [reason, packets] : now) (*totals)[reason] += Growth(Lookup(before, reason), packets);
}

void AddGrowth(std::map<std::string, uint64_t>* before, const Drops& now, std::map<std::string, uint64_t>* totals) {
  for (const auto& [reason, packets] : now) {
    uint64_t& last = (*before)[reason];
    (*totals)[reason] += Growth(last, packets);
    last = packets;
  }
}

}  // namespace

void TunnelTraffic::Begin(uint64_t id, absl::string_view tunnel) {
  pairs_[id] = {std::string(tunnel), {.id = id}};
}

void TunnelTraffic::End(uint64_t id) {
  pairs_.erase(id);
}

void TunnelTraffic::Observe(const CounterReading& reading) {
  for (const ChildSaCounters& now : reading.sas) {
    auto it = pairs_.find(now.id);
    if (it == pairs_.end()) continue;
    ChildSaCounters& last = it->second.last;
    TrafficTotals& totals = tunnels_[it->second.tunnel];
    totals.bytes_in += Growth(last.bytes_in, now.bytes_in);
    totals.packets_in += Growth(last.packets_in, now.packets_in);
    totals.bytes_out += Growth(last.bytes_out, now.bytes_out);
    totals.packets_out += Growth(last.packets_out, now.packets_out);
    AddGrowth(last.drops_in, now.drops_in, &totals.drops_in);
    AddGrowth(last.drops_out, now.drops_out, &totals.drops_out);
    last = now;
  }
  for (const TunnelDrops& tunnel : reading.tunnels) {
    TrafficTotals& totals = tunnels_[tunnel.tunnel];
    AddGrowth(&last_drops_[tunnel.tunnel], tunnel.drops_out, &totals.drops_out);
    totals.path_mtu = tunnel.path_mtu;
  }
  AddGrowth(&last_unattributed_, reading.unattributed, &unattributed_);
}

void TunnelTraffic::ForgetTunnel(absl::string_view tunnel) {
  tunnels_.erase(tunnel);
  last_drops_.erase(tunnel);
}

TrafficTotals TunnelTraffic::Of(absl::string_view tunnel) const {
  auto it = tunnels_.find(tunnel);
  return it == tunnels_.end() ? TrafficTotals{} : it->second;
}

const ChildSaCounters* TunnelTraffic::LastReading(uint64_t id) const {
  auto it = pairs_.find(id);
  return it == pairs_.end() ? nullptr : &it->second.last;
}

}  // namespace culvert::sad
