// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/integrity.h"

#include <gtest/gtest.h>

namespace culvert::crypto {
namespace {

using base::AsBytes;
using base::Bytes;
using base::ToHex;

Integrity Named(absl::string_view keyword) {
  return Integrity::Create(*ipsec::FindKeyword(keyword)).value();
}

// RFC 4868 2.7.2.1, with keys of exactly the hash's size.
TEST(Integrity, Rfc4868AuthenticationVectors) {
  const auto icv = [](absl::string_view keyword) {
    const Integrity integrity = Named(keyword);
    return ToHex(integrity.Compute(Bytes(integrity.key_size(), 0x0B), {AsBytes("Hi There")}));
  };
  EXPECT_EQ(icv("sha256"), "198a607eb44bfbc69903a0f1cf2bbdc5");
  EXPECT_EQ(icv("sha384"), "b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee973");
  EXPECT_EQ(icv("sha512"), "637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8");
}

TEST(Integrity, Rfc2202TruncatedTo96Bits) {
  EXPECT_EQ(ToHex(Named("md5").Compute(Bytes(16, 0x0B), {AsBytes("Hi There")})), "9294727a3638bb1c13f48ef8");
  EXPECT_EQ(ToHex(Named("sha1").Compute(Bytes(20, 0x0B), {AsBytes("Hi There")})), "b617318655057264e28bc0b6");
}

TEST(Integrity, VerifyRefusesEveryChangedBitAndEveryOtherLength) {
  const Integrity integrity = Named("sha256");
  const Bytes key(32, 7);
  Bytes icv = integrity.Compute(key, {AsBytes("message")});
  EXPECT_TRUE(integrity.Verify(key, {AsBytes("mess"), AsBytes("age")}, icv));
  for (size_t bit = 0; bit < icv.size() * 8; ++bit) {
    icv[bit / 8] ^= 1 << (bit % 8);
    EXPECT_FALSE(integrity.Verify(key, {AsBytes("message")}, icv)) << bit;
    icv[bit / 8] ^= 1 << (bit % 8);
  }
  EXPECT_FALSE(integrity.Verify(key, {AsBytes("message")}, base::ByteView(icv).first(15)));
  EXPECT_FALSE(integrity.Verify(key, {AsBytes("message")}, {}));
}

TEST(Integrity, CreatesEveryAlgorithmOfTheTableButNone) {
  for (const ipsec::Algorithm& a : ipsec::Algorithms()) {
    const auto integrity = Integrity::Create(a);
    EXPECT_EQ(integrity.ok(), a.kind == ipsec::TransformKind::kInteg && a.id != 0) << a.keyword;
    if (integrity.ok()) {
      EXPECT_EQ(integrity->key_size(), a.key_bytes) << a.keyword;
      EXPECT_EQ(integrity->icv_size(), a.icv_bytes) << a.keyword;
    }
  }
}

}  // namespace
}  // namespace culvert::crypto
