// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/prf.h"

#include <gtest/gtest.h>

namespace culvert::crypto {
namespace {

using base::AsBytes;
using base::Bytes;
using base::ByteView;
using base::FromHex;
using base::ToHex;

Prf Named(absl::string_view keyword) {
  return Prf::Create(*ipsec::FindKeyword(keyword)).value();
}

TEST(Prf, Rfc4231Case2KeyShorterThanBlock) {
  const auto hmac = [](absl::string_view prf) {
    return ToHex(Named(prf).Compute(AsBytes("Jefe"), {AsBytes("what do ya want "), AsBytes("for nothing?")}).view());
  };
  EXPECT_EQ(hmac("prfsha256"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac("prfsha384"),
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
  EXPECT_EQ(hmac("prfsha512"),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
  EXPECT_EQ(hmac("prfmd5"), "750c783e6ab0b503eaa86e310a5db738");           // RFC 2202
  EXPECT_EQ(hmac("prfsha1"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");  // RFC 2202
}

TEST(Prf, Rfc4231Case6KeyLongerThanBlock) {
  const Bytes key(131, 0xAA);
  const ByteView data = AsBytes("Test Using Larger Than Block-Size Key - Hash Key First");
  EXPECT_EQ(ToHex(Named("prfsha256").Compute(key, {data}).view()),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(ToHex(Named("prfsha512").Compute(key, {data}).view()),
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
            "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

TEST(Prf, AnEmptyKeyIsAKey) {
  EXPECT_EQ(ToHex(Named("prfsha256").Compute({}, {}).view()),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 7296 2.13: T1 = prf(K, S | 1), T2 = prf(K, T1 | S | 2), ..., written out by hand here.
TEST(Prf, PlusChainsBlocks) {
  const Prf prf = Named("prfsha256");
  const Bytes key = FromHex("00112233445566778899aabbccddeeff");
  const ByteView seed = AsBytes("seed");
  const uint8_t one = 1;
  const uint8_t two = 2;
  const uint8_t three = 3;
  const base::Secret t1 = prf.Compute(key, {seed, {&one, 1}});
  const base::Secret t2 = prf.Compute(key, {t1.view(), seed, {&two, 1}});
  const base::Secret t3 = prf.Compute(key, {t2.view(), seed, {&three, 1}});
  const std::string all = ToHex(t1.view()) + ToHex(t2.view()) + ToHex(t3.view());
  for (const size_t size : {0, 1, 31, 32, 33, 64, 80, 96}) {
    EXPECT_EQ(ToHex(prf.Plus(key, seed, size)->view()), all.substr(0, 2 * size)) << size;
  }
}

TEST(Prf, PlusEndsAfter255Blocks) {
  const Prf prf = Named("prfmd5");
  EXPECT_TRUE(prf.Plus({}, {}, 255 * 16).ok());
  EXPECT_EQ(prf.Plus({}, {}, 255 * 16 + 1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Prf, CreatesEveryPrfOfTheTableAndNothingElse) {
  for (const ipsec::Algorithm& a : ipsec::Algorithms()) {
    const auto prf = Prf::Create(a);
    EXPECT_EQ(prf.ok(), a.kind == ipsec::TransformKind::kPrf) << a.keyword;
    if (prf.ok()) {
      EXPECT_EQ(prf->size(), a.key_bytes) << a.keyword;
    }
  }
}

}  // namespace
}  // namespace culvert::crypto
