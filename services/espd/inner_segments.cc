// SPDX-License-Identifier: Apache-2.0
#include "services/espd/inner_segments.h"

#include <algorithm>
#include <cstring>

#include "services/espd/checksum.h"
#include "services/espd/mss.h"

namespace culvert::espd {
namespace {

constexpr size_t kTcpHeaderMin = 20;
constexpr size_t kUdpHeader = 8;
constexpr size_t kTcpFlags = 13;  // offset
constexpr uint8_t kFin = 0x01, kPsh = 0x08, kCwr = 0x80;

}  // namespace

bool InnerSegments::Start(const VnetHeader& vnet, uint8_t* packet, size_t size) {
  if (!cv_inner_read(packet, size, &inner_) || inner_.size != size) return false;
  packet_ = packet;
  size_ = size;
  count_ = 1;
  vnet_ = vnet;
  if ((vnet.flags & VnetHeader::kNeedsChecksum) != 0 && size_t{vnet.checksum_start} + vnet.checksum_offset + 2 > size) {
    return false;
  }
  return vnet.gso_type == VnetHeader::kGsoNone || StartGso(vnet);
}

bool InnerSegments::StartGso(const VnetHeader& vnet) {
  const bool tcp = inner_.flow.protocol == CV_PROTO_TCP;
  const uint8_t type = vnet.gso_type & static_cast<uint8_t>(~VnetHeader::kGsoEcn);
  const bool known = tcp ? type == (inner_.flow.version == 4 ? VnetHeader::kGsoTcp4 : VnetHeader::kGsoTcp6)
                         : type == VnetHeader::kGsoUdp && inner_.flow.protocol == CV_PROTO_UDP;
  const size_t transport_min = tcp ? kTcpHeaderMin : kUdpHeader;
  if (!known || vnet.gso_size == 0 || inner_.fragment || size_ < inner_.transport + transport_min) return false;
  uint8_t* transport = packet_ + inner_.transport;
  const size_t transport_header = tcp ? (transport[12] >> 4) * 4u : kUdpHeader;
  headers_ = static_cast<uint32_t>(inner_.transport + transport_header);
  if (transport_header < transport_min || headers_ > size_ || headers_ > template_.size()) return false;
  gso_ = vnet.gso_size;
  const size_t payload = size_ - headers_;
  count_ = std::max<uint32_t>(1, static_cast<uint32_t>((payload + gso_ - 1) / gso_));

  std::memcpy(template_.data(), packet_, headers_);
  uint8_t* constant = template_.data() + inner_.transport;
  // What differs from segment to segment counts as zero here and is added in Finish…().
  if (tcp) {
    first_seq_ = cv_get_be32(constant + 4);
    const uint8_t flags = constant[kTcpFlags];
    cv_put_be32(constant + 4, 0);
    cv_put_be16(constant + 16, 0);
    constant[kTcpFlags] = 0;
    base_sum_ = ChecksumAdd(PseudoHeaderSum(packet_, CV_PROTO_TCP, 0), constant, transport_header);
    constant[kTcpFlags] = flags;
  } else {
    cv_put_be16(constant + 4, 0);
    cv_put_be16(constant + 6, 0);
    base_sum_ = ChecksumAdd(PseudoHeaderSum(packet_, CV_PROTO_UDP, 0), constant, transport_header);
  }
  first_id_ = cv_get_be16(packet_ + 4);
  return true;
}

void InnerSegments::ClampMss(uint32_t mtu) {
  if (inner_.flow.protocol != CV_PROTO_TCP || inner_.flow.opaque != 0 || vnet_.gso_type != VnetHeader::kGsoNone) return;
  const bool partial = (vnet_.flags & VnetHeader::kNeedsChecksum) != 0;
  ClampTcpMss(packet_, inner_, mtu, /*fix_checksum=*/!partial);
}

uint8_t* InnerSegments::Cut(uint32_t index, size_t* size) {
  if (gso_ == 0 || vnet_.gso_type == VnetHeader::kGsoNone) {
    if ((vnet_.flags & VnetHeader::kNeedsChecksum) != 0) CompleteChecksum();
    *size = size_;
    return packet_;
  }
  uint8_t* at = packet_ + size_t{index} * gso_;
  const size_t payload = std::min<size_t>(gso_, size_ - headers_ - size_t{index} * gso_);
  std::memcpy(at, template_.data(), headers_);
  *size = headers_ + payload;
  FinishIp(at, index, *size);
  if (inner_.flow.protocol == CV_PROTO_TCP) {
    FinishTcp(at + inner_.transport, index, payload);
  } else {
    FinishUdp(at + inner_.transport, payload);
  }
  return at;
}

void InnerSegments::FinishIp(uint8_t* ip, uint32_t index, size_t size) const {
  if (inner_.flow.version == 6) {
    cv_put_be16(ip + 4, static_cast<uint16_t>(size - CV_IPV6_HEADER));
    return;
  }
  cv_put_be16(ip + 2, static_cast<uint16_t>(size));
  cv_put_be16(ip + 4, static_cast<uint16_t>(first_id_ + index));
  StoreIpv4HeaderChecksum(ip);
}

void InnerSegments::FinishTcp(uint8_t* tcp, uint32_t index, size_t payload) const {
  const size_t header = headers_ - inner_.transport;
  cv_put_be32(tcp + 4, first_seq_ + index * gso_);
  // RFC 3168 6.1.2: CWR on the first segment alone; FIN and PSH belong to the last.
  if (index > 0) tcp[kTcpFlags] &= static_cast<uint8_t>(~kCwr);
  if (index + 1 < count_) tcp[kTcpFlags] &= static_cast<uint8_t>(~(kFin | kPsh));
  // Added up in 64 bits: in 32 the carry near 0xffff was once lost.
  uint64_t sum = ChecksumAddNumber(base_sum_, static_cast<uint16_t>(header + payload));
  sum = ChecksumAdd(sum, tcp + 4, 4);
  sum = ChecksumAddNumber(sum, tcp[kTcpFlags]);
  sum = ChecksumAdd(sum, tcp + header, payload);
  ChecksumStore(tcp + 16, static_cast<uint16_t>(~ChecksumFold(sum)));
}

void InnerSegments::FinishUdp(uint8_t* udp, size_t payload) const {
  const auto length = static_cast<uint16_t>(kUdpHeader + payload);
  cv_put_be16(udp + 4, length);
  uint64_t sum = ChecksumAddNumber(base_sum_, length);  // in the pseudo-header
  sum = ChecksumAddNumber(sum, length);                 // and in the header
  sum = ChecksumAdd(sum, udp + kUdpHeader, payload);
  const auto checksum = static_cast<uint16_t>(~ChecksumFold(sum));
  ChecksumStore(udp + 6, checksum == 0 ? uint16_t{0xffff} : checksum);  // RFC 768: 0 means none
}

// The stack left the pseudo-header's sum in the field (VIRTIO_NET_HDR_F_NEEDS_CSUM); add the rest.
void InnerSegments::CompleteChecksum() const {
  const uint64_t sum = ChecksumAdd(0, packet_ + vnet_.checksum_start, size_ - vnet_.checksum_start);
  auto checksum = static_cast<uint16_t>(~ChecksumFold(sum));
  if (checksum == 0 && inner_.flow.protocol == CV_PROTO_UDP) checksum = 0xffff;
  ChecksumStore(packet_ + vnet_.checksum_start + vnet_.checksum_offset, checksum);
}

}  // namespace culvert::espd
