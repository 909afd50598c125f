// SPDX-License-Identifier: Apache-2.0
// Congestion marks at the far end of a tunnel (RFC 6040 4.2, figure 4).
#pragma once

#include <cstdint>

#include "kmod/core/selector.h"
#include "services/espd/checksum.h"

namespace culvert::espd {

// Combines the marks of the outer header into the packet at `ip`, which cv_inner_read() read into `inner`. False: the
// packet must be dropped, a router having marked congestion on one whose sender would not understand it.
inline bool DecapsulateEcn(uint8_t* ip, cv_inner* inner, uint8_t outer_tos) {
  enum : uint8_t { kNot = 0, kEct1 = 1, kEct0 = 2, kCe = 3 };
  constexpr uint8_t kDropIt = 0xff;
  constexpr uint8_t kResult[4][4] = {
      // outer:  Not    ECT(1)  ECT(0)  CE
      /* Not    */ {kNot, kNot, kNot, kDropIt},
      /* ECT(1) */ {kEct1, kEct1, kEct1, kCe},
      /* ECT(0) */ {kEct0, kEct1, kEct0, kCe},
      /* CE     */ {kCe, kCe, kCe, kCe},
  };
  const uint8_t was = inner->tos & 3;
  const uint8_t mark = kResult[was][outer_tos & 3];
  if (mark == kDropIt) return false;
  if (mark == was) return true;
  inner->tos = static_cast<uint8_t>((inner->tos & ~3) | mark);
  if (inner->flow.version == 4) {
    ip[1] = inner->tos;
    StoreIpv4HeaderChecksum(ip);
  } else {
    ip[1] = static_cast<uint8_t>((ip[1] & 0xcf) | mark << 4);
  }
  return true;
}

}  // namespace culvert::espd
