// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/ikev1_keys.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace culvert::crypto {
namespace {

using base::AsBytes;
using base::Bytes;
using base::FromHex;
using base::Secret;
using base::ToHex;

ipsec::Suite Suite(ipsec::Protocol protocol, absl::string_view encr, absl::string_view integ, absl::string_view prf) {
  ipsec::Suite suite;
  suite.protocol = protocol;
  suite.encr = ipsec::FindKeyword(encr);
  suite.integ = integ.empty() ? nullptr : ipsec::FindKeyword(integ);
  suite.prf = prf.empty() ? nullptr : ipsec::FindKeyword(prf);
  return suite;
}

// Octets that go up by `step` from `first`.
Bytes Ramp(size_t size, int step, int first) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(static_cast<int>(i) * step + first);
  return bytes;
}

// One phase 1 with a pre-shared key, and a Quick Mode under it. The figures were computed with Python's hmac.
struct Negotiation {
  Bytes psk = base::ToBytes(AsBytes("correct horse battery staple"));
  Bytes ni = Ramp(16, 1, 0x10), nr = Ramp(20, 1, 0x20);
  Bytes g_xy = Ramp(192, 7, 3), g_xi = Ramp(192, 5, 1), g_xr = Ramp(192, 3, 2);
  uint64_t cookie_i = 0x1122334455667788, cookie_r = 0x99aabbccddeeff00;
  Bytes sa = FromHex(
      "0000000100000001"
      "0000002801010001"
      "0000002001010000"
      "80010005800200028003000180040005800b0001800c7080");
  Bytes id_i = FromHex("0200000067772d612e6578616d706c65"), id_r = FromHex("0200000067772d622e6578616d706c65");
  uint32_t message_id = 0x0badcafe;
  Bytes after_hash = FromHex("0a00000872657374");

  Ikev1Exchange exchange() const { return {g_xi, g_xr, cookie_i, cookie_r, sa}; }
  Ikev1Keys Keys(const ipsec::Suite& suite) const {
    const Prf prf = Prf::Create(*suite.prf).value();
    return DeriveIkev1Keys(suite, PreSharedSkeyid(prf, psk, ni, nr), g_xy, cookie_i, cookie_r).value();
  }
};

struct Expected {
  const char *encr, *prf;
  Hash hash;
  const char *skeyid, *d, *a, *e, *cipher;
  const char *hash_i, *hash_r;
  const char *hash1, *hash2, *hash3;
  const char *phase1_iv, *exchange_iv;
  const char* signature_skeyid;
};

constexpr Expected kExpected[] = {
    // The cipher's key is longer than SKEYID_e: stretched.
    {"3des", "prfsha1", Hash::kSha1, "b7cb653c44afb8d29789f20d4f8c1f14f5877672",
     "22341c3db225bdd62b78b41e7cc51634da3ed51e", "c702f5c1f2aa6eb44204aceb3d9ce27d899176d2",
     "89a87eaa182a4aa4ee2c89bda042693a8c3a8eaf", "c4909f1a98710def40b35298569ef524371f016389bb7c64",
     "80c640b655075c44238de92589d8d054957fbc38", "c7ea61e316bb8645f60972006e4565603de5aedd",
     "173f181a11c10d8cbe6ae12b32c99a3a7b991423", "f67f2fb7a7a1698dec30719120ea941c32de3952",
     "97af1d7bc71e95c6e9b4ed275b89244d9494792e", "71ad21db0de6d448", "1de946da1178a1f1",
     "be2daf443efe8b4e53ef889dc7b1cc105c97ef5e"},
    // It is exactly SKEYID_e.
    {"aes256", "prfsha256", Hash::kSha256, "ba5042df0ff787036a63babd0521cbaece413e55e95798d611faa739e316b000",
     "3587d5757db2ac26cf86c88f33a6046eecd98e568ba7713814568a3a6423277d",
     "e7258eddb0c3ce11096cc270587557a4ef0d6806e1a5c7fddf3d52f43337d823",
     "9e8871a47c360c4902d0db2b4fb5a5da5e9b6844da9f9ef58fc10c9e0086dc04",
     "9e8871a47c360c4902d0db2b4fb5a5da5e9b6844da9f9ef58fc10c9e0086dc04",
     "3ecbcccc04592dae9b00c3bd326b7642a05058783c7799779310fc8ffb49adb2",
     "683cb25820805a606eed8ac2d70f8a96981005f4452db8f372f42755c55853aa",
     "67b61ca8baac7e731e5286696870cd03e71b0c2e50e026ece28e70ec476f6b10",
     "51af150c3eb24a91597816baa2105f8d26f67b741212c03ac6c66fbc24afdaad",
     "305c0a9cf1972745842feeca73ab03da26eb958ce67b828c12535770e278db09", "1b32d936b8bdda9068e8529d911909bd",
     "738645875a584ae34ce722a14b44344b", "777d862bacb92e07c518c7c8aa181a7b7e8417ceb3ed92a9586e68209f06fbc3"},
    // Two whole blocks of Ka.
    {"aes256", "prfmd5", Hash::kMd5, "8cb375fd4586ee53c4b6a02f6a0e9ef7", "d633cdd1e939e5a7e3083044e739ada3",
     "5c7e7b18a3dc51c84fbeb6245b03b427", "9b524b05679205bfce0fbe62804e2441",
     "8b7e27830426f534c184d76c4c9a55a85b1317119b0a447644da25f78a26655d", "eda674fe2543e852f3144ae5e6bf0e69",
     "93721b3b367b195d1bfcee3dff214ed0", "5560cd4de7fe86460d318b094d8171b2", "706e38e1705f99b362a6c5d801c69926",
     "3db60163040b9de825f52ac988a6d68a", "a27400c19b965d63ecaad9006926b600", "2dcb395060cdcb16e94b38a8cd07367a",
     "dd16e2cbc6efade45df7f3992437028c"},
};

TEST(Ikev1Keys, ANegotiationInFigures) {
  const Negotiation n;
  for (const Expected& x : kExpected) {
    SCOPED_TRACE(absl::StrCat(x.encr, "-", x.prf));
    const ipsec::Suite suite = Suite(ipsec::Protocol::kIke, x.encr, "", x.prf);
    const Prf prf(x.hash);
    const Ikev1Keys keys = n.Keys(suite);
    EXPECT_EQ(ToHex(keys.skeyid.view()), x.skeyid);
    EXPECT_EQ(ToHex(keys.d.view()), x.d);
    EXPECT_EQ(ToHex(keys.a.view()), x.a);
    EXPECT_EQ(ToHex(keys.e.view()), x.e);
    EXPECT_EQ(ToHex(keys.cipher.view()), x.cipher);
    EXPECT_EQ(ToHex(HashI(prf, keys.skeyid.view(), n.exchange(), n.id_i)), x.hash_i);
    EXPECT_EQ(ToHex(HashR(prf, keys.skeyid.view(), n.exchange(), n.id_r)), x.hash_r);
    EXPECT_EQ(ToHex(Hash1(prf, keys.a.view(), n.message_id, n.after_hash)), x.hash1);
    EXPECT_EQ(ToHex(Hash2(prf, keys.a.view(), n.message_id, n.ni, n.after_hash)), x.hash2);
    EXPECT_EQ(ToHex(Hash3(prf, keys.a.view(), n.message_id, n.ni, n.nr)), x.hash3);
    EXPECT_EQ(ToHex(Phase1Iv(x.hash, n.g_xi, n.g_xr, *suite.encr)), x.phase1_iv);
    const Bytes last_block = Ramp(suite.encr->block_bytes, 1, 0);
    EXPECT_EQ(ToHex(ExchangeIv(x.hash, last_block, n.message_id, *suite.encr)), x.exchange_iv);
    EXPECT_EQ(ToHex(SignatureSkeyid(prf, n.ni, n.nr, n.g_xy).view()), x.signature_skeyid);
  }
}

// RFC 2409 5.5: each direction has its own KEYMAT, for the SPI that its receiver chose.
TEST(Ikev1Keys, KeymatIsOfTheReceiversSpi) {
  const Negotiation n;
  const ipsec::Suite suite = Suite(ipsec::Protocol::kIke, "3des", "", "prfsha1");
  const Prf prf(Hash::kSha1);
  const Ikev1Keys keys = n.Keys(suite);
  const ipsec::Suite esp = Suite(ipsec::Protocol::kEsp, "3des", "sha1", "");
  const ChildKeys child = DeriveIkev1ChildKeys(esp, prf, keys.d.view(), {}, 0xc0000001, 0xc0000002, n.ni, n.nr).value();
  EXPECT_EQ(ToHex(child.encr_i.view()) + ToHex(child.integ_i.view()),  // to the responder: the SPI is the responder's
            "b755e1af915d8a8171d068a05e3a660cdf785400f45c53adbcec5fefdd9ffe3837487256dcdde8ad91ebfb89");
  EXPECT_EQ(ToHex(child.encr_r.view()) + ToHex(child.integ_r.view()),
            "964c4922ba2d62359cd0072723d8984c494446ab643a9b2b48d8a092c02732e9ba6149642d2ea0164670a9b6");
  EXPECT_EQ(child.encr_i.size(), 24u);
  EXPECT_EQ(child.integ_i.size(), 20u);
}

TEST(Ikev1Keys, WithPfsTheNewSecretComesFirstAndAnAeadHasItsSalt) {
  const Negotiation n;
  const Ikev1Keys keys = n.Keys(Suite(ipsec::Protocol::kIke, "3des", "", "prfsha1"));
  const base::ByteView g_xy = base::ByteView(n.g_xy).first(64);
  const ChildKeys child = DeriveIkev1ChildKeys(Suite(ipsec::Protocol::kEsp, "aes256gcm16", "", ""), Prf(Hash::kSha1),
                                               keys.d.view(), g_xy, 0xc0000001, 0xc0000002, n.ni, n.nr)
                              .value();
  EXPECT_EQ(ToHex(child.encr_i.view()), "5bb70d34f82253b23fbcc749119da0cf082aec68533a8b8042e837dc204671e4d905b59f");
  EXPECT_TRUE(child.integ_i.empty());
}

TEST(Ikev1Keys, RefusesSuitesOfTheOtherKind) {
  EXPECT_FALSE(DeriveIkev1Keys({}, Secret(20), {}, 1, 2).ok());
  EXPECT_FALSE(DeriveIkev1Keys(Suite(ipsec::Protocol::kIke, "aes128gcm16", "", "prfsha1"), Secret(20), {}, 1, 2).ok());
  EXPECT_FALSE(DeriveIkev1Keys(Suite(ipsec::Protocol::kEsp, "aes128", "sha1", ""), Secret(20), {}, 1, 2).ok());
  EXPECT_FALSE(DeriveIkev1ChildKeys({}, Prf(Hash::kSha1), {}, {}, 1, 2, {}, {}).ok());
}

}  // namespace
}  // namespace culvert::crypto
