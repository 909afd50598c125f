// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/algorithm.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>

namespace culvert::ipsec {
namespace {

TEST(Algorithms, KeywordsAndNumbersAreUnique) {
  std::set<std::string> keywords;
  std::set<std::tuple<TransformKind, uint16_t, uint16_t>> numbers;
  for (const Algorithm& a : Algorithms()) {
    EXPECT_TRUE(keywords.insert(std::string(a.keyword)).second) << a.keyword;
    EXPECT_EQ(FindKeyword(a.keyword), &a);
    if (a.keyword == "sha256_96") continue;
    EXPECT_TRUE(numbers.insert({a.kind, a.id, a.key_bits}).second) << a.keyword;
    EXPECT_EQ(FindTransform(a.kind, a.id, a.key_bits), &a);
  }
}

// fields.md 18: a private agreement, which no number on the wire tells.
TEST(Algorithms, Sha256Of96BitsIsSha256OnTheWire) {
  const Algorithm& truncated = *FindKeyword("sha256_96");
  const Algorithm& standard = *FindKeyword("sha256");
  EXPECT_TRUE(truncated.SameTransform(standard));
  EXPECT_EQ(FindTransform(TransformKind::kInteg, 12, 0), &standard);
  EXPECT_EQ(FindIkev1(TransformKind::kInteg, true, 5, 0), &standard);
  EXPECT_EQ(truncated.icv_bytes, 12);
  EXPECT_EQ(truncated.key_bytes, standard.key_bytes);
  EXPECT_FALSE(truncated.ike);
}

TEST(Algorithms, SizesHangTogether) {
  for (const Algorithm& a : Algorithms()) {
    if (a.key_bits != 0) {
      EXPECT_EQ(a.key_bits, a.key_bytes * 8) << a.keyword;
    }
    if (a.kind != TransformKind::kEncr) continue;
    EXPECT_EQ(a.aead, a.icv_bytes != 0) << a.keyword;
    EXPECT_EQ(a.aead, a.salt_bytes != 0) << a.keyword;
    EXPECT_GT(a.iv_bytes, 0) << a.keyword;
  }
  EXPECT_EQ(FindKeyword("aes256gcm16")->keymat_bytes(), 36u);
  EXPECT_EQ(FindKeyword("sha512")->icv_bytes, 32);
  EXPECT_EQ(FindKeyword("ecp521")->key_bytes, 132);
}

// The manual's table: keyword, IKEv1 phase 1 and phase 2 attribute, IKEv2 transform.
TEST(Algorithms, NumbersOfTheManual) {
  struct Row {
    const char* keyword;
    TransformKind kind;
    uint16_t v1_ike;
    uint16_t v1_esp;
    uint16_t id;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"des", TransformKind::kEncr, 1, 2, 2},
           {"3des", TransformKind::kEncr, 5, 3, 3},
           {"aes128", TransformKind::kEncr, 7, 12, 12},
           {"aes192", TransformKind::kEncr, 7, 12, 12},
           {"aes256", TransformKind::kEncr, 7, 12, 12},
           {"aes256gcm16", TransformKind::kEncr, 0, 20, 20},
           {"md5", TransformKind::kInteg, 1, 1, 1},
           {"sha1", TransformKind::kInteg, 2, 2, 2},
           {"sha256", TransformKind::kInteg, 4, 5, 12},
           {"sha384", TransformKind::kInteg, 5, 6, 13},
           {"sha512", TransformKind::kInteg, 6, 7, 14},
           {"modp768", TransformKind::kDh, 1, 1, 1},
           {"modp1024", TransformKind::kDh, 2, 2, 2},
           {"modp1536", TransformKind::kDh, 5, 5, 5},
           {"modp2048", TransformKind::kDh, 14, 14, 14},
           {"modp3072", TransformKind::kDh, 15, 15, 15},
           {"modp4096", TransformKind::kDh, 16, 16, 16},
           {"x25519", TransformKind::kDh, 0, 0, 31},
           {"chacha20poly1305", TransformKind::kEncr, 0, 0, 28},
       }) {
    const Algorithm* a = FindKeyword(row.keyword);
    ASSERT_NE(a, nullptr) << row.keyword;
    EXPECT_EQ(a->kind, row.kind) << row.keyword;
    EXPECT_EQ(a->v1_ike, row.v1_ike) << row.keyword;
    EXPECT_EQ(a->v1_esp, row.v1_esp) << row.keyword;
    EXPECT_EQ(a->id, row.id) << row.keyword;
    EXPECT_EQ(FindIkev1(row.kind, false, row.v1_ike, a->key_bits), row.v1_ike == 0 ? nullptr : a) << row.keyword;
    EXPECT_EQ(FindIkev1(row.kind, true, row.v1_esp, a->key_bits), row.v1_esp == 0 ? nullptr : a) << row.keyword;
  }
  EXPECT_EQ(FindIkev1(TransformKind::kEncr, false, 0, 0), nullptr);  // "not in IKEv1" is not a number
  EXPECT_EQ(FindIkev1(TransformKind::kEncr, false, 7, 0), nullptr);  // AES without a key length
  EXPECT_EQ(FindIkev1(TransformKind::kEncr, false, 7, 129), nullptr);
}

TEST(Algorithms, AliasesAndCase) {
  EXPECT_EQ(FindKeyword("AES256"), FindKeyword("aes256"));
  EXPECT_EQ(FindKeyword("sha"), FindKeyword("sha1"));
  EXPECT_EQ(FindKeyword("curve25519"), FindKeyword("x25519"));
  EXPECT_EQ(FindKeyword("aes256gcm128"), FindKeyword("aes256gcm16"));
  EXPECT_EQ(FindKeyword("rot13"), nullptr);
  EXPECT_EQ(FindKeyword(""), nullptr);
}

TEST(Algorithms, TheNearestKeyword) {
  EXPECT_EQ(NearestKeyword("aes265"), "aes256");
  EXPECT_EQ(NearestKeyword("modp2049"), "modp2048");
  EXPECT_EQ(NearestKeyword("X25591"), "x25519");
  EXPECT_EQ(NearestKeyword("blowfish"), "");
  EXPECT_EQ(NearestKeyword(""), "");
  EXPECT_EQ(NearestKeyword(std::string(4096, 'a')), "");
}

TEST(Algorithms, PrfOfIntegrity) {
  EXPECT_EQ(PrfOfIntegrity(*FindKeyword("md5")), FindKeyword("prfmd5"));
  EXPECT_EQ(PrfOfIntegrity(*FindKeyword("sha512")), FindKeyword("prfsha512"));
  EXPECT_EQ(PrfOfIntegrity(*FindKeyword("nointeg")), nullptr);
  EXPECT_EQ(PrfOfIntegrity(*FindKeyword("aes128")), nullptr);
}

// RFC 8247 2, RFC 8221 5: what raises WEAK_ALGORITHM.
TEST(Algorithms, Strength) {
  for (const char* weak : {"des", "3des", "md5", "prfmd5", "modp768", "modp1024", "modp1536"}) {
    EXPECT_EQ(FindKeyword(weak)->strength, Strength::kWeak) << weak;
  }
  EXPECT_EQ(FindKeyword("sha1")->strength, Strength::kLegacy);
  for (const char* strong : {"aes128", "aes256gcm16", "sha256", "modp2048", "x25519", "ecp256"}) {
    EXPECT_EQ(FindKeyword(strong)->strength, Strength::kStrong) << strong;
  }
}

TEST(TransformKind, Names) {
  EXPECT_EQ(ToString(TransformKind::kEncr), "ENCR");
  EXPECT_EQ(ToString(TransformKind::kPrf), "PRF");
  EXPECT_EQ(ToString(TransformKind::kInteg), "INTEG");
  EXPECT_EQ(ToString(TransformKind::kDh), "DH");
  EXPECT_EQ(ToString(TransformKind::kEsn), "ESN");
}

}  // namespace
}  // namespace culvert::ipsec
