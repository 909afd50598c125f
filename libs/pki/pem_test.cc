// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/pem.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include "libs/pki/openssl.h"
#include "libs/pki/testing/test_ca.h"

namespace culvert::pki {
namespace {

using testing::MakeKey;
using testing::PemOf;
using testing::TestCa;
using Bio = std::unique_ptr<BIO, crypto::Freer<BIO_free_all>>;

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

TEST(Pem, Certificates) {
  const TestCa ca;
  const std::string one = PemOf(*ca.certificate());
  const auto both = CertificatesFromPem("subject: CA\n" + one + "\n" + one + "\n \n");
  ASSERT_TRUE(both.ok()) << both.status();
  ASSERT_EQ(both->size(), 2u);
  EXPECT_EQ(both->at(0), base::ToBytes(ca.certificate()->der()));
}

TEST(Pem, NothingMayBeOverlooked) {
  const std::string one = PemOf(*TestCa().certificate());
  for (const std::string& bad :
       {std::string(), std::string("hello"), one + "junk", one + "-----BEGIN CERTIFICATE-----\n",
        one.substr(0, one.size() / 2), one + PemOf(*MakeKey(KeyType::kEcP256))}) {
    EXPECT_EQ(CertificatesFromPem(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(Pem, PrivateKeysInEveryForm) {
  for (const KeyType type : {KeyType::kRsa, KeyType::kEcP384, KeyType::kEd25519}) {
    const auto key = MakeKey(type);
    const auto der = PrivateKeyFromPem(PemOf(*key));
    ASSERT_TRUE(der.ok()) << der.status();
    EXPECT_TRUE((*PrivateKey::FromPkcs8(der->view()))->public_key() == key->public_key());

    if (type == KeyType::kEd25519) continue;  // it never had another form
    const Bio bio(BIO_new(BIO_s_mem()));
    Must(PEM_write_bio_PrivateKey_traditional(bio.get(), key->get(), nullptr, nullptr, 0, nullptr, nullptr));
    const auto old = PrivateKeyFromPem(TextOf(bio.get()));
    ASSERT_TRUE(old.ok()) << old.status();
    EXPECT_TRUE((*PrivateKey::FromPkcs8(old->view()))->public_key() == key->public_key());
  }
}

TEST(Pem, AnEncryptedKeySaysSo) {
  const auto key = MakeKey(KeyType::kEcP256);
  char password[] = "password";
  const auto* octets = reinterpret_cast<const unsigned char*>(password);
  const Bio pkcs8(BIO_new(BIO_s_mem())), traditional(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_PKCS8PrivateKey(pkcs8.get(), key->get(), EVP_aes_256_cbc(), password, 8, nullptr, nullptr));
  Must(PEM_write_bio_PrivateKey_traditional(traditional.get(), key->get(), EVP_aes_256_cbc(), octets, 8, nullptr,
                                            nullptr));
  EXPECT_EQ(PrivateKeyFromPem(TextOf(pkcs8.get())).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(PrivateKeyFromPem(TextOf(traditional.get())).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Pem, OneKeyAndNothingElse) {
  const std::string key = PemOf(*MakeKey(KeyType::kEcP256));
  EXPECT_FALSE(PrivateKeyFromPem(key + key).ok());
  EXPECT_FALSE(PrivateKeyFromPem(key + "junk").ok());
  EXPECT_FALSE(PrivateKeyFromPem(PemOf(*TestCa().certificate())).ok());
}

TEST(Pem, Crls) {
  const TestCa ca;
  const Bio bio(BIO_new(BIO_s_mem()));
  const base::Bytes der = ca.Crl({});
  Must(PEM_write_bio(bio.get(), "X509 CRL", "", der.data(), static_cast<long>(der.size())));
  const auto crls = CrlsFromPem(TextOf(bio.get()));
  ASSERT_TRUE(crls.ok()) << crls.status();
  EXPECT_EQ(crls->at(0), der);
}

}  // namespace
}  // namespace culvert::pki
