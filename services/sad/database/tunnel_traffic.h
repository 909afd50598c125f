// SPDX-License-Identifier: Apache-2.0
// Traffic per tunnel, made of counters per SA that come and go: it never goes back, whether a pair is rekeyed or the
// datapath starts its counters anew.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/strings/string_view.h"
#include "services/sad/datapath/port.h"

namespace culvert::sad {

struct TrafficTotals {
  uint64_t bytes_in = 0;
  uint64_t packets_in = 0;
  uint64_t bytes_out = 0;
  uint64_t packets_out = 0;
  std::map<std::string, uint64_t> drops_in;  // reason -> packets
  std::map<std::string, uint64_t> drops_out;
  uint32_t path_mtu = 0;  // octets, inner; a level, not a count
};

class TunnelTraffic {
 public:
  void Begin(uint64_t id, absl::string_view tunnel);  // a pair's counters belong to this tunnel from now on
  void End(uint64_t id);                              // its last reading was observed
  void Observe(const CounterReading& reading);        // pairs that did not Begin are left out
  void ForgetTunnel(absl::string_view tunnel);

  TrafficTotals Of(absl::string_view tunnel) const;       // zeros for one without traffic
  const ChildSaCounters* LastReading(uint64_t id) const;  // null: unknown
  const std::map<std::string, uint64_t>& unattributed() const { return unattributed_; }

 private:
  struct Pair {
    std::string tunnel;
    ChildSaCounters last;
  };
  absl::node_hash_map<uint64_t, Pair> pairs_;
  absl::flat_hash_map<std::string, TrafficTotals> tunnels_;
  absl::flat_hash_map<std::string, std::map<std::string, uint64_t>> last_drops_;  // of a tunnel's packets without SA
  std::map<std::string, uint64_t> last_unattributed_;
  std::map<std::string, uint64_t> unattributed_;
};

}  // namespace culvert::sad
