// SPDX-License-Identifier: Apache-2.0
#include "services/espd/merger.h"

#include <cstring>

#include "services/espd/checksum.h"

namespace culvert::espd {
namespace {

constexpr size_t kTcpHeaderMin = 20;
constexpr size_t kUdpHeader = 8;
constexpr uint8_t kAck = 0x10, kPsh = 0x08;
constexpr uint32_t kMaxDatagrams = 64;  // UDP_MAX_SEGMENTS, which a USO write must respect
// The open packet, one more behind it, and the padding of its ESP payload.
constexpr size_t kBufferSize = sizeof(VnetHeader) + 2 * 65536 + 512;

// Merging writes both checksums anew, so a packet whose own do not hold must not take part.
bool ChecksumsHold(const uint8_t* packet, const cv_inner& inner) {
  if (inner.flow.version == 4 && ChecksumFold(ChecksumAdd(0, packet, inner.transport)) != 0xffff) return false;
  const uint32_t transport_size = inner.size - inner.transport;
  const uint64_t sum = PseudoHeaderSum(packet, inner.flow.protocol, transport_size);
  return ChecksumFold(ChecksumAdd(sum, packet + inner.transport, transport_size)) == 0xffff;
}

bool SameOctets(const uint8_t* a, const uint8_t* b, size_t from, size_t to) {
  return std::memcmp(a + from, b + from, to - from) == 0;
}

// All that must agree in two IP headers: everything but length, identification and checksum.
bool SameIpHeader(const uint8_t* a, const uint8_t* b, uint8_t version) {
  if (version == 4) return SameOctets(a, b, 0, 2) && SameOctets(a, b, 6, 10) && SameOctets(a, b, 12, 20);
  return SameOctets(a, b, 0, 4) && SameOctets(a, b, 6, 40);
}

// The same of two TCP headers, but sequence number, PSH and checksum.
bool SameTcpHeader(const uint8_t* a, const uint8_t* b, size_t size) {
  return SameOctets(a, b, 0, 4) && SameOctets(a, b, 8, 13) && ((a[13] ^ b[13]) & ~kPsh) == 0 &&
         SameOctets(a, b, 14, 16) && SameOctets(a, b, 18, size);
}

}  // namespace

struct Merger::Candidate {
  uint8_t* packet;
  const cv_inner* inner;
  size_t headers;
  size_t payload;
  uint32_t seq;  // TCP
  bool push;     // TCP
};

Merger::Merger(TunPort& tun, bool merge_udp) : tun_(tun), merge_udp_(merge_udp), buffer_(new uint8_t[kBufferSize]()) {}

uint8_t* Merger::Reserve(size_t size) {
  if (size_ > 0 && (closed_ || size_ - headers_ + size > kMaxPacket)) Flush();
  if (size_ == 0) {
    reserved_ = base();
    tail_size_ = 0;
  } else {
    reserved_ = base() + size_ - headers_;
    tail_size_ = headers_;
    std::memcpy(tail_.data(), reserved_, tail_size_);
  }
  return reserved_;
}

void Merger::RestoreTail() {
  std::memcpy(reserved_, tail_.data(), tail_size_);
}

void Merger::Abandon() {
  RestoreTail();
}

// Is this a packet that may be merged at all: TCP with data and exactly ACK (and PSH), or UDP, with a right checksum?
bool Merger::Examine(uint8_t* packet, const cv_inner& inner, Candidate* c) const {
  const bool v4 = inner.flow.version == 4;
  if (inner.fragment || inner.transport != (v4 ? CV_IPV4_HEADER_MIN : CV_IPV6_HEADER)) return false;
  const uint8_t* transport = packet + inner.transport;
  const size_t available = inner.size - inner.transport;
  *c = {packet, &inner, inner.transport + kUdpHeader, 0, 0, false};
  if (inner.flow.protocol == CV_PROTO_TCP) {
    if (available < kTcpHeaderMin) return false;
    c->headers = inner.transport + (transport[12] >> 4) * 4u;
    c->seq = cv_get_be32(transport + 4);
    c->push = (transport[13] & kPsh) != 0;
    if ((transport[13] & ~kPsh) != kAck || c->headers < inner.transport + kTcpHeaderMin) return false;
  } else {
    // RFC 768: a length of its own, and 0 for no checksum.
    if (inner.flow.protocol != CV_PROTO_UDP || !merge_udp_ || available < kUdpHeader ||
        cv_get_be16(transport + 4) != available || cv_get_be16(transport + 6) == 0) {
      return false;
    }
  }
  if (c->headers >= inner.size || c->headers > kMaxHeaders) return false;
  c->payload = inner.size - c->headers;
  return ChecksumsHold(packet, inner);
}

bool Merger::Continues(const Candidate& c) const {
  if (size_ == 0 || c.headers != headers_ || c.payload > gso_ || c.inner->flow.version != inner_.flow.version ||
      c.inner->flow.protocol != inner_.flow.protocol || !SameIpHeader(base(), c.packet, inner_.flow.version)) {
    return false;
  }
  const uint8_t* ours = base() + inner_.transport;
  const uint8_t* theirs = c.packet + inner_.transport;
  if (inner_.flow.protocol == CV_PROTO_UDP) return SameOctets(ours, theirs, 0, 4);
  return c.seq == next_seq_ && SameTcpHeader(ours, theirs, headers_ - inner_.transport);
}

void Merger::Extend(const Candidate& c) {
  RestoreTail();  // over the second header: the payloads are neighbours now
  size_ += c.payload;
  ++segments_;
  next_seq_ += static_cast<uint32_t>(c.payload);
  if (c.push) base()[inner_.transport + 13] |= kPsh;
  closed_ = c.push || c.payload < gso_ || (inner_.flow.protocol == CV_PROTO_UDP && segments_ == kMaxDatagrams);
}

void Merger::Open(const Candidate& c) {
  size_ = c.inner->size;
  segments_ = 1;
  headers_ = static_cast<uint32_t>(c.headers);
  gso_ = static_cast<uint32_t>(c.payload);
  next_seq_ = c.seq + static_cast<uint32_t>(c.payload);
  inner_ = *c.inner;
  closed_ = c.push;
}

void Merger::Commit(const cv_inner& inner) {
  Candidate c;
  const bool mergeable = Examine(reserved_, inner, &c);
  if (mergeable && Continues(c)) return Extend(c);
  if (size_ > 0) {
    // Its header lies on the open packet's tail: take it away, write that packet, then move this one to the front.
    std::array<uint8_t, kMaxHeaders> head;
    const size_t overlap = tail_size_;
    std::memcpy(head.data(), reserved_, overlap);
    RestoreTail();
    Flush();
    std::memcpy(base(), head.data(), overlap);
    std::memmove(base() + overlap, reserved_ + overlap, inner.size > overlap ? inner.size - overlap : 0);
    c.packet = base();
  }
  if (mergeable) return Open(c);
  WriteAlone(inner, false);
}

void Merger::WriteAlone(const cv_inner& inner, bool verified) {
  VnetHeader vnet;
  vnet.flags = verified ? VnetHeader::kDataValid : 0;
  std::memcpy(buffer_.get(), &vnet, sizeof(vnet));
  tun_.Write(buffer_.get(), kFrame + inner.size);
}

void Merger::Flush() {
  if (size_ == 0) return;
  const size_t size = size_;
  size_ = 0;
  if (segments_ == 1) return WriteAlone(inner_, true);

  const bool v4 = inner_.flow.version == 4;
  const bool tcp = inner_.flow.protocol == CV_PROTO_TCP;
  uint8_t* ip = base();
  uint8_t* transport = ip + inner_.transport;
  const size_t transport_size = size - inner_.transport;
  if (v4) {
    cv_put_be16(ip + 2, static_cast<uint16_t>(size));
    StoreIpv4HeaderChecksum(ip);
  } else {
    cv_put_be16(ip + 4, static_cast<uint16_t>(size - CV_IPV6_HEADER));
  }
  if (!tcp) cv_put_be16(transport + 4, static_cast<uint16_t>(transport_size));
  VnetHeader vnet;
  vnet.flags = VnetHeader::kNeedsChecksum;
  vnet.gso_type = tcp ? (v4 ? VnetHeader::kGsoTcp4 : VnetHeader::kGsoTcp6) : VnetHeader::kGsoUdp;
  vnet.header_size = static_cast<uint16_t>(headers_);
  vnet.gso_size = static_cast<uint16_t>(gso_);
  vnet.checksum_start = inner_.transport;
  vnet.checksum_offset = tcp ? 16 : 6;
  // NEEDS_CSUM wants the pseudo-header's sum in the field, folded and not complemented.
  ChecksumStore(transport + vnet.checksum_offset,
                ChecksumFold(PseudoHeaderSum(ip, inner_.flow.protocol, static_cast<uint32_t>(transport_size))));
  std::memcpy(buffer_.get(), &vnet, sizeof(vnet));
  tun_.Write(buffer_.get(), kFrame + size);
}

}  // namespace culvert::espd
