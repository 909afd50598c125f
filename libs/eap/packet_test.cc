// SPDX-License-Identifier: Apache-2.0
#include "libs/eap/packet.h"

#include "gtest/gtest.h"

namespace culvert::eap {
namespace {

TEST(EapPacket, RoundTrips) {
  for (const Packet& packet : {Packet{Code::kRequest, 7, Type::kIdentity, {}},
                               Packet{Code::kResponse, 255, Type::kTls, {1, 2, 3}}, Packet{.code = Code::kSuccess}}) {
    EXPECT_EQ(*Decode(Encode(packet)), packet);
  }
}

TEST(EapPacket, RefusesWhatLies) {
  for (const absl::string_view hex :
       {"", "010100", "0101000401", "01010005", "0101000601", "0001000501", "0501000501", "01010004", "0301000501"}) {
    EXPECT_FALSE(Decode(base::FromHex(hex)).ok()) << hex;
  }
  base::Bytes huge(kMaxPacket + 1);
  huge[0] = 1, huge[2] = 0x10, huge[3] = 0x01, huge[4] = 1;
  EXPECT_FALSE(Decode(huge).ok());
}

}  // namespace
}  // namespace culvert::eap
