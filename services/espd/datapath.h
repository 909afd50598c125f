// SPDX-License-Identifier: Apache-2.0
// The control plane of the engine: what sad says becomes versions that the workers read, and what they notice comes out
// as events. Thread-safe; nothing here is on the path of a packet.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "services/espd/child_sa.h"
#include "services/espd/shared_state.h"
#include "services/espd/tunnel.h"

namespace culvert::espd {

struct PolicyConfig {
  std::string tunnel;
  std::vector<cv_selector> selectors;  // outbound view
  bool acquire = false;
  int32_t priority = 0;   // higher wins
  uint32_t path_mtu = 0;  // of the outer path; 0: 1500
};

struct Notice {
  Event event;
  std::string tunnel;  // of an Acquire
};

struct ChildSaReading {
  uint64_t id;
  const Traffic& in;
  const Traffic& out;
};
struct TunnelReading {
  const std::string& name;
  const DropCounters& drops_out;
  uint32_t inner_mtu;  // of its newest active pair; 0: none
};

class Datapath {
 public:
  Datapath(SharedState& shared, const CryptoBackend& crypto, const base::Clock& clock)
      : shared_(shared), crypto_(crypto), clock_(clock) {}

  // Idempotent by id. InvalidArgument: cannot be; AlreadyExists: the SPI's slot is taken by another pair.
  absl::Status Install(const ChildSaConfig& config);
  // Stops sending if another pair carries the tunnel's traffic, and receiving after `grace`. OK if there is no such
  // pair.
  absl::Status Retire(uint64_t id, absl::Duration grace);
  // NotFound: no such pair.
  absl::Status UpdatePath(uint64_t id, const OuterPathConfig& path);
  // Replaces all policies at once.
  void SetPolicies(const std::vector<PolicyConfig>& policies);

  // Waits up to `timeout` for something that the workers noticed, does what is due meanwhile, and returns what the
  // caller should pass on. From one thread.
  std::vector<Notice> Poll(absl::Duration timeout);

  // Calls with each pair's or tunnel's counters; packets do not wait for it.
  void ReadSas(const std::function<void(const ChildSaReading&)>& visit) const;
  void ReadTunnels(const std::function<void(const TunnelReading&)>& visit) const;
  std::vector<uint64_t> Ids() const;

 private:
  struct Entry {
    std::unique_ptr<ChildSa> sa;
    Activation activation = Activation::kNow;
    uint64_t replaces = 0;
    bool active = false;  // carries outbound packets: is linked into its tunnel's list
    bool retiring = false;
  };
  Tunnel* TunnelNamed(const std::string& name);
  void Activate(Entry& entry);
  void Deactivate(Entry& entry);
  void Remove(uint64_t id);
  void DropIfUnused(Tunnel* tunnel);
  void Expire(absl::Duration now);
  void FoldIdle(absl::Duration now);

  SharedState& shared_;
  const CryptoBackend& crypto_;
  const base::Clock& clock_;

  mutable std::mutex mutex_;
  absl::flat_hash_map<uint64_t, Entry> pairs_;
  absl::flat_hash_map<std::string, std::unique_ptr<Tunnel>> tunnels_;
  absl::flat_hash_map<uint64_t, Tunnel*> tunnel_of_id_;
  absl::flat_hash_map<Tunnel*, std::vector<uint64_t>> pairs_of_;
  std::multimap<absl::Duration, uint64_t> gone_at_;  // boot time → retiring pair
  absl::Duration fold_at_;                           // boot time
  uint64_t next_tunnel_ = 1;
  uint64_t last_install_ = 0;
};

}  // namespace culvert::espd
