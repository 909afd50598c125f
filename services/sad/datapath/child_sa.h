// SPDX-License-Identifier: Apache-2.0
// A CHILD_SA pair as sad and its datapaths hold it: proto/culvert/datapath/v1/sa.proto as plain values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/ip.h"
#include "libs/base/secret.h"
#include "libs/ipsec/selector.h"

namespace culvert::sad {

enum class Mode : uint8_t { kTunnel = 1, kTransport = 2 };

// When outbound packets begin to use a new pair.
enum class Activation : uint8_t {
  kNow = 1,
  kOnFirstInbound = 2,  // or when the pair it replaces is retired
  kOnRetire = 3,
};

struct SaKeys {
  base::Secret encryption;  // salt behind the key, where the suite has one
  base::Secret integrity;   // empty for an AEAD
};

struct OuterPath {
  base::Endpoint local;  // ports are of UDP encapsulation, 0 when raw
  base::Endpoint remote;
  bool udp_encapsulation = false;

  auto operator<=>(const OuterPath&) const = default;
};

// Everything about a pair but its keys: what may be kept, compared, listed and logged.
struct ChildSaInfo {
  uint64_t id = 0;
  std::string tunnel;
  uint64_t ike_sa_id = 0;
  uint32_t spi_in = 0;  // host order
  uint32_t spi_out = 0;
  std::string suite;  // "aes256gcm16", "aes128-sha256"
  bool esn = false;
  uint32_t replay_window = 0;  // packets
  Mode mode = Mode::kTunnel;
  std::vector<ipsec::TrafficSelector> local_selectors;
  std::vector<ipsec::TrafficSelector> remote_selectors;
  OuterPath path;
  uint64_t replaces = 0;  // 0: none
  Activation activation = Activation::kNow;
  uint64_t hard_bytes = 0;  // of each direction; 0: no limit
  uint64_t hard_packets = 0;
  uint64_t soft_bytes = 0;
  uint64_t soft_packets = 0;
  bool copy_df = false;
  bool copy_dscp = false;
  bool ecn = false;
  bool nat_keepalive = false;
  uint32_t tfc = 0;  // octets that inner packets are padded to; 0: off

  bool operator==(const ChildSaInfo&) const = default;
};

// On its way to the datapath, which is the only one that keeps the keys.
struct ChildSa {
  ChildSaInfo info;
  SaKeys inbound;
  SaKeys outbound;
};

// Octets and packets of inner packets. A drop counter is {reason, packets}; the reasons are those of sa.proto.
using Drops = std::vector<std::pair<std::string, uint64_t>>;

struct ChildSaCounters {
  uint64_t id = 0;
  uint64_t bytes_in = 0;
  uint64_t packets_in = 0;
  uint64_t bytes_out = 0;
  uint64_t packets_out = 0;
  int64_t last_in_boottime_ms = 0;  // 0: never
  int64_t last_out_boottime_ms = 0;
  Drops drops_in = {};
  Drops drops_out = {};
};

}  // namespace culvert::sad
