// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/crypto/digest.h"
#include "libs/pki/testing/test_ca.h"

namespace culvert::pki {
namespace {

using testing::CertificateSpec;
using ::testing::ElementsAre;
using testing::TestCa;

ipsec::Identity Id(absl::string_view text) {
  return *ipsec::Identity::Parse(text);
}

TEST(Certificate, SaysWhatItHolds) {
  const TestCa ca({.subject = "C=CH, O=Example, CN=Test CA"});
  const auto issued = ca.Issue({
      .subject = "C=CH, CN=gw-a",
      .alternative_names = {"DNS:gw-a.example", "IP:192.0.2.1", "IP:2001:db8::1", "email:ops@example", "URI:urn:x"},
      .crl_urls = {"http://pki.example/ca.crl", "ldap://pki.example/ca"},
      .ocsp_urls = {"http://ocsp.example/"},
  });
  const Certificate& certificate = *issued.certificate;
  EXPECT_EQ(certificate.subject(), "C=CH, CN=gw-a");
  EXPECT_EQ(certificate.issuer(), "C=CH, O=Example, CN=Test CA");
  EXPECT_EQ(certificate.public_key().type(), KeyType::kEcP256);
  EXPECT_TRUE(certificate.public_key() == issued.key->public_key());
  EXPECT_EQ(certificate.not_after(), testing::kNow + absl::Hours(24 * 365));
  EXPECT_THAT(certificate.crl_urls(), ElementsAre("http://pki.example/ca.crl"));
  EXPECT_THAT(certificate.ocsp_urls(), ElementsAre("http://ocsp.example/"));
  EXPECT_FALSE(certificate.is_ca());
  EXPECT_FALSE(certificate.self_issued());
  EXPECT_TRUE(ca.certificate()->is_ca());
  EXPECT_TRUE(ca.certificate()->self_issued());
  EXPECT_EQ(certificate.Identities(),
            "C=CH, CN=gw-a; ID_FQDN gw-a.example; ID_IPV4_ADDR 192.0.2.1; ID_IPV6_ADDR 2001:db8::1; "
            "ID_RFC822_ADDR ops@example");
}

// RFC 7296 3.7: SHA-1 over the whole SubjectPublicKeyInfo, not over the key's bits alone.
TEST(Certificate, IsNamedInCertreqByItsSubjectPublicKeyInfo) {
  const TestCa ca;
  const base::Bytes hash = crypto::Digest(crypto::Hash::kSha1, {ca.certificate()->public_key().Spki()});
  EXPECT_TRUE(std::equal(hash.begin(), hash.end(), ca.certificate()->spki_hash().begin()));
}

// RFC 4945 3.1, fields.md 3.
TEST(Certificate, ConfirmsAnIdentityBySubjectOrAlternativeName) {
  const TestCa ca;
  const auto certificate =
      ca.Issue({.subject = "C=CH, CN=gw-a.example",
                .alternative_names = {"DNS:gw-a.example", "DNS:*.wild.example", "IP:192.0.2.1", "email:ops@example"}})
          .certificate;
  for (const char* good : {"C=CH, CN=gw-a.example", "c=ch, cn=GW-A.example", "gw-a.example", "GW-A.EXAMPLE",
                           "192.0.2.1", "ops@example", "*.wild.example"}) {
    EXPECT_TRUE(certificate->Confirms(Id(good))) << good;
  }
  for (const char* bad : {"CN=gw-a.example", "C=CH, CN=*", "gw-b.example", "a.wild.example", "gw-a.example.",
                          "192.0.2.2", "2001:db8::1", "other@example", "keyid:gw-a.example", "%any"}) {
    EXPECT_FALSE(certificate->Confirms(Id(bad))) << bad;
  }
}

TEST(Certificate, TheCommonNameIsNoDnsName) {
  EXPECT_FALSE(TestCa().Issue({.subject = "CN=gw-a.example"}).certificate->Confirms(Id("gw-a.example")));
}

TEST(Certificate, AnEmptySubjectConfirmsNobody) {
  const auto certificate = TestCa().Issue({.subject = "", .alternative_names = {"DNS:gw.example"}}).certificate;
  EXPECT_FALSE(certificate->Confirms(certificate->SubjectIdentity()));
  EXPECT_TRUE(certificate->Confirms(Id("gw.example")));
}

// A NUL inside a name once made "gw.example\0.evil.example" equal to "gw.example".
TEST(Certificate, ANameEndsWhereItsLengthSays) {
  const auto certificate = TestCa().Issue({.alternative_names = {"DNS:gw.example.evil"}}).certificate;
  base::Bytes der = base::ToBytes(certificate->der());
  const absl::string_view name = "gw.example.evil";
  const auto at = std::search(der.begin(), der.end(), name.begin(), name.end());
  ASSERT_NE(at, der.end());
  at[10] = 0;
  const auto changed = Certificate::Parse(der);  // its signature is broken now, which is not looked at here
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_FALSE((*changed)->Confirms(Id("gw.example")));
}

TEST(Certificate, JunkIsRefused) {
  const auto certificate = TestCa().Issue({}).certificate;
  const base::ByteView der = certificate->der();
  base::Bytes longer = base::ToBytes(der);
  longer.push_back(0);
  EXPECT_FALSE(Certificate::Parse(longer).ok());
  EXPECT_FALSE(Certificate::Parse({}).ok());
  EXPECT_FALSE(Certificate::Parse(base::Bytes(kMaxCertificateBytes + 1)).ok());
  for (size_t size = 0; size < der.size(); ++size) EXPECT_FALSE(Certificate::Parse(der.first(size)).ok()) << size;
}

}  // namespace
}  // namespace culvert::pki
