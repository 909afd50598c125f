// SPDX-License-Identifier: Apache-2.0
#include "services/espd/transport_header.h"

#include <cstring>

#include "services/espd/checksum.h"

namespace culvert::espd {
namespace {

constexpr uint8_t kHopLimit = 64;
constexpr uint8_t kDontFragment = 0x40;
constexpr size_t kNoChecksum = 0;

size_t ChecksumOffset(uint8_t protocol) {
  switch (protocol) {
    case CV_PROTO_TCP:
      return 16;
    case CV_PROTO_UDP:
      return 6;
    case CV_PROTO_ICMPV6:
      return 2;
    default:
      return kNoChecksum;  // or one that does not cover the addresses
  }
}

}  // namespace

TransportHeader::TransportHeader(const cv_selector& selector) {
  uint8_t* ip = template_.data();
  if (selector.version == 4) {
    size_ = CV_IPV4_HEADER_MIN;
    ip[0] = 0x45;
    ip[6] = kDontFragment;
    ip[8] = kHopLimit;
    std::memcpy(ip + 12, selector.destination.first, 4);
    std::memcpy(ip + 16, selector.source.first, 4);
  } else {
    size_ = CV_IPV6_HEADER;
    ip[0] = 0x60;
    ip[7] = kHopLimit;
    std::memcpy(ip + 8, selector.destination.first, 16);
    std::memcpy(ip + 24, selector.source.first, 16);
  }
}

bool TransportHeader::Spares(const cv_inner& inner) {
  return !inner.fragment && inner.transport == (inner.flow.version == 4 ? CV_IPV4_HEADER_MIN : CV_IPV6_HEADER);
}

void TransportHeader::Write(uint8_t* packet, size_t payload, uint8_t next_header, uint8_t tos) const {
  std::memcpy(packet, template_.data(), size_);
  if (size_ == CV_IPV4_HEADER_MIN) {
    packet[1] = tos;
    cv_put_be16(packet + 2, static_cast<uint16_t>(size_ + payload));
    packet[9] = next_header;
    StoreIpv4HeaderChecksum(packet);
  } else {
    packet[0] = static_cast<uint8_t>(0x60 | tos >> 4);
    packet[1] = static_cast<uint8_t>(tos << 4);
    cv_put_be16(packet + 4, static_cast<uint16_t>(payload));
    packet[6] = next_header;
  }
}

void RenewTransportChecksum(uint8_t* packet, const cv_inner& inner) {
  const size_t offset = ChecksumOffset(inner.flow.protocol);
  const uint32_t size = inner.size - inner.transport;
  if (offset == kNoChecksum || size < offset + 2) return;
  uint8_t* field = packet + inner.transport + offset;
  const bool udp = inner.flow.protocol == CV_PROTO_UDP;
  if (udp && cv_get_be16(field) == 0) return;  // RFC 768: none
  ChecksumStore(field, 0);
  const uint64_t sum = ChecksumAdd(PseudoHeaderSum(packet, inner.flow.protocol, size), packet + inner.transport, size);
  const auto checksum = static_cast<uint16_t>(~ChecksumFold(sum));
  ChecksumStore(field, udp && checksum == 0 ? uint16_t{0xffff} : checksum);
}

}  // namespace culvert::espd
