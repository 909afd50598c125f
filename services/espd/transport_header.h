// SPDX-License-Identifier: Apache-2.0
// Transport mode (RFC 4303 3.1.1) carries a packet without its IP header: the outer one is the only one. Ours is
// written by the kernel when ESP leaves, so on the way in the header is put together again for the TUN.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kmod/core/selector.h"

namespace culvert::espd {

class TransportHeader {
 public:
  TransportHeader() = default;
  // Of packets that come in under `selector`, whose source is this host and whose destination is the peer.
  explicit TransportHeader(const cv_selector& selector);

  // Could the packet travel without its IP header? Fragments and what has options or extension headers could not: the
  // peer would never see them (RFC 4303 3.3.4: whole datagrams alone).
  static bool Spares(const cv_inner& inner);

  size_t size() const { return size_; }
  // Writes the header before `payload` octets. `tos` is the outer header's.
  void Write(uint8_t* packet, size_t payload, uint8_t next_header, uint8_t tos) const;

 private:
  std::array<uint8_t, CV_IPV6_HEADER> template_{};
  size_t size_ = 0;
};

// A transport checksum covers the addresses as the sender saw them, which a NAT changes: computed anew, as the packet's
// integrity is proven (RFC 3948 3.1.2).
void RenewTransportChecksum(uint8_t* packet, const cv_inner& inner);

}  // namespace culvert::espd
