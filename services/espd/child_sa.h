// SPDX-License-Identifier: Apache-2.0
// A CHILD_SA pair as the workers see it. What the control plane set is immutable; what packets change is atomic, or
// belongs to whoever holds the inbound guard.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "kmod/core/replay.h"
#include "kmod/core/selector.h"
#include "libs/base/secret.h"
#include "services/espd/drop.h"
#include "services/espd/esp_cipher.h"
#include "services/espd/outer_path.h"
#include "services/espd/suite.h"
#include "services/espd/transport_header.h"

namespace culvert::espd {

class Tunnel;

enum class Activation : uint8_t { kNow, kOnFirstInbound, kOnRetire };

struct SaConfig {
  uint32_t spi = 0;
  base::Secret encryption_key;  // with its salt
  base::Secret integrity_key;
};

struct Limits {  // of each direction; 0: none
  uint64_t hard_bytes = 0, hard_packets = 0;
  uint64_t soft_bytes = 0, soft_packets = 0;
};

struct ChildSaConfig {
  uint64_t id = 0;
  std::string tunnel;
  uint64_t ike_sa_id = 0;
  SaConfig inbound, outbound;
  std::string suite;
  bool esn = false;
  uint32_t replay_window = CV_REPLAY_DEFAULT_WINDOW;
  std::vector<cv_selector> selectors;  // outbound view: source is local; each family and pair spelt out
  OuterPathConfig path;
  uint64_t replaces = 0;
  Activation activation = Activation::kNow;
  Limits limits;
  bool copy_dscp = true;
  bool ecn = true;
  bool transport = false;
  uint32_t tfc = 0;  // octets that inner packets are padded to (RFC 4303 2.7); 0: off
};

// Octets and packets of inner packets, as vici's list-sa counts them.
struct Traffic {
  std::atomic<uint64_t> bytes = 0;
  std::atomic<uint64_t> packets = 0;
  std::atomic<int64_t> last_boottime_ms = 0;  // 0: never
  DropCounters drops;
  std::atomic<bool> soft_told = false;
  std::atomic<bool> expired = false;  // a hard limit was met: nothing passes any more
};

class ChildSa {
 public:
  // InvalidArgument: suite, key lengths, SPI or addresses that cannot be. The keys are consumed into the ciphers.
  static absl::StatusOr<std::unique_ptr<ChildSa>> Create(const ChildSaConfig& config, Tunnel* tunnel,
                                                         const CryptoBackend& crypto);

  // --- immutable
  uint64_t id;
  Tunnel* tunnel;
  Suite suite;
  uint32_t inbound_spi;
  uint32_t outbound_spi;
  bool esn, copy_dscp, ecn;
  bool transport;
  uint32_t tfc;
  TransportHeader header;  // transport mode: of what comes in
  Limits limits;
  std::vector<cv_selector> selectors;
  std::unique_ptr<EspCipher> opener, sealer;

  bool Covers(const cv_flow& flow, bool outbound) const {
    for (const cv_selector& s : selectors) {
      if (cv_selector_matches(&s, &flow, outbound)) return true;
    }
    return false;
  }

  // --- outbound, any worker
  std::atomic<ChildSa*> next_active = nullptr;  // of its tunnel's, the next older one
  std::atomic<const OuterPath*> path;           // published; replaced versions go through Quiescence
  std::atomic<uint32_t> inner_mtu = 0;          // largest inner packet; from the path's MTU and the suite
  Traffic out;

  // Reserves `count` consecutive sequence numbers and returns the first, or 0 when they would pass the last one that
  // may be used: the numbers never cycle (RFC 4303 3.3.3).
  uint64_t ReserveSequence(uint32_t count) {
    const uint64_t first = next_sequence.fetch_add(count, std::memory_order_relaxed);
    return first + count - 1 <= (esn ? kLastExtended : kLastSequence) ? first : 0;
  }
  std::atomic<uint64_t> next_sequence = 1;

  // --- the control plane's own
  uint64_t order = 0;               // of installation
  ChildSa* newer_active = nullptr;  // the other direction of `next_active`

  // --- inbound
  Traffic in;
  std::atomic<bool> first_told = false;    // FirstInbound was reported
  std::atomic<uint64_t> mapping_told = 0;  // hash of the source endpoint that NatMapping last reported

  // Whoever holds it owns `replay`. Steering sends a pair's packets to one worker, so it is free but for packets that
  // came another way (raw ESP beside UDP); it is taken once for a run of packets.
  class Guard {
   public:
    explicit Guard(ChildSa& sa) : sa_(sa) {
      while (sa_.guard_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    }
    ~Guard() { sa_.guard_.clear(std::memory_order_release); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    ChildSa& sa_;
  };
  cv_replay replay;

  void SetPathMtu(uint32_t path_mtu);
  ~ChildSa() { delete path.load(); }

 private:
  static constexpr uint64_t kLastSequence = 0xffffffff;
  static constexpr uint64_t kLastExtended = ~uint64_t{0} >> 1;  // far below the wrap of the counter itself
  ChildSa() = default;
  std::atomic_flag guard_ = ATOMIC_FLAG_INIT;
};

}  // namespace culvert::espd
