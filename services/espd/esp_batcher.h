// SPDX-License-Identifier: Apache-2.0
// Gathers sealed packets into batches for UDP_SEGMENT, across super-packets, flows and pairs of the same peer: a 64 KB
// super-packet becomes more ciphertext than one datagram holds, and its remainder should share the next one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "services/espd/ports.h"

namespace culvert::espd {

class EspBatcher {
 public:
  explicit EspBatcher(EspPort& port) : port_(port), slab_(new uint8_t[kBatches * kSlot]) {}

  // Room for a packet of `size` octets, which the caller fills before the next call. Packets of one path leave in the
  // order of these calls. May send what is there if the batches are used up.
  uint8_t* Append(const OuterPath* path, uint8_t tos, size_t size, DropCounters* drops);

  // Sends everything; the paths that Append was given must live until then.
  void Flush();

 private:
  static constexpr size_t kBatches = 64;
  static constexpr size_t kSlot = 65536;
  static constexpr uint32_t kMaxDatagram = 65507;  // RFC 768 in IPv4: 65535 less both headers
  static constexpr uint32_t kMaxSegments = 64;     // UDP_MAX_SEGMENTS of every kernel that has UDP_SEGMENT
  static constexpr size_t kRecent = 64;            // a power of two

  bool Fits(const EspBatch& batch, const OuterPath* path, uint8_t tos, size_t size) const;

  EspPort& port_;
  std::unique_ptr<uint8_t[]> slab_;
  std::array<EspBatch, kBatches> batches_;
  size_t used_ = 0;
  // Index + 1 of the newest batch of the path with this hash; 0 for none.
  std::array<uint8_t, kRecent> recent_{};
};

}  // namespace culvert::espd
