// SPDX-License-Identifier: Apache-2.0
#include "services/espd/packet_too_big.h"

#include <algorithm>
#include <cstring>

#include "services/espd/checksum.h"

namespace culvert::espd {
namespace {

constexpr size_t kIcmpHeader = 8;
constexpr uint8_t kHopLimit = 64;

size_t MakeV4(const uint8_t* packet, const cv_inner& inner, uint32_t mtu, uint8_t* out) {
  const bool dont_fragment = (packet[6] & 0x40) != 0;
  const bool later_fragment = (cv_get_be16(packet + 6) & 0x1fff) != 0;
  const bool echo =
      inner.flow.protocol != CV_PROTO_ICMP || (inner.flow.source_port >> 8) == 8 || (inner.flow.source_port >> 8) == 0;
  if (!dont_fragment || later_fragment || !echo || packet[16] >= 224) return 0;
  // RFC 1812 4.3.2.3: as much of the packet as fits 576 octets.
  const size_t quoted = std::min<size_t>(inner.size, 576 - CV_IPV4_HEADER_MIN - kIcmpHeader);
  const size_t size = CV_IPV4_HEADER_MIN + kIcmpHeader + quoted;
  std::memset(out, 0, CV_IPV4_HEADER_MIN + kIcmpHeader);
  out[0] = 0x45;
  out[1] = 0xc0;  // RFC 1812 4.3.2.5: precedence of internetwork control
  cv_put_be16(out + 2, static_cast<uint16_t>(size));
  out[8] = kHopLimit;
  out[9] = CV_PROTO_ICMP;
  std::memcpy(out + 12, packet + 16, 4);
  std::memcpy(out + 16, packet + 12, 4);
  StoreIpv4HeaderChecksum(out);
  uint8_t* icmp = out + CV_IPV4_HEADER_MIN;
  icmp[0] = 3;  // destination unreachable
  icmp[1] = 4;  // fragmentation needed and DF set
  cv_put_be16(icmp + 6, static_cast<uint16_t>(std::min<uint32_t>(mtu, 0xffff)));
  std::memcpy(icmp + kIcmpHeader, packet, quoted);
  ChecksumStore(icmp + 2, static_cast<uint16_t>(~ChecksumFold(ChecksumAdd(0, icmp, kIcmpHeader + quoted))));
  return size;
}

size_t MakeV6(const uint8_t* packet, const cv_inner& inner, uint32_t mtu, uint8_t* out) {
  const bool error =
      inner.flow.protocol == CV_PROTO_ICMPV6 && (inner.flow.opaque != 0 || inner.flow.source_port < 0x8000);
  // RFC 4443 2.4 (e.3) would let us answer a multicast packet, but not as if its destination did.
  if (error || packet[8] == 0xff || packet[24] == 0xff) return 0;
  const size_t quoted = std::min<size_t>(inner.size, kPacketTooBigMax - CV_IPV6_HEADER - kIcmpHeader);
  const size_t size = CV_IPV6_HEADER + kIcmpHeader + quoted;
  std::memset(out, 0, CV_IPV6_HEADER + kIcmpHeader);
  out[0] = 0x60;
  cv_put_be16(out + 4, static_cast<uint16_t>(kIcmpHeader + quoted));
  out[6] = CV_PROTO_ICMPV6;
  out[7] = kHopLimit;
  std::memcpy(out + 8, packet + 24, 16);
  std::memcpy(out + 24, packet + 8, 16);
  uint8_t* icmp = out + CV_IPV6_HEADER;
  icmp[0] = 2;  // packet too big
  cv_put_be32(icmp + 4, mtu);
  std::memcpy(icmp + kIcmpHeader, packet, quoted);
  const uint64_t pseudo = PseudoHeaderSum(out, CV_PROTO_ICMPV6, static_cast<uint32_t>(kIcmpHeader + quoted));
  ChecksumStore(icmp + 2, static_cast<uint16_t>(~ChecksumFold(ChecksumAdd(pseudo, icmp, kIcmpHeader + quoted))));
  return size;
}

}  // namespace

size_t MakePacketTooBig(const uint8_t* packet, const cv_inner& inner, uint32_t mtu, uint8_t* out) {
  return inner.flow.version == 4 ? MakeV4(packet, inner, mtu, out) : MakeV6(packet, inner, mtu, out);
}

}  // namespace culvert::espd
