// SPDX-License-Identifier: Apache-2.0
// Certificates made here, since any that is written down expires one day.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "libs/pki/openssl.h"
#include "libs/pki/testing/test_ca.h"
#include "services/configd/rules/rules.h"

namespace culvert::configd {
namespace {

using pki::KeyType;
using pki::testing::Issued;
using pki::testing::PemOf;
using pki::testing::TestCa;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Bio = std::unique_ptr<BIO, crypto::Freer<BIO_free_all>>;

std::string PemOf(const base::Bytes& crl) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio(bio.get(), "X509 CRL", "", crl.data(), static_cast<long>(crl.size()));
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

std::string EncryptedPemOf(const pki::PrivateKey& key) {
  char password[] = "password";
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), password, 8, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

// What is said about `prefix`, less what is not supported yet.
std::vector<std::string> Told(const config::v1::Configuration& configuration, absl::string_view prefix,
                              const HostFacts* host = nullptr) {
  std::vector<std::string> told;
  for (const Problem& problem : ValidateConfiguration(configuration, host)) {
    const bool about_it = problem.field().rfind(std::string(prefix), 0) == 0;
    if (about_it && problem.code() != Code::NOT_YET_SUPPORTED) {
      told.push_back(CodeName(problem.code()) + " " + problem.field());
    }
  }
  return told;
}

std::vector<std::string> Told(const std::string& certificate, const std::string& key, const std::string& chain = "") {
  config::v1::Configuration configuration;
  auto& entry = *configuration.add_certificates();
  entry.set_name("c");
  entry.set_certificate_pem(certificate);
  if (!key.empty()) entry.set_private_key_pem(key);
  if (!chain.empty()) entry.set_chain_pem(chain);
  return Told(configuration, "certificates[c]");
}

TEST(Certificates, AGoodPairIsFine) {
  const TestCa ca;
  const Issued gw = ca.Issue({});
  const std::string certificate = PemOf(*gw.certificate), authority = PemOf(*ca.certificate());
  EXPECT_THAT(Told(certificate, PemOf(*gw.key)), IsEmpty());
  EXPECT_THAT(Told(certificate, "", authority + authority), IsEmpty());
}

TEST(Certificates, EveryKindOfKeyIsFine) {
  for (const KeyType type : {KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384, KeyType::kEcP521, KeyType::kEd25519}) {
    const TestCa ca({.subject = "CN=gw", .key = type});
    EXPECT_THAT(Told(PemOf(*ca.certificate()), PemOf(*ca.self().key)), IsEmpty()) << ToString(type);
  }
}

TEST(Certificates, AKeyMustBelongToItsCertificate) {
  const TestCa one, other;
  EXPECT_THAT(Told(PemOf(*one.certificate()), PemOf(*other.self().key)),
              ElementsAre("KEY_DOES_NOT_MATCH certificates[c].private_key_pem"));
}

TEST(Certificates, JunkIsRefused) {
  const std::string certificate = PemOf(*TestCa().certificate());
  EXPECT_THAT(Told(certificate + "junk", ""), ElementsAre("BAD_CERTIFICATE certificates[c].certificate_pem"));
  EXPECT_THAT(Told(certificate + certificate, ""), ElementsAre("BAD_CERTIFICATE certificates[c].certificate_pem"));
  EXPECT_THAT(Told(certificate, "junk"), ElementsAre("BAD_PRIVATE_KEY certificates[c].private_key_pem"));
  EXPECT_THAT(Told(certificate, "", "junk"), ElementsAre("BAD_CERTIFICATE certificates[c].chain_pem"));
}

TEST(Certificates, AnEncryptedKeyIsRefused) {
  const TestCa ca;
  EXPECT_THAT(Told(PemOf(*ca.certificate()), EncryptedPemOf(*ca.self().key)),
              ElementsAre("BAD_PRIVATE_KEY certificates[c].private_key_pem"));
}

TEST(Certificates, AShortRsaKeyIsAWarning) {
  const TestCa weak({.subject = "CN=gw", .key = KeyType::kRsa, .rsa_bits = 1024});
  EXPECT_THAT(Told(PemOf(*weak.certificate()), ""), ElementsAre("WEAK_KEY certificates[c].certificate_pem"));
}

TEST(Certificates, CrlsAreReadToo) {
  const TestCa ca;
  config::v1::Configuration configuration;
  configuration.mutable_revocation()->add_crls(PemOf(ca.Crl({})));
  EXPECT_THAT(Told(configuration, "revocation"), IsEmpty());
  configuration.mutable_revocation()->add_crls(PemOf(*ca.certificate()));
  configuration.mutable_revocation()->add_crls(PemOf(ca.Crl({}, {.scope = "critical,indirectCRL:TRUE"})));
  EXPECT_THAT(Told(configuration, "revocation"),
              ElementsAre("BAD_CERTIFICATE revocation.crls[1]", "BAD_CERTIFICATE revocation.crls[2]"));
}

// A tunnel that authenticates by certificate on both sides.
class CertificateTunnel : public ::testing::Test {
 protected:
  CertificateTunnel() {
    auto& own = *configuration_.add_certificates();
    own.set_name("own");
    own.set_certificate_pem(PemOf(*gw_.certificate));
    own.set_private_key_pem(PemOf(*gw_.key));
    auto& ca = *configuration_.add_certificates();
    ca.set_name("ca");
    ca.set_certificate_pem(PemOf(*ca_.certificate()));
    tunnel_ = configuration_.add_tunnels();
    tunnel_->set_name("t");
    tunnel_->set_profile(config::v1::Profile::MODERN);
    tunnel_->mutable_remote()->set_endpoint("192.0.2.2");
    tunnel_->mutable_authentication()->mutable_x509()->set_certificate("own");
    tunnel_->mutable_authentication()->mutable_x509()->add_ca("ca");
  }
  std::vector<std::string> AboutTunnel() {
    std::vector<std::string> told = Told(configuration_, "tunnels[t].authentication");
    for (std::string& one : Told(configuration_, "tunnels[t].local.identifier")) told.push_back(std::move(one));
    return told;
  }

  TestCa ca_;
  Issued gw_ = ca_.Issue({.subject = "C=CH, CN=gw", .alternative_names = {"DNS:gw.example"}});
  config::v1::Configuration configuration_;
  config::v1::Tunnel* tunnel_;
};

TEST_F(CertificateTunnel, Complete) {
  EXPECT_THAT(AboutTunnel(), IsEmpty());
}

TEST_F(CertificateTunnel, OurIdentifierIsOneThatTheCertificateConfirms) {
  for (const char* good : {"gw.example", "C=CH, CN=gw"}) {
    tunnel_->mutable_local()->set_identifier(good);
    EXPECT_THAT(AboutTunnel(), IsEmpty()) << good;
  }
  tunnel_->mutable_local()->set_identifier("other.example");
  EXPECT_THAT(AboutTunnel(), ElementsAre("BAD_IDENTIFIER tunnels[t].local.identifier"));
}

TEST_F(CertificateTunnel, OurCertificateIsNamed) {
  tunnel_->mutable_authentication()->mutable_x509()->clear_certificate();
  EXPECT_THAT(AboutTunnel(), ElementsAre("REQUIRED tunnels[t].authentication.x509.certificate"));
}

TEST_F(CertificateTunnel, SoIsTheCaOfThePeer) {
  tunnel_->mutable_authentication()->mutable_x509()->clear_ca();
  EXPECT_THAT(AboutTunnel(), ElementsAre("CA_MISSING tunnels[t].authentication"));
}

TEST_F(CertificateTunnel, OurKeyIsThere) {
  configuration_.mutable_certificates(0)->clear_private_key_pem();
  EXPECT_THAT(Told(configuration_, "certificates"), ElementsAre("NOT_CHECKED certificates[own].private_key_pem"))
      << "the appliance may keep it";
  const HostFacts box;
  EXPECT_THAT(Told(configuration_, "certificates", &box),
              ElementsAre("SECRET_VALUE_MISSING certificates[own].private_key_pem"));
}

// fields.md 3: IKEv1 has RSA signatures alone.
TEST_F(CertificateTunnel, Ikev1NeedsAnRsaKey) {
  tunnel_->mutable_ike()->set_version(config::v1::IkeVersion::IKEV1);
  EXPECT_THAT(AboutTunnel(), ElementsAre("NOT_IN_IKEV1 tunnels[t].authentication.x509.certificate"));
  const Issued rsa = ca_.Issue({.subject = "CN=gw", .key = KeyType::kRsa});
  configuration_.mutable_certificates(0)->set_certificate_pem(PemOf(*rsa.certificate));
  configuration_.mutable_certificates(0)->set_private_key_pem(PemOf(*rsa.key));
  EXPECT_THAT(AboutTunnel(), IsEmpty());
}

// Asymmetric: they show a certificate, we know a key.
TEST_F(CertificateTunnel, AKeyHereAndACertificateThere) {
  tunnel_->clear_authentication();
  tunnel_->mutable_authentication()->mutable_local()->mutable_psk();
  tunnel_->mutable_authentication()->mutable_remote()->mutable_x509()->add_ca("ca");
  EXPECT_THAT(AboutTunnel(), IsEmpty());
}

}  // namespace
}  // namespace culvert::configd
