// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/ike_keys.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace culvert::crypto {
namespace {

using base::AsBytes;
using base::Bytes;
using base::FromHex;
using base::Secret;
using base::ToHex;

ipsec::Suite SuiteOf(ipsec::Protocol protocol, absl::string_view encr, absl::string_view integ, absl::string_view prf) {
  ipsec::Suite suite;
  suite.protocol = protocol;
  suite.encr = ipsec::FindKeyword(encr);
  suite.integ = integ.empty() ? nullptr : ipsec::FindKeyword(integ);
  suite.prf = prf.empty() ? nullptr : ipsec::FindKeyword(prf);
  return suite;
}

std::string Joined(const IkeKeys& k) {
  std::string all;
  for (const Secret* s : {&k.d, &k.ai, &k.ar, &k.ei, &k.er, &k.pi, &k.pr}) absl::StrAppend(&all, ToHex(s->view()));
  return all;
}

// NIST CAVP, SP 800-135 IKEv2, SHA-1: SKEYSEED, the derived keying material, SKEYSEED of a rekey. The 132 octets are
// exactly those of aes128-sha1.
TEST(IkeKeys, CavpSha1) {
  const Prf prf(Hash::kSha1);
  const Bytes ni = FromHex("32b50d5f4a3763f3");
  const Bytes nr = FromHex("9206a04b26564cb1");
  const Bytes g_ir = FromHex("4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52");
  const Secret seed = SkeySeed(prf, ni, nr, g_ir);
  EXPECT_EQ(ToHex(seed.view()), "a9a7b222b59f8f48645f28a1db5b5f5d7479cba7");

  const IkeKeys keys = DeriveIkeKeys(SuiteOf(ipsec::Protocol::kIke, "aes128", "sha1", "prfsha1"), seed.view(), ni, nr,
                                     0x34c9e7c188868785, 0x3ff77d760d2b2199)
                           .value();
  EXPECT_EQ(Joined(keys),
            "a14293677cc80ff8f9cc0eee30d895da9d8f405666e30ef0dfcb63c634a46002a2a63080e514a062768b76606f9fa5e9"
            "92204fc5a670bde3f10d6b027113936a5c55b648a194ae587b0088d52204b702c979fa280870d2ed41efa9c549fd1119"
            "8af1670b143d384bd275c5f594cf266b05ebadca855e4249520a441a81157435a7a56cc4");
  EXPECT_EQ(keys.d.size(), 20u);
  EXPECT_EQ(keys.ei.size(), 16u);

  const Bytes g_ir_new = FromHex("863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330");
  EXPECT_EQ(ToHex(RekeySkeySeed(prf, keys.d.view(), g_ir_new, ni, nr).view()),
            "63e81194946ebd05df7df5ebf5d8750056bf1f1d");
}

TEST(IkeKeys, AnAeadHasSaltsAndNoIntegrityKeys) {
  const Bytes nonce(32, 1);
  const IkeKeys keys =
      DeriveIkeKeys(SuiteOf(ipsec::Protocol::kIke, "aes256gcm16", "", "prfsha384"), Bytes(48), nonce, nonce, 1, 2)
          .value();
  EXPECT_EQ(keys.d.size(), 48u);
  EXPECT_TRUE(keys.ai.empty());
  EXPECT_TRUE(keys.ar.empty());
  EXPECT_EQ(keys.ei.size(), 36u);
  EXPECT_EQ(keys.er.size(), 36u);
  EXPECT_EQ(keys.pr.size(), 48u);
}

TEST(IkeKeys, ChildKeysAreTheInitiatorsDirectionFirstAndEncryptionFirst) {
  const Prf prf(Hash::kSha256);
  const Bytes sk_d(32, 9);
  const Bytes ni(16, 1);
  const Bytes nr(16, 2);
  const Bytes g_ir(32, 3);
  const ipsec::Suite esp = SuiteOf(ipsec::Protocol::kEsp, "aes128", "sha256", "");
  const auto joined = [](const ChildKeys& k) {
    return absl::StrCat(ToHex(k.encr_i.view()), ToHex(k.integ_i.view()), ToHex(k.encr_r.view()),
                        ToHex(k.integ_r.view()));
  };
  EXPECT_EQ(joined(*DeriveChildKeys(esp, prf, sk_d, {}, ni, nr)),
            ToHex(prf.Plus(sk_d, FromHex(ToHex(ni) + ToHex(nr)), 96)->view()));
  const ChildKeys with_pfs = DeriveChildKeys(esp, prf, sk_d, g_ir, ni, nr).value();
  EXPECT_EQ(joined(with_pfs), ToHex(prf.Plus(sk_d, FromHex(ToHex(g_ir) + ToHex(ni) + ToHex(nr)), 96)->view()));
  EXPECT_EQ(with_pfs.encr_i.size(), 16u);
  EXPECT_EQ(with_pfs.integ_i.size(), 32u);

  const ChildKeys gcm =
      DeriveChildKeys(SuiteOf(ipsec::Protocol::kEsp, "aes256gcm16", "", ""), prf, sk_d, {}, ni, nr).value();
  EXPECT_EQ(gcm.encr_r.size(), 36u);
  EXPECT_TRUE(gcm.integ_r.empty());
}

TEST(IkeKeys, RefusesSuitesOfTheOtherKind) {
  EXPECT_FALSE(DeriveIkeKeys({}, {}, {}, {}, 1, 2).ok());
  EXPECT_FALSE(DeriveIkeKeys(SuiteOf(ipsec::Protocol::kEsp, "aes128", "sha256", ""), {}, {}, {}, 1, 2).ok());
  EXPECT_FALSE(DeriveChildKeys({}, Prf(Hash::kSha1), {}, {}, {}, {}).ok());
}

// RFC 8784 3: SK_d' = prf+ (PPK, SK_d), and so SK_pi' and SK_pr'. One block of prf+ is prf(PPK, SK | 0x01).
TEST(IkeKeys, PpkIsMixedByPrfPlus) {
  const Prf prf(Hash::kSha256);
  const Bytes key(32, 7);
  const Bytes ppk = base::ToBytes(AsBytes("a post-quantum preshared key"));
  const Bytes one = {1};
  EXPECT_EQ(ToHex(MixPpk(prf, ppk, key).view()), ToHex(prf.Compute(ppk, {key, one}).view()));
}

// RFC 7296 2.15. The figure was computed with Python's hmac.
TEST(IkeKeys, SharedKeyAuth) {
  const Prf prf(Hash::kSha256);
  const Bytes octets = SignedOctets(prf, AsBytes("message"), AsBytes("nonce"), Bytes(32, 5), FromHex("020000006777"));
  EXPECT_EQ(ToHex(octets), absl::StrCat("6d657373616765", "6e6f6e6365",
                                        ToHex(prf.Compute(Bytes(32, 5), {FromHex("020000006777")}).view())));
  EXPECT_EQ(ToHex(SharedKeyAuth(prf, AsBytes("correct horse battery staple"), AsBytes("signed octets")).view()),
            "3a6f56da2b14d5186d7d5850bec52f2df5af34a5766c1fe032e228cc9acd2476");
}

}  // namespace
}  // namespace culvert::crypto
