// SPDX-License-Identifier: Apache-2.0
// Packets that wait for their tunnel's first SA: a few for each tunnel, so that the first connection is not delayed by
// a retransmission, and never more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace culvert::espd {

inline constexpr size_t kHeldPerTunnel = 16;    // packets
inline constexpr size_t kHeldOctets = 8 << 20;  // of a worker, all tunnels together
inline constexpr int64_t kHeldForMs = 30'000;   // longer than any handshake; a TCP SYN has been sent again by then

class HeldPackets {
 public:
  struct Packet {
    uint64_t tunnel;  // Tunnel::id
    int64_t since_ms;
    std::vector<uint8_t> frame;  // VnetHeader and packet
  };

  // False if the tunnel's share or the memory is used up.
  bool Hold(uint64_t tunnel, const uint8_t* frame, size_t size, int64_t now_ms) {
    size_t same = 0;
    for (const Packet& p : packets_) same += p.tunnel == tunnel ? 1 : 0;
    if (same >= kHeldPerTunnel || octets_ + size > kHeldOctets) return false;
    packets_.push_back({tunnel, now_ms, {frame, frame + size}});
    octets_ += size;
    return true;
  }

  // All of them, oldest first; those that still have to wait come back through Hold().
  std::deque<Packet> TakeAll() {
    octets_ = 0;
    return std::exchange(packets_, {});
  }
  bool empty() const { return packets_.empty(); }

 private:
  std::deque<Packet> packets_;
  size_t octets_ = 0;
};

}  // namespace culvert::espd
