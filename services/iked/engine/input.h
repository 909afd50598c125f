// SPDX-License-Identifier: Apache-2.0
// Everything that can happen to the engine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/base/ip.h"
#include "libs/ipsec/selector.h"
#include "services/iked/engine/config.h"
#include "services/iked/engine/job.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {

// A datagram of UDP 500 or 4500, without the non-ESP marker. `bytes` need only live through the call.
struct Datagram {
  base::Endpoint local;  // the address it was sent to
  base::Endpoint remote;
  base::ByteView bytes;
  bool nat_port = false;  // it came to port 4500, with a marker
};

struct TimerFired {
  TimerId id;
};

// An operator's verb. Each is answered by one CommandDone, some by Progress before it.
enum class Part : uint8_t { kAll = 0, kIke = 1, kChild = 2 };
struct Initiate {
  uint64_t request = 0;
  std::string tunnel;
};
struct Terminate {
  uint64_t request = 0;
  std::string tunnel;
  Part part = Part::kAll;
};
struct Rekey {
  uint64_t request = 0;
  std::string tunnel;
  Part part = Part::kAll;
};
struct Drain {  // deletes every SA at its peer and starts nothing more; done within kDrainTimeout
  uint64_t request = 0;
};

// What the datapath noticed.
struct Acquire {
  std::string tunnel;
  ipsec::TrafficSelector source;  // the packet's own
  ipsec::TrafficSelector destination;
};
struct ChildExpire {
  uint64_t child_sa = 0;
  bool hard = false;
};
struct NatMapping {
  uint64_t child_sa = 0;
  base::Endpoint remote;
};
struct FirstInbound {
  uint64_t child_sa = 0;
};
struct UnknownSpi {
  uint32_t spi = 0;
  base::Endpoint remote;
};

// The answer to QueryUsage, always owed. CLOCK_BOOTTIME of the newest packet of any of its CHILD_SAs; nullopt: there
// was none yet, or nobody knows.
struct ChildSaUsage {
  uint64_t ike_sa = 0;  // as in the query
  std::optional<absl::Duration> last_in{};
  std::optional<absl::Duration> last_out{};
  uint64_t idle = 0;     // as in the query
  bool counted = false;  // the datapath knows them all: nullopt means that there was no packet
};

struct JobDone {
  JobId id;
  JobResult result;
};

// The answer to InstallChildSa, RetireChildSa, UpdatePath, ReconcileChildSas, SetVirtualIps, and to a LeaseSpis that
// failed.
struct SaResult {
  uint64_t sequence = 0;
  absl::Status status;
};
struct SpisLeased {
  uint64_t sequence = 0;
  std::vector<uint32_t> spis;
};

// Where a tunnel's peer may be found, in the order to try.
struct PathCandidate {
  base::IpAddress local;
  base::IpAddress remote;
  size_t endpoint = 0;  // which of the tunnel's endpoints it came from
};
// NotFound: no such name; Unavailable: the resolver is silent; NetworkUnreachable is FailedPrecondition.
struct PathResolved {
  std::string tunnel;
  uint64_t attempt = 0;  // as in ResolvePath
  absl::StatusOr<std::vector<PathCandidate>> candidates;
};

struct SnapshotChanged {
  std::shared_ptr<const EngineConfig> config;
};
struct HostAddresses {
  std::vector<base::IpAddress> addresses;
};

struct DatapathCapabilities {
  std::string name;
  bool raw_esp = true;
  bool udp_encapsulation = true;
  bool prefers_udp = false;  // encapsulation AUTO is FORCE
  bool esn = true;
  uint32_t max_replay_window = 4096;
};
// The stream to sad is up (again): sad is told which CHILD_SAs live and which SPIs are held.
struct DatapathAttached {
  DatapathCapabilities capabilities;
};
// It is gone: nothing new can be installed. What is installed goes on.
struct DatapathDetached {};

// ICMP said so, or the socket. Hints only: anybody can forge them.
struct SendFailed {
  base::Endpoint remote;
  absl::Status status;
};
struct PortUnreachable {
  base::Endpoint remote;
};

using Input =
    std::variant<Datagram, TimerFired, Initiate, Terminate, Rekey, Drain, Acquire, ChildExpire, NatMapping,
                 FirstInbound, UnknownSpi, ChildSaUsage, JobDone, SaResult, SpisLeased, PathResolved, SnapshotChanged,
                 HostAddresses, DatapathAttached, DatapathDetached, SendFailed, PortUnreachable>;

}  // namespace culvert::iked
