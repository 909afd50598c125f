// SPDX-License-Identifier: Apache-2.0
// A packet from the TUN as the one or many packets it stands for. A super-packet (TSO, USO) is cut in place: each
// segment's header is written in front of its payload, over the tail of the segment before, which must have been
// encrypted by then. Checksums come out complete.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kmod/core/selector.h"
#include "services/espd/tun_device.h"

namespace culvert::espd {

class InnerSegments {
 public:
  // Reads the packet of `size` octets at `packet`, with what the TUN said about it. False: it is malformed.
  bool Start(const VnetHeader& vnet, uint8_t* packet, size_t size);

  const cv_inner& inner() const { return inner_; }
  uint8_t* packet() const { return packet_; }
  uint32_t count() const { return count_; }
  // Of the largest packet, headers included.
  size_t packet_size() const { return count_ == 1 ? size_ : headers_ + gso_; }
  // Octets of all packets together, headers repeated.
  size_t total_size() const { return size_ + size_t{headers_} * (count_ - 1); }

  // Limits the MSS of a SYN to what fits packets of `mtu` octets. Before the first Cut().
  void ClampMss(uint32_t mtu);

  // Makes packet `index`; to be called for 0, 1, 2, ... in order. Returns where it begins and sets its size. The octets
  // behind it belong to the next segments' payload.
  uint8_t* Cut(uint32_t index, size_t* size);

 private:
  bool StartGso(const VnetHeader& vnet);
  void FinishTcp(uint8_t* transport, uint32_t index, size_t payload) const;
  void FinishUdp(uint8_t* transport, size_t payload) const;
  void FinishIp(uint8_t* ip, uint32_t index, size_t size) const;
  void CompleteChecksum() const;

  cv_inner inner_;
  uint8_t* packet_ = nullptr;
  size_t size_ = 0;
  uint32_t count_ = 1;
  uint32_t gso_ = 0;       // payload octets a segment
  uint32_t headers_ = 0;   // IP and transport header together
  uint64_t base_sum_ = 0;  // of everything in pseudo-header and transport header that is the same in each segment
  uint32_t first_seq_ = 0;
  uint16_t first_id_ = 0;
  VnetHeader vnet_;
  std::array<uint8_t, 128> template_;  // both headers
};

}  // namespace culvert::espd
