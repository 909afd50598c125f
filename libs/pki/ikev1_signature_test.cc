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

// HASH_I and SIG_I of a Main Mode by strongSwan 5.9.8, with the key of the certificate in it.
TEST(Ikev1Signature, OfStrongSwan) {
  const auto key = PublicKey::FromSpki(
      base::FromHex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100c43a4b27a3196227d1b0815cca1748"
                    "ee4795e04a91ca59101fda19309837ee3d581713f0fae90298a29d76411f770370e3cfea2c4799f1bb566abd39d099a7"
                    "b71af372470fb3384e989936e885ff9d03b3931d88854afb88d145421a75a66bb40fe8a46212b5199b191509b3d8af1c"
                    "96ee280086101e303be32e88a2999604dbe147d2bd963ec1642b3cd943d5ee480cce030139654da3554ca6c3debf45f4"
                    "9430ca5653e30936c224b7b5448af1798d758ad044f92d158d51047cec4a59d564d4cc6f80de02b332013c1951f9493e"
                    "cc8af364ccf9ae38cdf240d5b46843b1d481b3536bdc55f7f6681a09b3fa6890ec824c04fca7dd5e585178ba926ddf38"
                    "f30203010001"));
  ASSERT_TRUE(key.ok());
  const Bytes hash_i = base::FromHex("bc519b598648400dcb69627c2d8af28f277dc4a58e0d1aec9bdc56a8f2858776");
  const Bytes sig_i = base::FromHex(
      "4f7db8ae40d3bc64a20bdbc25cbb7c65ae93687c476b587c1b797ebbddd543c7bc74327cab88040f24c4af04ce5b4520"
      "0031bca5a93496a51914e522343dc310fb2d08132f24faa52269b842278cfc8411ffb02b5a9a392f2dd9d632b5a23865"
      "c4a74b5280996c1e1acbc929fc30bedb463aa7c8c4b424cb0302752699527fe052eda8a4026e47681f99d3f0cf272e72"
      "a667e749b68bdadf8ceee8fc650f6260372a70a78bec974b14214ab15482b6ef97a18b1debd44c4c63712f9761dc7f3c"
      "78296e0cca842ac40c685e7cd0455025c952d519f880e9963f748f528351de72e6bf779e68b8f8c592644003da564073"
      "303530b745061d20847a463932f7eedf");
  EXPECT_TRUE(VerifyIkev1(*key, hash_i, sig_i).ok());
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
