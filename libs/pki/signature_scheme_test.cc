// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/signature_scheme.h"

#include <gtest/gtest.h>

namespace culvert::pki {
namespace {

using enum SignatureScheme;
using base::FromHex;

constexpr SignatureScheme kAll[] = {
    kRsaPkcs1Sha1, kRsaPkcs1Sha256, kRsaPkcs1Sha384, kRsaPkcs1Sha512, kRsaPssSha256, kRsaPssSha384, kRsaPssSha512,
    kEcdsaSha256,  kEcdsaSha384,    kEcdsaSha512,    kEcdsaP256,      kEcdsaP384,    kEcdsaP521,    kEd25519,
};

TEST(SignatureScheme, TheTableIsInTheOrderOfTheEnum) {
  for (const SignatureScheme scheme : kAll) EXPECT_EQ(InfoOf(scheme).scheme, scheme);
}

TEST(SignatureScheme, WhatWeWriteWeRead) {
  for (const SignatureScheme scheme : kAll) {
    if (InfoOf(scheme).auth_method != kAuthDigitalSignature) continue;
    const auto read = SchemeOf(InfoOf(scheme).algorithm_identifier);
    ASSERT_TRUE(read.ok()) << InfoOf(scheme).name << read.status();
    EXPECT_EQ(*read, scheme) << InfoOf(scheme).name;
  }
}

TEST(SignatureScheme, Rfc7427AppendixA) {
  EXPECT_EQ(SchemeOf(FromHex("300d06092a864886f70d01010b0500")).value(), kRsaPkcs1Sha256);  // A.1.2
  EXPECT_EQ(SchemeOf(FromHex("300a06082a8648ce3d040302")).value(), kEcdsaSha256);           // A.3.2
  // A.4.3 with SHA-256, MGF1 of SHA-256, 32 octets of salt.
  EXPECT_EQ(
      SchemeOf(FromHex("304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d01"
                       "0108300d06096086480165030402010500a203020120"))
          .value(),
      kRsaPssSha256);
}

TEST(SignatureScheme, Rfc4055AllowsNoParameters) {
  EXPECT_EQ(SchemeOf(FromHex("300b06092a864886f70d01010b")).value(), kRsaPkcs1Sha256);
  // PSS whose inner hash identifiers leave NULL out.
  EXPECT_EQ(
      SchemeOf(FromHex("303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010108"
                       "300b0609608648016503040201a203020120"))
          .value(),
      kRsaPssSha256);
}

TEST(SignatureScheme, WhatIsNotOursIsNamed) {
  const auto message = [](absl::string_view hex) { return std::string(SchemeOf(FromHex(hex)).status().message()); };
  EXPECT_EQ(message("300d06092a864886f70d0101050500"), "sha1WithRSAEncryption");  // RFC 8247 3.2.1: MUST NOT
  EXPECT_EQ(message("300906072a8648ce3d0401"), "ecdsa-with-SHA1");
  EXPECT_EQ(message("3005060303050607"), "not an AlgorithmIdentifier");
  EXPECT_NE(message("300d06092a864886f70d01010a3000").find("SHA-1"), std::string::npos) << "A.4.1: empty parameters";
  EXPECT_NE(message("300b06092a864886f70d01010a").find("SHA-1"), std::string::npos);
}

TEST(SignatureScheme, JunkIsRefused) {
  for (const char* hex : {
           "",
           "00",
           "300a06082a8648ce3d04030200",          // an octet behind it
           "300c06082a8648ce3d0403020500",        // ECDSA with NULL (RFC 5758 3.2)
           "300706032b65700500",                  // Ed25519 with NULL (RFC 8410 3)
           "301106092a864886f70d01010b04040000",  // RSA with something else than NULL
           // PSS: SHA-256 with MGF1 of SHA-384; a salt of 20 octets; a salt of 2^31
           "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d060960864"
           "801"
           "65030402020500a203020120",
           "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d060960864"
           "801"
           "65030402010500a203020114",
       }) {
    EXPECT_FALSE(SchemeOf(FromHex(hex)).ok()) << hex;
  }
}

TEST(SignatureScheme, IsChosenByTheKeyAndWhatThePeerHashes) {
  const uint16_t all[] = {1, 2, 3, 4, 5}, only_sha1[] = {1}, only_sha512[] = {4};
  EXPECT_EQ(ChooseScheme(KeyType::kRsa, all), kRsaPssSha256);
  EXPECT_EQ(ChooseScheme(KeyType::kRsa, only_sha512), kRsaPssSha512);
  EXPECT_EQ(ChooseScheme(KeyType::kEcP384, all), kEcdsaSha384);
  EXPECT_EQ(ChooseScheme(KeyType::kEcP256, only_sha512), kEcdsaSha512);
  EXPECT_EQ(ChooseScheme(KeyType::kEd25519, all), kEd25519);
  EXPECT_EQ(ChooseScheme(KeyType::kEd25519, only_sha512), std::nullopt);  // RFC 8420 2: IDENTITY is announced
  EXPECT_EQ(ChooseScheme(KeyType::kRsa, only_sha1), std::nullopt);
  EXPECT_EQ(ChooseScheme(KeyType::kRsa, {}), std::nullopt);
}

TEST(SignatureScheme, OldAuthMethods) {
  EXPECT_EQ(LegacyScheme(KeyType::kEcP256), kEcdsaP256);
  EXPECT_EQ(LegacyScheme(KeyType::kEcP521), kEcdsaP521);
  EXPECT_EQ(LegacyScheme(KeyType::kRsa), std::nullopt);
  EXPECT_EQ(LegacyScheme(KeyType::kEd25519), std::nullopt);
  EXPECT_EQ(SchemeOfAuthMethod(1, KeyType::kRsa), kRsaPkcs1Sha1);
  EXPECT_EQ(SchemeOfAuthMethod(9, KeyType::kEcP256), kEcdsaP256);
  EXPECT_EQ(SchemeOfAuthMethod(9, KeyType::kEcP384), std::nullopt);
  EXPECT_EQ(SchemeOfAuthMethod(14, KeyType::kRsa), std::nullopt);
  EXPECT_EQ(SchemeOfAuthMethod(2, KeyType::kRsa), std::nullopt);
}

}  // namespace
}  // namespace culvert::pki
