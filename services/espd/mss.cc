// SPDX-License-Identifier: Apache-2.0
#include "services/espd/mss.h"

#include "services/espd/checksum.h"

namespace culvert::espd {
namespace {

constexpr uint32_t kTcpHeaderMin = 20;
constexpr uint8_t kSyn = 0x02;
constexpr uint8_t kEndOfOptions = 0, kNoOperation = 1, kMss = 2;
constexpr uint32_t kMssSize = 4;

// RFC 1624 equation 3, for a field that begins at an even or odd offset from the header's start.
void ReplaceWord(uint8_t* tcp, uint32_t offset, uint16_t value) {
  const uint32_t even = offset & ~1u;
  const uint32_t words = offset % 2 == 0 ? 2 : 4;
  uint16_t checksum;
  std::memcpy(&checksum, tcp + 16, 2);
  uint64_t sum = static_cast<uint16_t>(~checksum);
  uint8_t inverted[4];
  for (uint32_t i = 0; i < words; ++i) inverted[i] = static_cast<uint8_t>(~tcp[even + i]);
  sum = ChecksumAdd(sum, inverted, words);
  cv_put_be16(tcp + offset, value);
  sum = ChecksumAdd(sum, tcp + even, words);
  ChecksumStore(tcp + 16, static_cast<uint16_t>(~ChecksumFold(sum)));
}

}  // namespace

void ClampTcpMss(uint8_t* ip, const cv_inner& inner, uint32_t mtu, bool fix_checksum) {
  if (inner.flow.protocol != CV_PROTO_TCP || inner.flow.opaque != 0 || inner.size < inner.transport + kTcpHeaderMin)
    return;
  uint8_t* tcp = ip + inner.transport;
  const uint32_t header = (tcp[12] >> 4) * 4u;
  if ((tcp[13] & kSyn) == 0 || header > inner.size - inner.transport) return;
  const uint32_t fixed = (inner.flow.version == 4 ? CV_IPV4_HEADER_MIN : CV_IPV6_HEADER) + kTcpHeaderMin;
  if (mtu <= fixed) return;
  for (uint32_t at = kTcpHeaderMin; at < header && tcp[at] != kEndOfOptions;) {
    if (tcp[at] == kNoOperation) {
      ++at;
      continue;
    }
    if (header - at < 2 || tcp[at + 1] < 2 || tcp[at + 1] > header - at) return;
    if (tcp[at] == kMss && tcp[at + 1] == kMssSize) {
      const uint32_t most = mtu - fixed;
      if (cv_get_be16(tcp + at + 2) <= most) return;
      if (fix_checksum) {
        ReplaceWord(tcp, at + 2, static_cast<uint16_t>(most));
      } else {
        cv_put_be16(tcp + at + 2, static_cast<uint16_t>(most));
      }
      return;
    }
    at += tcp[at + 1];
  }
}

}  // namespace culvert::espd
