// SPDX-License-Identifier: Apache-2.0
#include "services/espd/checksum.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <bit>

static_assert(std::endian::native == std::endian::little, "ChecksumAddNumber assumes it");

namespace culvert::espd {
namespace {

uint64_t AddWords(uint64_t sum, const uint8_t* data, size_t size) {
  for (; size >= 8; data += 8, size -= 8) {
    uint32_t word[2];
    std::memcpy(word, data, 8);
    sum += uint64_t{word[0]} + word[1];
  }
  for (; size >= 2; data += 2, size -= 2) {
    uint16_t word;
    std::memcpy(&word, data, 2);
    sum += word;
  }
  return size > 0 ? sum + *data : sum;
}

#if defined(__x86_64__)
// 64 octets a turn: 32-bit words widened into 64-bit lanes, which cannot overflow within any packet.
__attribute__((target("avx2"))) uint64_t AddAvx2(uint64_t sum, const uint8_t* data, size_t size) {
  const __m256i zero = _mm256_setzero_si256();
  __m256i low = zero, high = zero;
  for (; size >= 64; data += 64, size -= 64) {
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data + 32));
    low = _mm256_add_epi64(low, _mm256_add_epi64(_mm256_unpacklo_epi32(a, zero), _mm256_unpacklo_epi32(b, zero)));
    high = _mm256_add_epi64(high, _mm256_add_epi64(_mm256_unpackhi_epi32(a, zero), _mm256_unpackhi_epi32(b, zero)));
  }
  uint64_t lanes[4];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes), _mm256_add_epi64(low, high));
  return AddWords(sum + lanes[0] + lanes[1] + lanes[2] + lanes[3], data, size);
}

const bool kHasAvx2 = __builtin_cpu_supports("avx2");
#endif

}  // namespace

uint64_t ChecksumAdd(uint64_t sum, const uint8_t* data, size_t size) {
#if defined(__x86_64__)
  if (size >= 128 && kHasAvx2) return AddAvx2(sum, data, size);
#endif
  return AddWords(sum, data, size);
}

uint64_t PseudoHeaderSum(const uint8_t* ip, uint8_t protocol, uint32_t transport_size) {
  const bool v4 = ip[0] >> 4 == 4;
  uint64_t sum = v4 ? AddWords(0, ip + 12, 8) : AddWords(0, ip + 8, 32);
  sum = ChecksumAddNumber(sum, protocol);
  sum = ChecksumAddNumber(sum, static_cast<uint16_t>(transport_size >> 16));
  return ChecksumAddNumber(sum, static_cast<uint16_t>(transport_size));
}

void StoreIpv4HeaderChecksum(uint8_t* ip) {
  ChecksumStore(ip + 10, 0);
  ChecksumStore(ip + 10, static_cast<uint16_t>(~ChecksumFold(AddWords(0, ip, (ip[0] & 15) * 4))));
}

}  // namespace culvert::espd
