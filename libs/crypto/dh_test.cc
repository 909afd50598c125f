// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/dh.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "libs/crypto/digest.h"

namespace culvert::crypto {
namespace {

using base::Bytes;
using base::ByteView;
using base::FromHex;
using base::ToHex;

// Hands out given octets, so that a vector's private value becomes ours.
class ScriptedRng final : public base::Rng {
 public:
  explicit ScriptedRng(Bytes script) : script_(std::move(script)) {}
  void Fill(base::MutableByteView out) override {
    ASSERT_LE(at_ + out.size(), script_.size());
    std::copy_n(script_.begin() + static_cast<std::ptrdiff_t>(at_), out.size(), out.begin());
    at_ += out.size();
  }

 private:
  Bytes script_;
  size_t at_ = 0;
};

using Exchange = std::unique_ptr<KeyExchange>;

const ipsec::Algorithm& Group(absl::string_view keyword) {
  return *ipsec::FindKeyword(keyword);
}
Exchange WithPrivate(absl::string_view group, const Bytes& private_value) {
  ScriptedRng rng(private_value);
  return KeyExchange::Generate(Group(group), rng).value();
}
Exchange Fresh(absl::string_view group) {
  base::SystemRng rng;
  return KeyExchange::Generate(Group(group), rng).value();
}
Bytes Hex(absl::string_view words) {
  return FromHex(absl::StrReplaceAll(words, {{" ", ""}}));
}
std::string Sha256(ByteView bytes) {
  return ToHex(Digest(Hash::kSha256, {bytes}));
}

// Public value and shared secret of given private values, hashed; computed apart from this library, with the primes
// taken from their definition: p = 2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + k) of RFC 2409 6 and RFC 3526.
struct ModpVector {
  const char* group;
  size_t size;
  const char* public_value;
  const char* secret;
};
constexpr ModpVector kModpVectors[] = {
    {"modp768", 96, "e3cc3a5e2f24502fa7101322285a9703d4c595c3f143feb8fa84cd491ea9ccc1",
     "173b582b9461cebdba6ac0eed3f0174136ca532de234b700427050c629d4a1d8"},
    {"modp1024", 128, "82971a029599e701aa404ec714b547e9da3c3e46c0f26484f3d56dcd4e7332dd",
     "0df723b1ee9480c7e08d473f2cb0201e4cd23657d7fcdd75b1ceda33400b3833"},
    {"modp1536", 192, "15a1495189439e5fb7549a09a449a4b939ed413009e5141751baeeedacc4d54d",
     "bfb5ab757b3cd7889399e48da3a667243b6a383982de9653fe8600bd2a45287d"},
    {"modp2048", 256, "688b73ccffa631130635f80eda46360fe324a18ad422f6981fd96130cee52859",
     "f0f692312fcf5c584ed44a94907168da3c6f63504e2ddb60e2acfdab8b45d0ca"},
    {"modp3072", 384, "dac03c1fc3f5e9a6432d5b0d70ceec3214ab5521857cde0c7bf38d6bdd4147a1",
     "7743926968fc005f5450978f86fbffb56dd152628eac2d62b8422a9b66f2db22"},
    {"modp4096", 512, "4dab27c15dceb14605547ad4617a10a391386f70c401b3aa395fa998fd56f1a3",
     "beb2f386b7bbae997be6305d79b3903adda15a3bac98cca6f7c3b80b09c3a448"},
    {"modp6144", 768, "b853b755277a39a33ff3ebf4f5727b56d360f15f8d605b57e813b7d31fa79de2",
     "f93372ae238502a29e92c220ee955d17e6c5b298776b2e0655763baca486475f"},
    {"modp8192", 1024, "6b0f0d8b34ac2f68402fd366b68f859019aae400c5267337e5cd3df3bef77b6f",
     "266370a121fe23f17ac554fa39b81981f9009a10e34c48618d7f9fb8fb7345b8"},
};

TEST(KeyExchange, ModpAgreesWithTheDefinition) {
  for (const ModpVector& v : kModpVectors) {
    Bytes a(64);
    Bytes b(64);
    for (size_t i = 0; i < a.size(); ++i) {
      a[i] = static_cast<uint8_t>(7 * i + 1);
      b[i] = static_cast<uint8_t>(11 * i + 3);
    }
    const Exchange ours = WithPrivate(v.group, a);
    const Exchange theirs = WithPrivate(v.group, b);
    EXPECT_EQ(ours->public_value().size(), v.size) << v.group;
    EXPECT_EQ(Sha256(ours->public_value()), v.public_value) << v.group;
    EXPECT_EQ(Sha256(ours->Derive(theirs->public_value())->view()), v.secret) << v.group;
  }
}

struct CurveVector {
  const char* source;
  const char* group;
  const char* private_i;
  const char* public_i;
  const char* private_r;
  const char* public_r;
  const char* secret;
};
constexpr CurveVector kCurveVectors[] = {
    {"RFC 5903 8.1", "ecp256", "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
     "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
     "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
     "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
     "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
     "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
     "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"},
    {"RFC 5903 8.2", "ecp384",
     "099F3C70 34D4A2C6 99884D73 A375A67F 7624EF7C 6B3C0F16 0647B674 14DCE655 E35B5380 41E649EE 3FAEF896 783AB194",
     "667842D7 D180AC2C DE6F74F3 7551F557 55C7645C 20EF73E3 1634FE72 B4C55EE6 DE3AC808 ACB4BDB4 C88732AE E95F41AA"
     "9482ED1F C0EEB9CA FC498462 5CCFC23F 65032149 E0E144AD A0241815 35A0F38E EB9FCFF3 C2C947DA E69B4C63 4573A81C",
     "41CB0779 B4BDB85D 47846725 FBEC3C94 30FAB46C C8DC5060 855CC9BD A0AA2942 E0308312 916B8ED2 960E4BD5 5A7448FC",
     "E558DBEF 53EECDE3 D3FCCFC1 AEA08A89 A987475D 12FD950D 83CFA417 32BC509D 0D1AC43A 0336DEF9 6FDA41D0 774A3571"
     "DCFBEC7A ACF31964 72169E83 8430367F 66EEBE3C 6E70C416 DD5F0C68 759DD1FF F83FA401 42209DFF 5EAAD96D B9E6386C",
     "11187331 C279962D 93D60424 3FD592CB 9D0A926F 422E4718 7521287E 7156C5C4 D6031355 69B9E9D0 9CF5D4A2 70F59746"},
    {"RFC 5903 8.3", "ecp521",
     "0037ADE9 319A89F4 DABDB3EF 411AACCC A5123C61 ACAB57B5 393DCE47 608172A0 95AA85A3 0FE1C295 2C6771D9 37BA9777 "
     "F5957B26 39BAB072 462F68C2 7A57382D 4A52",
     "0015417E 84DBF28C 0AD3C278 713349DC 7DF153C8 97A1891B D98BAB43 57C9ECBE E1E3BF42 E00B8E38 0AEAE57C 2D107564 "
     "94188594 2AF5A7F4 601723C4 195D176C ED3E"
     "017CAE20 B6641D2E EB695786 D8C94614 6239D099 E18E1D5A 514C739D 7CB4A10A D8A78801 5AC405D7 799DC75E 7B7D5B6C "
     "F2261A6A 7F150743 8BF01BEB 6CA3926F 9582",
     "0145BA99 A847AF43 793FDD0E 872E7CDF A16BE30F DC780F97 BCCC3F07 8380201E 9C677D60 0B343757 A3BDBF2A 3163E4C2 "
     "F869CCA7 458AA4A4 EFFC311F 5CB15168 5EB9",
     "00D0B397 5AC4B799 F5BEA16D 5E13E9AF 971D5E9B 984C9F39 728B5E57 39735A21 9B97C356 436ADC6E 95BB0352 F6BE64A6 "
     "C2912D4E F2D0433C ED2B6171 640012D9 460F"
     "015C6822 6383956E 3BD066E7 97B623C2 7CE0EAC2 F551A10C 2C724D98 52077B87 220B6536 C5C408A1 D2AEBB8E 86D678AE "
     "49CB5709 1F473229 6579AB44 FCD17F0F C56A",
     "01144C7D 79AE6956 BC8EDB8E 7C787C45 21CB086F A64407F9 7894E5E6 B2D79B04 D1427E73 CA4BAA24 0A347868 59810C06 "
     "B3C715A3 A8CC3151 F2BEE417 996D19F3 DDEA"},
    {"RFC 7748 6.1", "x25519", "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
     "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
     "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
     "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
    {"RFC 7748 6.2", "x448",
     "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
     "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
     "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d",
     "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609",
     "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879"
     "d"},
};

TEST(KeyExchange, CurveVectorsOfTheRfcs) {
  for (const CurveVector& v : kCurveVectors) {
    const Exchange i = WithPrivate(v.group, Hex(v.private_i));
    const Exchange r = WithPrivate(v.group, Hex(v.private_r));
    EXPECT_EQ(ToHex(i->public_value()), ToHex(Hex(v.public_i))) << v.source;
    EXPECT_EQ(ToHex(r->public_value()), ToHex(Hex(v.public_r))) << v.source;
    EXPECT_EQ(ToHex(i->Derive(r->public_value())->view()), ToHex(Hex(v.secret))) << v.source;
    EXPECT_EQ(ToHex(r->Derive(i->public_value())->view()), ToHex(Hex(v.secret))) << v.source;
  }
}

TEST(KeyExchange, AgreesWithItselfInEveryGroup) {
  for (const ipsec::Algorithm& group : ipsec::Algorithms()) {
    if (group.kind != ipsec::TransformKind::kDh || group.id == 0) continue;
    const Exchange a = Fresh(group.keyword);
    const Exchange b = Fresh(group.keyword);
    EXPECT_EQ(a->public_value().size(), group.key_bytes) << group.keyword;
    EXPECT_NE(ToHex(a->public_value()), ToHex(b->public_value())) << group.keyword;
    EXPECT_EQ(ToHex(a->Derive(b->public_value())->view()), ToHex(b->Derive(a->public_value())->view()))
        << group.keyword;
  }
}

TEST(KeyExchange, GroupsThatAreNone) {
  base::SystemRng rng;
  for (const char* keyword : {"modpnone", "sha256", "aes128"}) {
    EXPECT_EQ(KeyExchange::Generate(Group(keyword), rng).status().code(), absl::StatusCode::kUnimplemented) << keyword;
  }
}

// CVE-class: the peer's value decides what the secret is. RFC 6989 2.1.
TEST(KeyExchange, ModpRefusesZeroOneMinusOneAndPAndBeyond) {
  BIGNUM* p = BN_get_rfc3526_prime_2048(nullptr);
  const auto bytes = [](const BIGNUM* number) {
    Bytes out(256);
    BN_bn2binpad(number, out.data(), 256);
    return out;
  };
  const Exchange ours = Fresh("modp2048");
  Bytes zero(256);
  Bytes one(256);
  one.back() = 1;
  EXPECT_FALSE(ours->Derive(zero).ok());
  EXPECT_FALSE(ours->Derive(one).ok());
  EXPECT_FALSE(ours->Derive(bytes(p)).ok());
  BN_sub_word(p, 1);
  EXPECT_FALSE(ours->Derive(bytes(p)).ok());  // p-1, of order 2
  BN_sub_word(p, 1);
  EXPECT_TRUE(ours->Derive(bytes(p)).ok());
  BN_free(p);
  EXPECT_FALSE(ours->Derive(Bytes(256, 0xFF)).ok());
}

TEST(KeyExchange, RefusesEveryOtherLength) {
  for (const char* group : {"modp2048", "ecp256", "ecp521", "x25519", "x448"}) {
    const Exchange ours = Fresh(group);
    const Exchange theirs = Fresh(group);
    Bytes value = base::ToBytes(theirs->public_value());
    EXPECT_FALSE(ours->Derive({}).ok()) << group;
    EXPECT_FALSE(ours->Derive(ByteView(value).first(value.size() - 1)).ok()) << group;
    value.push_back(0);
    EXPECT_FALSE(ours->Derive(value).ok()) << group;
    value.pop_back();
    value.insert(value.begin(), 0);  // a longer spelling of the same number is not the same value
    EXPECT_FALSE(ours->Derive(value).ok()) << group;
    value.resize(64 * 1024);
    EXPECT_FALSE(ours->Derive(value).ok()) << group;
  }
}

TEST(KeyExchange, EcpRefusesPointsOffTheCurve) {
  for (const char* group : {"ecp256", "ecp384", "ecp521"}) {
    const Exchange ours = Fresh(group);
    const Exchange theirs = Fresh(group);
    Bytes point = base::ToBytes(theirs->public_value());
    point.back() ^= 1;
    EXPECT_FALSE(ours->Derive(point).ok()) << group;
    EXPECT_FALSE(ours->Derive(Bytes(point.size(), 0x00)).ok()) << group;  // (0, 0)
    EXPECT_FALSE(ours->Derive(Bytes(point.size(), 0xFF)).ok()) << group;  // beyond the field
  }
}

// RFC 7748 6, RFC 8031 4: these lead to the all-zero secret, whatever ours is.
TEST(KeyExchange, XdhRefusesPointsOfLowOrder) {
  for (const char* point : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    EXPECT_FALSE(Fresh("x25519")->Derive(FromHex(point)).ok()) << point;
  }
  Bytes point(56);
  EXPECT_FALSE(Fresh("x448")->Derive(point).ok());
  point.front() = 1;
  EXPECT_FALSE(Fresh("x448")->Derive(point).ok());
}

// The private value must be in [1, order): what falls outside is drawn again.
TEST(KeyExchange, EcpDrawsAgainAboveTheOrderAndAtZero) {
  Bytes script(32, 0xFF);  // above the order
  script.resize(64);       // then zero
  const Bytes good(32, 0x11);
  script.insert(script.end(), good.begin(), good.end());
  EXPECT_EQ(ToHex(WithPrivate("ecp256", script)->public_value()), ToHex(WithPrivate("ecp256", good)->public_value()));
}

}  // namespace
}  // namespace culvert::crypto
