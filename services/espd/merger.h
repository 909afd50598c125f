// SPDX-License-Identifier: Apache-2.0
// Puts consecutive TCP segments or equal UDP datagrams together again before they are written to the TUN: the inverse
// of InnerSegments, by the rules of the kernel's GRO. Packets are decrypted right behind what is merged already, so a
// merge copies nothing but the header it overwrote.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "kmod/core/selector.h"
#include "services/espd/ports.h"

namespace culvert::espd {

class Merger {
 public:
  // `merge_udp`: the TUN takes USO writes.
  Merger(TunPort& tun, bool merge_udp);

  // Where the next packet is to be decrypted: room for `size` octets. Then either Commit() or Abandon().
  uint8_t* Reserve(size_t size);
  // The packet that `inner` describes now stands at the reserved place.
  void Commit(const cv_inner& inner);
  // It was dropped.
  void Abandon();

  // Writes what is merged. At the end of each pass, so that nothing waits for traffic to come.
  void Flush();

 private:
  static constexpr size_t kMaxPacket = 65535;  // RFC 791
  static constexpr size_t kMaxHeaders = 128;
  static constexpr size_t kFrame = sizeof(VnetHeader);

  struct Candidate;  // a packet as seen by the rules
  bool Examine(uint8_t* packet, const cv_inner& inner, Candidate* c) const;
  bool Continues(const Candidate& c) const;
  void Extend(const Candidate& c);
  void Open(const Candidate& c);
  void RestoreTail();
  void WriteAlone(const cv_inner& inner, bool verified);
  uint8_t* base() const { return buffer_.get() + kFrame; }

  TunPort& tun_;
  const bool merge_udp_;
  std::unique_ptr<uint8_t[]> buffer_;

  // The open packet at base(); size_ is 0 if there is none.
  size_t size_ = 0;
  uint32_t segments_ = 0;
  uint32_t headers_ = 0;
  uint32_t gso_ = 0;  // payload octets of the first segment
  uint32_t next_seq_ = 0;
  cv_inner inner_{};
  bool closed_ = false;  // a short segment or PSH was the last

  uint8_t* reserved_ = nullptr;
  size_t tail_size_ = 0;
  std::array<uint8_t, kMaxHeaders> tail_;  // what the reserved place overwrote
};

}  // namespace culvert::espd
