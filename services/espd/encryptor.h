// SPDX-License-Identifier: Apache-2.0
// From the TUN to the network (RFC 4301 5.1, RFC 4303 3.3): find the pair, cut, pad, seal, batch. One a worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "services/espd/crypto_scratch.h"
#include "services/espd/esp_batcher.h"
#include "services/espd/flow_cache.h"
#include "services/espd/held_packets.h"
#include "services/espd/inner_segments.h"
#include "services/espd/ports.h"
#include "services/espd/shared_state.h"

namespace culvert::espd {

class Encryptor {
 public:
  // Octets that a frame's buffer must have behind the packet: padding is written there.
  static constexpr size_t kTailRoom = 64;
  static constexpr size_t kMaxInner = 65535;

  Encryptor(SharedState& shared, int worker, CryptoScratch& scratch, TunPort& tun, EspPort& esp)
      : shared_(shared), worker_(worker), scratch_(scratch), tun_(tun), batcher_(esp) {}

  // `frame` holds a VnetHeader and a packet, `size` counts both; the buffer is overwritten. `now_ms` is CLOCK_BOOTTIME.
  void Encrypt(uint8_t* frame, size_t size, int64_t now_ms);

  // Sends what was encrypted. Before the worker's next quiescent state.
  void Flush() { batcher_.Flush(); }

  // Tries the packets again that wait for an SA.
  void RetryHeld(int64_t now_ms);
  bool holds_packets() const { return !held_.empty(); }

 private:
  const FlowCache::Entry& Lookup(const cv_flow& flow);
  void HoldForSa(const Policy& policy, const cv_flow& flow, const uint8_t* frame, size_t size, int64_t now_ms);
  void TooBig(ChildSa& sa);
  void Seal(ChildSa& sa, uint64_t first_seq);
  uint8_t* Padded(uint8_t* payload, size_t* size, size_t wanted);

  SharedState& shared_;
  const int worker_;
  CryptoScratch& scratch_;
  TunPort& tun_;
  EspBatcher batcher_;
  FlowCache cache_;
  HeldPackets held_;
  InnerSegments segments_;
  const std::unique_ptr<uint8_t[]> padded_{new uint8_t[kMaxInner + kTailRoom]};  // a packet with TFC padding
  int64_t now_ms_ = 0;
  int64_t too_big_window_ms_ = 0;  // start of the second in which answers are counted
  int too_big_sent_ = 0;
};

}  // namespace culvert::espd
