// SPDX-License-Identifier: Apache-2.0
// Traffic selectors (RFC 7296 2.9, 3.13.1; RFC 4301 4.4.1.1): an address range, a port range and a protocol.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/ip.h"

namespace culvert::ipsec {

struct TrafficSelector {
  uint8_t protocol = 0;  // IP protocol; 0 is any
  // Inclusive. ICMP: type in the high octet, code in the low one (RFC 7296 3.13.1). 65535..0 is OPAQUE (RFC 4301).
  uint16_t start_port = 0;
  uint16_t end_port = 65535;
  base::IpAddress first = {};  // inclusive, of one family
  base::IpAddress last = {};

  static TrafficSelector Of(const base::Prefix& prefix, uint8_t protocol = 0, uint16_t start_port = 0,
                            uint16_t end_port = 65535);
  static TrafficSelector AnyOf(base::Family family);
  // The selector of one packet, which an acquire carries; RFC 7296 2.9 puts it first in TSi and TSr.
  static TrafficSelector OfPacket(const base::IpAddress& address, uint8_t protocol, uint16_t port);
  // "10.1.0.0/24", "10.1.0.5-10.1.0.9", "2001:db8::/32[tcp/443]", "192.0.2.1[17/1701]", "10.0.0.0/8[udp/1000-2000]",
  // "10.0.0.0/8[icmp/8]" (type alone, any code), "10.0.0.0/8[icmp/3:4]" (type and code).
  static absl::StatusOr<TrafficSelector> Parse(absl::string_view text);

  base::Family family() const { return first.family(); }
  bool any_port() const { return start_port == 0 && end_port == 65535; }
  bool opaque_port() const { return start_port == 65535 && end_port == 0; }
  bool Contains(const TrafficSelector& other) const;
  bool Contains(const base::IpAddress& address) const { return first <= address && address <= last; }
  // The prefix when the range is exactly one.
  std::optional<base::Prefix> AsPrefix() const;
  // The fewest prefixes that cover exactly the range (at most 2 * 128 - 2).
  std::vector<base::Prefix> Prefixes() const;

  std::string ToString() const;  // as Parse reads it
  auto operator<=>(const TrafficSelector&) const = default;
};

// What both allow; nullopt when nothing.
std::optional<TrafficSelector> Intersect(const TrafficSelector& a, const TrafficSelector& b);

// Every intersection of the two sets, in `ours` order, without those that another one covers. Empty: TS_UNACCEPTABLE.
std::vector<TrafficSelector> Narrow(std::span<const TrafficSelector> ours, std::span<const TrafficSelector> theirs);

// Every selector of `inner` lies in one of `outer`.
bool Covers(std::span<const TrafficSelector> outer, std::span<const TrafficSelector> inner);

std::string ToString(std::span<const TrafficSelector> selectors);  // joined by ", "

}  // namespace culvert::ipsec
