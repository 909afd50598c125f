// SPDX-License-Identifier: Apache-2.0
#include "services/espd/checksum.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace culvert::espd {
namespace {

// RFC 1071 as it stands: 16-bit words in network order, carries added back one by one.
uint16_t Reference(const std::vector<uint8_t>& data) {
  uint32_t sum = 0;
  for (size_t i = 0; i < data.size(); i += 2) {
    sum += data[i] << 8 | (i + 1 < data.size() ? data[i + 1] : 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<uint16_t>(sum);
}

uint16_t InNetworkOrder(uint16_t folded) {
  uint8_t octets[2];
  ChecksumStore(octets, folded);
  return static_cast<uint16_t>(octets[0] << 8 | octets[1]);
}

TEST(Checksum, AgreesWithRfc1071ForEveryLengthAndOffset) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 1600; ++size) {
    std::vector<uint8_t> data(size + 3);
    for (uint8_t& octet : data) octet = static_cast<uint8_t>(random());
    const size_t offset = size % 4 == 3 ? 1 : 0;
    const std::vector<uint8_t> part(data.begin() + offset, data.begin() + offset + size);
    EXPECT_EQ(InNetworkOrder(ChecksumFold(ChecksumAdd(0, data.data() + offset, size))), Reference(part)) << size;
  }
}

// The corner where a sum of 32 bits loses its carry: everything 0xff.
TEST(Checksum, AllOnes) {
  for (size_t size : {2, 64, 128, 1448, 65534}) {
    const std::vector<uint8_t> ones(size, 0xff);
    EXPECT_EQ(ChecksumFold(ChecksumAdd(0, ones.data(), size)), 0xffff) << size;
    EXPECT_EQ(ChecksumFold(ChecksumAdd(~0ull >> 16, ones.data(), size)), 0xffff) << size;
  }
  EXPECT_EQ(ChecksumFold(0), 0);
  EXPECT_EQ(ChecksumFold(0xffff), 0xffff);
  EXPECT_EQ(ChecksumFold(0x10000), 1);
  EXPECT_EQ(ChecksumFold(0xffffffffffffffff), 0xffff);
}

TEST(Checksum, Ipv4Header) {
  // The example of RFC 1071's errata fame: header of a UDP packet from 192.168.0.1 to 192.168.0.199.
  std::vector<uint8_t> header = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                                 0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
  StoreIpv4HeaderChecksum(header.data());
  EXPECT_EQ(header[10], 0xb8);
  EXPECT_EQ(header[11], 0x61);
}

}  // namespace
}  // namespace culvert::espd
