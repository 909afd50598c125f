// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/cipher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"

namespace culvert::ipsec {
void PrintTo(const Suite& suite, std::ostream* out) {
  *out << suite.ToString();
}
}  // namespace culvert::ipsec

namespace culvert::crypto {
namespace {

using base::Bytes;
using base::ByteView;
using base::FromHex;
using base::MutableByteView;
using base::Secret;
using base::ToHex;

ipsec::Suite SuiteOf(absl::string_view encr, absl::string_view integ = "") {
  ipsec::Suite suite;
  suite.protocol = ipsec::Protocol::kEsp;
  suite.encr = ipsec::FindKeyword(encr);
  suite.integ = integ.empty() ? nullptr : ipsec::FindKeyword(integ);
  return suite;
}

Secret Key(absl::string_view hex) {
  return Secret::CopyOf(FromHex(hex));
}

struct AeadVector {
  const char* source;
  const char* algorithm;
  const char* key_and_salt;
  const char* iv;
  const char* aad;
  const char* text;
  const char* sealed;  // ciphertext and ICV
};

constexpr AeadVector kAeadVectors[] = {
    {"RFC 7634 appendix A", "chacha20poly1305",
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3", "1011121314151617", "0102030400000005",
     "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f10111213"
     "1415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363701020204",
     "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f7"
     "2aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641e0"
     "76aaa8266b7fb0f7b11b369907e1ad43"},
    {"draft-mcgrew-gcm-test-01, ESN", "aes128gcm16", "4c80cdefbb5d10da906ac73c3613a6342e443b68", "4956ed7e3b244cfe",
     "000043218765432100000000",
     "45000048699a000080114db7c0a80102c0a801010a9bf15638d301000001000000000000045f736970045f756470037369700963796265"
     "726369747902646b000021000101020201",
     "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff"
     "6247aeabb786b93bce61bc17d768fd9732459018148f6cbe722fd04796562dfdb4"},
    {"draft-mcgrew-gcm-test-01, 192 bits", "aes192gcm16", "feffe9928665731c6d6a8f9467308308feffe9928665731ccafebabe",
     "facedbaddecaf888", "0000a5f80000000a",
     "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e501016d075680001",
     "a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0315b27452144cc7795457b9652037f5318027b5b4cd7a63"
     "6"},
};

TEST(Cipher, AeadVectorsSealAndOpen) {
  for (const AeadVector& v : kAeadVectors) {
    const Cipher cipher = Cipher::Create(SuiteOf(v.algorithm), Key(v.key_and_salt), Secret()).value();
    const Bytes aad = FromHex(v.aad);
    Bytes packet = FromHex(absl::StrCat(v.iv, v.text));
    packet.resize(packet.size() + cipher.icv_size());
    cipher.Seal(aad, packet);
    EXPECT_EQ(ToHex(packet), absl::StrCat(v.iv, v.sealed)) << v.source;
    const auto text = cipher.Open(aad, packet);
    ASSERT_TRUE(text.has_value()) << v.source;
    EXPECT_EQ(ToHex(*text), v.text) << v.source;
  }
}

// RFC 3602 4, cases 1 and 2, through the bare mode that IKEv1 uses.
TEST(Cipher, Rfc3602AesCbc) {
  const ipsec::Algorithm& aes128 = *ipsec::FindKeyword("aes128");
  const Bytes key = FromHex("06a9214036b8a15b512e03d534120006");
  const Bytes iv = FromHex("3dafba429d9eb430b422da802c9fac41");
  Bytes text = base::ToBytes(base::AsBytes("Single block msg"));
  ASSERT_TRUE(EncryptCbc(aes128, key, iv, text).ok());
  EXPECT_EQ(ToHex(text), "e353779c1079aeb82708942dbe77181a");
  ASSERT_TRUE(DecryptCbc(aes128, key, iv, text).ok());
  EXPECT_EQ(base::AsText(text), "Single block msg");

  Bytes blocks = FromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  ASSERT_TRUE(EncryptCbc(aes128, FromHex("c286696d887c9aa0611bbb3e2025a45a"),
                         FromHex("562e17996d093d28ddb3ba695a2e6f58"), blocks)
                  .ok());
  EXPECT_EQ(ToHex(blocks), "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1");
}

// FIPS 81's example, which OpenSSL's default provider can do as 3DES with one key thrice.
TEST(Cipher, SingleDes) {
  Bytes text = base::ToBytes(base::AsBytes("Now is the time for all "));
  ASSERT_TRUE(
      EncryptCbc(*ipsec::FindKeyword("des"), FromHex("0123456789abcdef"), FromHex("1234567890abcdef"), text).ok());
  EXPECT_EQ(ToHex(text), "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6");
}

// The example of the first DES libraries (SSLeay's destest), with three keys, as RFC 2451 runs it in CBC mode.
TEST(Cipher, TripleDes) {
  const ipsec::Algorithm& triple = *ipsec::FindKeyword("3des");
  const Bytes key = FromHex("0123456789abcdeff1e0d3c2b5a49786fedcba9876543210");
  const Bytes iv = FromHex("fedcba9876543210");
  Bytes text = FromHex("37363534333231204e6f77206973207468652074696d6520666f722000000000");
  ASSERT_TRUE(EncryptCbc(triple, key, iv, text).ok());
  EXPECT_EQ(ToHex(text), "3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d41c673812cfde9675");
  ASSERT_TRUE(DecryptCbc(triple, key, iv, text).ok());
  EXPECT_EQ(base::AsText(text).substr(0, 27), "7654321 Now is the time for");
}

TEST(Cipher, CbcRefusesWrongSizes) {
  const ipsec::Algorithm& aes = *ipsec::FindKeyword("aes128");
  Bytes block(16);
  Bytes odd(17);
  Bytes none;
  EXPECT_FALSE(EncryptCbc(aes, Bytes(15), Bytes(16), block).ok());
  EXPECT_FALSE(EncryptCbc(aes, Bytes(16), Bytes(8), block).ok());
  EXPECT_FALSE(DecryptCbc(aes, Bytes(16), Bytes(16), odd).ok());
  EXPECT_FALSE(DecryptCbc(aes, Bytes(16), Bytes(16), none).ok());
  EXPECT_FALSE(EncryptCbc(*ipsec::FindKeyword("aes128gcm16"), Bytes(20), Bytes(8), block).ok());
  EXPECT_FALSE(EncryptCbc(*ipsec::FindKeyword("sha256"), Bytes(32), {}, block).ok());
}

// Every cipher with every integrity algorithm: what one side seals the other opens, and nothing else opens.
class EverySuite : public ::testing::TestWithParam<ipsec::Suite> {
 protected:
  Cipher Make(uint8_t fill) const {
    const ipsec::Suite& s = GetParam();
    return Cipher::Create(s, Secret::CopyOf(Bytes(s.encr->keymat_bytes(), fill)),
                          Secret::CopyOf(Bytes(s.integ == nullptr ? 0 : s.integ->key_bytes, fill)))
        .value();
  }
};

TEST_P(EverySuite, OpensWhatWasSealedAndNothingElse) {
  const Cipher cipher = Make(0x42);
  const Bytes before = FromHex("0102030400000007");
  const Bytes after = cipher.block_size() == 1 ? Bytes() : FromHex("00000001");  // a MAC covers the high half of an ESN
  Bytes sealed(cipher.iv_size() + 48 + cipher.icv_size(), 0x5A);
  cipher.Seal(before, sealed, after);

  Bytes copy = sealed;
  const auto text = cipher.Open(before, copy, after);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(*text->begin(), 0x5A);
  EXPECT_TRUE(std::equal(text->begin(), text->end(), Bytes(48, 0x5A).begin()));

  for (size_t i = 0; i < sealed.size(); ++i) {
    copy = sealed;
    copy[i] ^= 1;
    EXPECT_FALSE(cipher.Open(before, copy, after).has_value()) << "octet " << i;
  }
  copy = sealed;
  EXPECT_FALSE(cipher.Open(FromHex("0102030400000008"), copy, after).has_value());
  copy = sealed;
  EXPECT_FALSE(Make(0x43).Open(before, copy, after).has_value());
  if (!after.empty()) {
    copy = sealed;
    EXPECT_FALSE(cipher.Open(before, copy, FromHex("00000002")).has_value());
  }
  for (size_t size = 0; size < sealed.size(); ++size) {
    copy.assign(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(cipher.Open(before, copy, after).has_value()) << "cut to " << size;
  }
}

std::vector<ipsec::Suite> AllSuites() {
  std::vector<ipsec::Suite> suites;
  for (const ipsec::Algorithm& encr : ipsec::Algorithms()) {
    if (encr.kind != ipsec::TransformKind::kEncr) continue;
    for (const ipsec::Algorithm& integ : ipsec::Algorithms()) {
      if (integ.kind != ipsec::TransformKind::kInteg || encr.aead != (integ.id == 0)) continue;
      suites.push_back(SuiteOf(encr.keyword, integ.id == 0 ? "" : integ.keyword));
    }
  }
  return suites;
}
std::string SuiteName(const ::testing::TestParamInfo<ipsec::Suite>& info) {
  return absl::StrCat("x", info.param.encr->keyword, "_",
                      info.param.integ == nullptr ? "aead" : info.param.integ->keyword);
}
INSTANTIATE_TEST_SUITE_P(Cipher, EverySuite, ::testing::ValuesIn(AllSuites()), SuiteName);

TEST(Cipher, RefusesKeysAndAlgorithmsThatDoNotFit) {
  EXPECT_FALSE(Cipher::Create({}, Secret(), Secret()).ok());
  EXPECT_FALSE(Cipher::Create(SuiteOf("aes128gcm16"), Secret(16), Secret()).ok());  // no salt
  EXPECT_FALSE(Cipher::Create(SuiteOf("aes128gcm16"), Secret(20), Secret(32)).ok());
  EXPECT_FALSE(Cipher::Create(SuiteOf("aes128gcm16", "sha256"), Secret(20), Secret(32)).ok());
  EXPECT_FALSE(Cipher::Create(SuiteOf("aes128"), Secret(16), Secret()).ok());
  EXPECT_FALSE(Cipher::Create(SuiteOf("aes128", "sha256"), Secret(16), Secret(20)).ok());
  EXPECT_FALSE(Cipher::Create(SuiteOf("aes128", "nointeg"), Secret(16), Secret()).ok());
  EXPECT_TRUE(Cipher::Create(SuiteOf("aes128", "sha256"), Secret(16), Secret(32)).ok());
}

TEST(CipherDeathTest, SealingPartialBlocksIsOurOwnMistake) {
  const Cipher cipher = Cipher::Create(SuiteOf("aes128", "sha256"), Secret(16), Secret(32)).value();
  Bytes packet(16 + 15 + 16);
  EXPECT_DEATH(cipher.Seal({}, packet), "");
  Bytes tiny(8);
  EXPECT_DEATH(cipher.Seal({}, tiny), "");
}

}  // namespace
}  // namespace culvert::crypto
