// SPDX-License-Identifier: Apache-2.0
// Everything the engine can want done, in the order in which it is to be done.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/base/ip.h"
#include "libs/base/secret.h"
#include "libs/ipsec/selector.h"
#include "services/iked/engine/config.h"
#include "services/iked/engine/job.h"
#include "services/iked/engine/timers.h"
#include "services/iked/engine/view.h"

namespace culvert::iked {

// A datagram; retransmissions share its octets.
struct Send {
  base::Endpoint local;
  base::Endpoint remote;
  std::shared_ptr<const base::Bytes> bytes;
  bool nat_port = false;  // from port 4500, behind a non-ESP marker (RFC 3948 2.2)
  uint8_t dscp = 0;
};
// The single octet 0xFF from port 4500, without a marker (RFC 3948 2.3).
struct SendKeepalive {
  base::Endpoint local;
  base::Endpoint remote;
};

struct Compute {
  JobId id;
  Priority priority = Priority::kNew;
  Job job;
};

// Operations of the SA database carry rising sequences, each answered by one SaResult (LeaseSpis: SpisLeased).
struct LeaseSpis {
  uint64_t sequence = 0;
  uint32_t count = 0;
};

struct OuterPath {
  base::Endpoint local;  // ports are of UDP encapsulation
  base::Endpoint remote;
  bool udp_encapsulation = false;  // else IP protocol 50
  bool operator==(const OuterPath&) const = default;
};

enum class Activation : uint8_t { kNow = 1, kOnFirstInbound = 2, kOnRetire = 3 };

struct SaKeys {
  uint32_t spi = 0;
  base::Secret encryption_key;  // an AEAD's salt behind it
  base::Secret integrity_key;   // empty for an AEAD
};

// culvert.datapath.v1.ChildSa.
struct InstallChildSa {
  uint64_t sequence = 0;
  uint64_t id = 0;
  uint64_t ike_sa = 0;
  std::shared_ptr<const TunnelConfig> tunnel;  // name, replay window, limits, DF, DSCP and ECN
  SaKeys inbound;
  SaKeys outbound;
  std::string suite;  // without the DH group: "aes256gcm16"
  bool esn = false;
  uint32_t replay_window = 0;
  std::vector<ipsec::TrafficSelector> local_selectors;
  std::vector<ipsec::TrafficSelector> remote_selectors;
  OuterPath path;
  uint64_t replaces = 0;  // 0: none
  Activation activation = Activation::kNow;
  bool nat_keepalive = false;
  bool transport = false;
  uint32_t tfc = 0;
  // Of each direction; 0: none.
  uint64_t soft_bytes = 0;
  uint64_t hard_bytes = 0;
  uint64_t soft_packets = 0;
  uint64_t hard_packets = 0;
};
struct RetireChildSa {
  uint64_t sequence = 0;
  uint64_t id = 0;
  absl::Duration grace;  // it receives this long
};
struct UpdatePath {
  uint64_t sequence = 0;
  uint64_t id = 0;
  OuterPath path;
};
// These CHILD_SAs live, and these SPIs are held by earlier leases; every other of both is to go.
struct ReconcileChildSas {
  uint64_t sequence = 0;
  std::vector<uint64_t> child_sas{};
  std::vector<uint32_t> spis{};
};
// The addresses that its peer gave this tunnel, in place of those it had.
struct SetVirtualIps {
  uint64_t sequence = 0;
  std::string tunnel;
  std::vector<base::IpAddress> addresses{};
};

// When did packets last go through? Answered by ChildSaUsage.
struct QueryUsage {
  uint64_t ike_sa = 0;
  std::vector<uint64_t> child_sas{};
  uint64_t idle = 0;  // the CHILD_SA that may be closed as idle; 0: liveness asks
};

struct ArmTimer {
  TimerId id;
  TimerClock clock = TimerClock::kMonotonic;
  absl::Duration when;  // on that clock
};
struct CancelTimer {
  TimerId id;
};

// Names to addresses, and the local address that the route to each would choose. Answered by PathResolved.
struct ResolvePath {
  std::string tunnel;
  uint64_t attempt = 0;
  std::vector<std::string> endpoints;  // in order
  base::IpAddress local_address;       // none: by route
  base::Family family = base::Family::kNone;
};

struct Publish {
  std::shared_ptr<const Event> event;
};

struct Progress {
  uint64_t request = 0;
  std::string message;  // "IKE_SA_INIT sent to 192.0.2.2:500"
  TunnelState state = TunnelState::kConnecting;
};
// Initiate: OK when the tunnel is up, Unavailable when the attempt failed, FailedPrecondition when it cannot be tried.
struct CommandDone {
  uint64_t request = 0;
  absl::Status status{};
  std::shared_ptr<const Diagnosis> diagnosis{};  // null: none
  uint32_t ike_sas = 0;                          // that were asked to close or rekey
  uint32_t child_sas = 0;
};

using Effect =
    std::variant<Send, SendKeepalive, Compute, LeaseSpis, InstallChildSa, RetireChildSa, UpdatePath, ReconcileChildSas,
                 SetVirtualIps, QueryUsage, ArmTimer, CancelTimer, ResolvePath, Publish, Progress, CommandDone>;
using Effects = std::vector<Effect>;

}  // namespace culvert::iked
