// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/signature.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <string>

#include "libs/crypto/digest.h"
#include "libs/pki/openssl.h"
#include "libs/pki/testing/test_ca.h"

namespace culvert::pki {
namespace {

using enum SignatureScheme;
using base::Bytes;

const base::ByteView kData = base::AsBytes("first message | nonce | prf(SK_p, ID)");

struct Case {
  SignatureScheme scheme;
  KeyType key;
};
constexpr Case kCases[] = {
    {kRsaPkcs1Sha256, KeyType::kRsa}, {kRsaPkcs1Sha384, KeyType::kRsa}, {kRsaPkcs1Sha512, KeyType::kRsa},
    {kRsaPssSha256, KeyType::kRsa},   {kRsaPssSha384, KeyType::kRsa},   {kRsaPssSha512, KeyType::kRsa},
    {kEcdsaSha256, KeyType::kEcP256}, {kEcdsaSha256, KeyType::kEcP521}, {kEcdsaSha384, KeyType::kEcP384},
    {kEcdsaSha512, KeyType::kEcP256}, {kEcdsaSha512, KeyType::kEcP521}, {kEcdsaP256, KeyType::kEcP256},
    {kEcdsaP384, KeyType::kEcP384},   {kEcdsaP521, KeyType::kEcP521},   {kEd25519, KeyType::kEd25519},
};

std::string NameOf(const Case& c) {
  return std::string(InfoOf(c.scheme).name) + " by " + std::string(ToString(c.key));
}

bool Verifies(const PublicKey& key, SignatureScheme scheme, base::ByteView data, base::ByteView signature) {
  return Verify(key, scheme, data, signature).ok();
}

TEST(Signature, EachSchemeVerifiesWhatItSignedAndNothingElse) {
  for (const Case& c : kCases) {
    const auto key = testing::MakeKey(c.key);
    const auto other = testing::MakeKey(c.key);
    const auto signature = Sign(*key, c.scheme, kData);
    ASSERT_TRUE(signature.ok()) << NameOf(c) << signature.status();
    EXPECT_TRUE(Verifies(key->public_key(), c.scheme, kData, *signature)) << NameOf(c);
    EXPECT_FALSE(Verifies(other->public_key(), c.scheme, kData, *signature)) << NameOf(c);
    EXPECT_FALSE(Verifies(key->public_key(), c.scheme, base::AsBytes("other"), *signature)) << NameOf(c);

    Bytes longer = *signature, shorter = *signature, flipped = *signature;
    longer.push_back(0);
    shorter.pop_back();
    flipped[flipped.size() / 2] ^= 1;
    for (const Bytes& bad : {longer, shorter, flipped, Bytes{}, Bytes(signature->size())}) {
      EXPECT_FALSE(Verifies(key->public_key(), c.scheme, kData, bad)) << NameOf(c) << " " << base::ToHex(bad);
    }
  }
}

// RFC 4754 7: r and s side by side, each as long as the order.
TEST(Signature, Rfc4754PutsRAndSSideBySide) {
  EXPECT_EQ(Sign(*testing::MakeKey(KeyType::kEcP256), kEcdsaP256, kData)->size(), 64u);
  EXPECT_EQ(Sign(*testing::MakeKey(KeyType::kEcP384), kEcdsaP384, kData)->size(), 96u);
  EXPECT_EQ(Sign(*testing::MakeKey(KeyType::kEcP521), kEcdsaP521, kData)->size(), 132u);
}

TEST(Signature, AKeyServesItsOwnSchemesOnly) {
  const auto p256 = testing::MakeKey(KeyType::kEcP256);
  for (const SignatureScheme scheme : {kRsaPkcs1Sha256, kRsaPssSha256, kEcdsaP384, kEd25519}) {
    EXPECT_EQ(Sign(*p256, scheme, kData).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Verify(p256->public_key(), scheme, kData, Bytes(64)).code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(Signature, Sha1IsVerifiedAndNeverMade) {
  const auto key = testing::MakeKey(KeyType::kRsa);
  EXPECT_FALSE(Sign(*key, kRsaPkcs1Sha1, kData).ok());
}

TEST(Signature, ATooShortRsaKeyIsNotAKey) {
  const crypto::Pkey tiny(EVP_RSA_gen(768));
  EXPECT_EQ(PublicKey::Of(tiny.get()).status().code(), absl::StatusCode::kUnimplemented);
}

// A modulus of 1024 bits has no room for SHA-512 with its salt.
TEST(Signature, ARsaKeyWithoutRoomForThePaddingSaysSo) {
  const auto key = testing::MakeKey(KeyType::kRsa, 1024);
  EXPECT_FALSE(Sign(*key, kRsaPssSha512, kData).ok());
  EXPECT_TRUE(Sign(*key, kRsaPssSha256, kData).ok());
}

// r = s = 0 verified under libraries that forgot the range check.
TEST(Signature, EcdsaZeroIsNoSignature) {
  const auto key = testing::MakeKey(KeyType::kEcP256);
  EXPECT_FALSE(Verifies(key->public_key(), kEcdsaP256, kData, Bytes(64)));
  EXPECT_FALSE(Verifies(key->public_key(), kEcdsaSha256, kData, base::FromHex("3006020100020100")));
}

// An RSA key with exponent 3, from two primes p, q that are 2 mod 3.
crypto::Pkey MakeRsaOfExponent3() {
  const crypto::PkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  const crypto::Bignum three(BN_new());
  BN_set_word(three.get(), 3);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 3072);
  EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), three.get());
  EVP_PKEY_keygen(context.get(), &key);
  return crypto::Pkey(key);
}

// The largest x with x^3 <= n, by bisection.
crypto::Bignum CubeRoot(const BIGNUM* n) {
  const crypto::BignumCtx context(BN_CTX_new());
  crypto::Bignum root(BN_new()), cube(BN_new());
  BN_zero(root.get());
  for (int bit = BN_num_bits(n) / 3 + 1; bit >= 0; --bit) {
    BN_set_bit(root.get(), bit);
    BN_sqr(cube.get(), root.get(), context.get());
    BN_mul(cube.get(), cube.get(), root.get(), context.get());
    if (BN_cmp(cube.get(), n) > 0) BN_clear_bit(root.get(), bit);
  }
  return root;
}

// Bleichenbacher 2006: a short padding, DigestInfo, and garbage behind it, of which a cube root always exists.
TEST(Signature, ForgeriesForExponent3AreRefused) {
  const crypto::Pkey key = MakeRsaOfExponent3();
  const auto public_key = PublicKey::Of(key.get());
  ASSERT_TRUE(public_key.ok()) << public_key.status();
  Bytes block = base::FromHex("0001ffffffffffffffff003031300d060960864801650304020105000420");
  const Bytes digest = crypto::Digest(crypto::Hash::kSha256, {kData});
  block.insert(block.end(), digest.begin(), digest.end());
  const size_t meaningful = block.size();
  block.resize(3072 / 8, 0xFF);
  const crypto::Bignum target(BN_bin2bn(block.data(), static_cast<int>(block.size()), nullptr));
  const crypto::Bignum root = CubeRoot(target.get());
  Bytes forged(3072 / 8);
  ASSERT_GT(BN_bn2binpad(root.get(), forged.data(), static_cast<int>(forged.size())), 0);

  const crypto::BignumCtx context(BN_CTX_new());
  const crypto::Bignum cube(BN_new());
  BN_sqr(cube.get(), root.get(), context.get());
  BN_mul(cube.get(), cube.get(), root.get(), context.get());
  Bytes shown(3072 / 8);
  BN_bn2binpad(cube.get(), shown.data(), static_cast<int>(shown.size()));
  ASSERT_TRUE(std::equal(block.begin(), block.begin() + static_cast<long>(meaningful), shown.begin()))
      << "the forgery is one that a lenient parser would take";
  EXPECT_FALSE(Verifies(*public_key, kRsaPkcs1Sha256, kData, forged));
}

// Public keys that a peer could send to make trouble.
TEST(PublicKey, AnEvenModulusIsRefused) {
  const auto good = testing::MakeKey(KeyType::kRsa);
  Bytes spki = good->public_key().Spki();
  ASSERT_TRUE(PublicKey::FromSpki(spki).ok());
  spki[spki.size() - 6] &= 0xFE;  // the modulus' last octet; behind it: INTEGER, 3 octets, 65537
  EXPECT_EQ(PublicKey::FromSpki(spki).status().code(), absl::StatusCode::kUnimplemented);
}

TEST(PublicKey, TrailingOctetsAreRefused) {
  Bytes spki = testing::MakeKey(KeyType::kEcP256)->public_key().Spki();
  spki.push_back(0);
  EXPECT_EQ(PublicKey::FromSpki(spki).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PublicKey, OtherCurvesAreRefused) {
  const crypto::Pkey key(EVP_EC_gen("secp256k1"));
  EXPECT_EQ(PublicKey::Of(key.get()).status().code(), absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace culvert::pki
