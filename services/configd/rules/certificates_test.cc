// SPDX-License-Identifier: Apache-2.0
// Certificates made here, since any that is written down expires one day.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "services/configd/rules/rules.h"

namespace culvert::configd {
namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

KeyPtr MakeRsa(unsigned bits) {
  return {EVP_RSA_gen(bits), &EVP_PKEY_free};
}
KeyPtr MakeEc() {
  return {EVP_EC_gen("P-256"), &EVP_PKEY_free};
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

std::string KeyPem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()), &BIO_free_all);
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return Text(bio.get());
}

std::string SelfSigned(EVP_PKEY* key) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_sign(certificate.get(), key, EVP_sha256());
  const BioPtr bio(BIO_new(BIO_s_mem()), &BIO_free_all);
  PEM_write_bio_X509(bio.get(), certificate.get());
  return Text(bio.get());
}

// What is said about fields of the certificate, less that certificates are not supported yet.
std::vector<std::string> Told(const std::string& certificate, const std::string& key, const std::string& chain = "") {
  config::v1::Configuration configuration;
  auto& entry = *configuration.add_certificates();
  entry.set_name("c");
  entry.set_certificate_pem(certificate);
  if (!key.empty()) entry.set_private_key_pem(key);
  if (!chain.empty()) entry.set_chain_pem(chain);
  std::vector<std::string> told;
  for (const Problem& problem : ValidateConfiguration(configuration, nullptr)) {
    const bool about_it = problem.field().rfind("certificates[c]", 0) == 0;
    if (about_it) told.push_back(CodeName(problem.code()) + " " + problem.field());
  }
  return told;
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Certificates, AGoodPairIsFine) {
  const KeyPtr key = MakeEc();
  const std::string certificate = SelfSigned(key.get());
  EXPECT_THAT(Told(certificate, KeyPem(key.get())), IsEmpty());
  EXPECT_THAT(Told(certificate, "", certificate + certificate), IsEmpty());
}

TEST(Certificates, AKeyMustBelongToItsCertificate) {
  const KeyPtr key = MakeEc(), other = MakeEc();
  EXPECT_THAT(Told(SelfSigned(key.get()), KeyPem(other.get())),
              ElementsAre("KEY_DOES_NOT_MATCH certificates[c].private_key_pem"));
}

TEST(Certificates, JunkIsRefused) {
  const KeyPtr key = MakeEc();
  const std::string certificate = SelfSigned(key.get());
  EXPECT_THAT(Told(certificate + "junk", ""), ElementsAre("BAD_CERTIFICATE certificates[c].certificate_pem"));
  EXPECT_THAT(Told(certificate + certificate, ""), ElementsAre("BAD_CERTIFICATE certificates[c].certificate_pem"));
  EXPECT_THAT(Told(certificate, "junk"), ElementsAre("BAD_PRIVATE_KEY certificates[c].private_key_pem"));
  EXPECT_THAT(Told(certificate, "", "junk"), ElementsAre("BAD_CERTIFICATE certificates[c].chain_pem"));
}

TEST(Certificates, AShortRsaKeyIsAWarning) {
  const KeyPtr key = MakeRsa(1024);
  EXPECT_THAT(Told(SelfSigned(key.get()), ""), ElementsAre("WEAK_KEY certificates[c].certificate_pem"));
}

}  // namespace
}  // namespace culvert::configd
