// SPDX-License-Identifier: Apache-2.0
// Numbers that several processes must agree on and that show up on the host: ports, marks, route tables, device names.
#pragma once

#include <cstdint>

namespace culvert::base {

inline constexpr uint16_t kIkePort = 500;      // RFC 7296 2
inline constexpr uint16_t kIkeNatPort = 4500;  // RFC 7296 2.23, RFC 3948
inline constexpr uint8_t kEspProtocol = 50;    // RFC 4303

// SO_MARK of every IKE and ESP socket: a rule sends it to table main, so that a 0.0.0.0/0 tunnel never swallows the
// packets that carry it.
inline constexpr uint32_t kCulvertMark = 0x63760000;
inline constexpr uint32_t kRouteTable = 220;        // routes into tunnels; strongSwan's number, which admins know
inline constexpr uint32_t kRulePriority = 220;      // "lookup 220"
inline constexpr uint32_t kMarkRulePriority = 219;  // "fwmark … lookup main", before it
inline constexpr char kTunName[] = "culvert0";      // espd's multi-queue TUN
inline constexpr char kNftTable[] = "culvert";      // inet family

}  // namespace culvert::base
