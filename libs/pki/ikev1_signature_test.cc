// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/ikev1_signature.h"

#include <gtest/gtest.h>
#include <openssl/rsa.h>

#include "libs/crypto/digest.h"
#include "libs/pki/openssl.h"
#include "libs/pki/signature.h"
#include "libs/pki/testing/test_ca.h"

namespace culvert::pki {
namespace {

using base::Bytes;

Bytes HashOf(size_t size) {
  return Bytes(size, 0x5a);
}

// The whole of a PKCS#1 v1.5 block that the private key makes of `block`, whatever is in it.
Bytes RawSignature(const PrivateKey& key, base::ByteView block) {
  const crypto::PkeyCtx context(EVP_PKEY_CTX_new(key.get(), nullptr));
  Must(EVP_PKEY_sign_init(context.get()));
  Must(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING));
  size_t size = block.size();
  Bytes signature(size);
  Must(EVP_PKEY_sign(context.get(), signature.data(), &size, block.data(), block.size()));
  return signature;
}

// 00 01 FF … FF 00 | content, as long as the key.
Bytes Block(const PrivateKey& key, base::ByteView content) {
  Bytes block(static_cast<size_t>(key.public_key().bits()) / 8, 0xff);
  block[0] = 0;
  block[1] = 1;
  block[block.size() - content.size() - 1] = 0;
  std::copy(content.begin(), content.end(), block.end() - static_cast<std::ptrdiff_t>(content.size()));
  return block;
}

TEST(Ikev1Signature, VerifiesWhatItSignedAndNothingElse) {
  const auto key = testing::MakeKey(KeyType::kRsa);
  const auto other = testing::MakeKey(KeyType::kRsa);
  for (const size_t size : {16, 20, 32, 48, 64}) {  // MD5 to SHA-512
    const Bytes hash = HashOf(size);
    const Bytes signature = SignIkev1(*key, hash).value();
    EXPECT_TRUE(VerifyIkev1(key->public_key(), hash, signature).ok());
    EXPECT_FALSE(VerifyIkev1(other->public_key(), hash, signature).ok());
    EXPECT_FALSE(VerifyIkev1(key->public_key(), HashOf(size - 1), signature).ok());
    EXPECT_FALSE(VerifyIkev1(key->public_key(), Bytes(size, 0x5b), signature).ok());
    Bytes longer = signature, shorter = signature, flipped = signature;
    longer.push_back(0);
    shorter.pop_back();
    flipped[7] ^= 1;
    for (const Bytes& bad :
         {longer, shorter, flipped, Bytes{}, Bytes(signature.size()), Bytes(signature.size(), 0xff)}) {
      EXPECT_EQ(VerifyIkev1(key->public_key(), hash, bad).code(), absl::StatusCode::kUnauthenticated);
    }
  }
}

// RFC 2409 5.1: the padding holds the hash and nothing that says which hash it is.
TEST(Ikev1Signature, ThereIsNoDigestInfo) {
  const auto key = testing::MakeKey(KeyType::kRsa);
  const Bytes hash = HashOf(20);
  EXPECT_EQ(SignIkev1(*key, hash).value(), RawSignature(*key, Block(*key, hash)));
  // That of IKEv2 over data whose SHA-256 is the hash is another.
  const Bytes sha256 = crypto::Digest(crypto::Hash::kSha256, {base::AsBytes("data")});
  const Bytes with_info = Sign(*key, SignatureScheme::kRsaPkcs1Sha256, base::AsBytes("data")).value();
  EXPECT_FALSE(VerifyIkev1(key->public_key(), sha256, with_info).ok());
}

// What low exponents are forged with: a hash that stands right, and garbage where the padding or the end should be.
TEST(Ikev1Signature, PaddingIsCheckedToTheEnd) {
  const auto key = testing::MakeKey(KeyType::kRsa);
  const Bytes hash = HashOf(20);
  const Bytes good = Block(*key, hash);
  const auto verifies = [&](const Bytes& block) {
    return VerifyIkev1(key->public_key(), hash, RawSignature(*key, block)).ok();
  };
  ASSERT_TRUE(verifies(good));
  Bytes type2 = good, hole = good, early = good;
  type2[1] = 2;
  hole[20] = 0xfe;
  // 00 01 FF×8 00 | hash | garbage
  early[10] = 0;
  std::copy(hash.begin(), hash.end(), early.begin() + 11);
  for (const Bytes& bad : {type2, hole, early}) EXPECT_FALSE(verifies(bad));
}

TEST(Ikev1Signature, OtherKeysDoNotSign) {
  const auto key = testing::MakeKey(KeyType::kEcP256);
  EXPECT_EQ(SignIkev1(*key, HashOf(20)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyIkev1(key->public_key(), HashOf(20), Bytes(64)).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace culvert::pki
