// SPDX-License-Identifier: Apache-2.0
// The Internet checksum (RFC 1071). Sums are kept in 64 bits and in memory order, which the arithmetic allows; so a
// folded sum is stored with memcpy, not with a byte swap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace culvert::espd {

// Adds `size` octets to `sum`. An odd last octet counts as if a zero followed, so only the last piece may be odd.
uint64_t ChecksumAdd(uint64_t sum, const uint8_t* data, size_t size);

// Adds one 16-bit number given in host order.
inline uint64_t ChecksumAddNumber(uint64_t sum, uint16_t host_order) {
  return sum + __builtin_bswap16(host_order);
}

inline uint16_t ChecksumFold(uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>((sum & 0xffff) + (sum >> 16));
}

inline void ChecksumStore(uint8_t* at, uint16_t folded) {
  std::memcpy(at, &folded, sizeof(folded));
}

// The sum of a TCP or UDP pseudo-header (RFC 9293 3.1, RFC 8200 8.1). `ip` is an IPv4 or IPv6 header whose addresses
// are the final ones, `transport_size` the octets from the transport header on.
uint64_t PseudoHeaderSum(const uint8_t* ip, uint8_t protocol, uint32_t transport_size);

// Writes the header checksum of the IPv4 header at `ip`.
void StoreIpv4HeaderChecksum(uint8_t* ip);

}  // namespace culvert::espd
