// SPDX-License-Identifier: Apache-2.0
// The port to whatever carries ESP: user space (espd), the kernel's xfrm, our kernel module, or a fake. Everything sad
// needs of a datapath, and nothing that only one of them could do; the same scenarios run on each.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/sad/datapath/child_sa.h"
#include "services/sad/datapath/event.h"

namespace culvert::sad {

struct Capabilities {
  std::string name;  // "userspace", "xfrm", "kmod", "fake"
  bool raw_esp = false;
  bool udp_encapsulation = false;
  bool prefers_udp = false;  // encapsulation AUTO behaves exactly like FORCE
  std::vector<std::string> suites;
  bool esn = false;
  uint32_t max_replay_window = 0;
};

// Goes on receiving for `grace`. Sending stops at once where another pair carries the traffic, which then also becomes
// active if it waited for this (Activation::kOnRetire, kOnFirstInbound).
struct RetireChildSa {
  uint64_t id = 0;
  absl::Duration grace;
};
struct UpdatePath {
  uint64_t id = 0;
  OuterPath path;
};
using SaOperation = std::variant<ChildSa, RetireChildSa, UpdatePath>;

struct TunnelPolicy {
  std::string tunnel = {};
  std::vector<ipsec::TrafficSelector> local_selectors = {};
  std::vector<ipsec::TrafficSelector> remote_selectors = {};
  bool acquire = false;     // a packet without an SA asks for one
  int32_t priority = 0;     // higher wins where selectors overlap; then the longer prefix
  uint32_t path_mtu = 0;    // octets, of the outer path
  bool forward_out = true;  // left firewall
  bool forward_in = true;   // right firewall
};
struct PolicySet {
  uint64_t generation = 0;
  std::vector<TunnelPolicy> policies;
};

struct Inventory {
  std::vector<ChildSaInfo> sas;
  uint64_t policy_generation = 0;
};

struct TunnelDrops {
  std::string tunnel = {};
  Drops drops_out = {};
  uint32_t path_mtu = 0;  // inner
};
struct CounterReading {
  std::vector<ChildSaCounters> sas = {};
  std::vector<TunnelDrops> tunnels = {};
  Drops unattributed = {};
};

// Told from a thread of the datapath's, one call at a time. May call the datapath back.
class DatapathListener {
 public:
  virtual ~DatapathListener() = default;
  virtual void OnEvent(const DatapathEvent& event) = 0;
  // The datapath can be reached (again); List() says what it holds. Whatever it does not hold any more is lost: keys
  // and sequence numbers went with it, so such a pair is negotiated anew and never installed a second time.
  virtual void OnReady() = 0;
};

// Every call may come from any thread. UNAVAILABLE: cannot be reached now; nothing is known about what was under way.
class Datapath {
 public:
  virtual ~Datapath() = default;

  // Once, before anything else. The listener outlives the datapath's last call to it, which Stop() awaits.
  virtual void Start(DatapathListener* listener) = 0;
  virtual void Stop() = 0;

  virtual absl::StatusOr<Capabilities> Probe() = 0;
  // Applies in order; one status for each operation. Installing what is there already, and retiring what is not, are
  // OK.
  virtual std::vector<absl::Status> Apply(std::vector<SaOperation> operations) = 0;
  virtual absl::Status SetPolicies(const PolicySet& policies) = 0;  // replaces all at once
  virtual absl::StatusOr<Inventory> List() = 0;
  virtual absl::StatusOr<CounterReading> ReadCounters() = 0;
};

}  // namespace culvert::sad
