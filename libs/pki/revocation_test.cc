// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/revocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/pki/testing/test_ca.h"
#include "libs/pki/validation.h"

namespace culvert::pki {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Issued;
using testing::kNow;
using testing::TestCa;
using enum RevocationState;

constexpr char kCrlUrl[] = "http://pki.example/ca.crl";
constexpr char kOcspUrl[] = "http://ocsp.example/";

class RevocationTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Crl> CrlOf(const TestCa& ca, const std::vector<CertificatePtr>& revoked,
                                   const TestCa::CrlSpec& spec = {}) {
    auto crl = Crl::Parse(ca.Crl(revoked, spec));
    EXPECT_TRUE(crl.ok()) << crl.status();
    return crl.value_or(nullptr);
  }
  RevocationFinding ByCrl(std::shared_ptr<const Crl> crl) {
    return FindRevocation(*gw_.certificate, *ca_.certificate(), {.crls = {std::move(crl)}, .ocsp_answers = {}}, kNow);
  }
  RevocationFinding ByOcsp(const TestCa::OcspSpec& spec) {
    auto answer = OcspAnswer::Parse(ca_.OcspAnswer(*gw_.certificate, spec), {});
    EXPECT_TRUE(answer.ok()) << answer.status();
    return FindRevocation(*gw_.certificate, *ca_.certificate(),
                          {.crls = {}, .ocsp_answers = {{gw_.certificate->fingerprint(), *answer}}}, kNow);
  }

  TestCa ca_{{.subject = "CN=CA"}};
  Issued gw_ = ca_.Issue({.subject = "CN=gw", .crl_urls = {kCrlUrl}, .ocsp_urls = {kOcspUrl}});
  Issued other_ = ca_.Issue({.subject = "CN=other"});
};

TEST_F(RevocationTest, ACrlListsTheRevoked) {
  EXPECT_EQ(ByCrl(CrlOf(ca_, {})).state, kGood);
  EXPECT_EQ(ByCrl(CrlOf(ca_, {other_.certificate})).state, kGood);
  const RevocationFinding revoked = ByCrl(CrlOf(ca_, {other_.certificate, gw_.certificate}));
  EXPECT_EQ(revoked.state, kRevoked);
  EXPECT_EQ(revoked.what, "revoked since 2026-05-30T12:00:00Z");
}

TEST_F(RevocationTest, AnOldCrlVouchesForNobodyButStillRevokes) {
  const TestCa::CrlSpec old = {.this_update = kNow - absl::Hours(48), .next_update = kNow - absl::Hours(24)};
  EXPECT_EQ(ByCrl(CrlOf(ca_, {}, old)).state, kUnknown);
  EXPECT_THAT(ByCrl(CrlOf(ca_, {}, old)).what, HasSubstr("expired 2026-05-31"));
  EXPECT_EQ(ByCrl(CrlOf(ca_, {gw_.certificate}, old)).state, kRevoked);
  EXPECT_EQ(ByCrl(CrlOf(ca_, {}, {.this_update = kNow + absl::Hours(1)})).state, kUnknown) << "of the future";
  EXPECT_EQ(ByCrl(CrlOf(ca_, {}, {.next_update = absl::InfiniteFuture()})).state, kGood);
}

TEST_F(RevocationTest, ACrlCountsOnlyFromItsCa) {
  const TestCa other({.subject = "CN=Other"}), impostor({.subject = "CN=CA"});
  EXPECT_EQ(ByCrl(CrlOf(other, {gw_.certificate})).state, kUnknown);
  EXPECT_EQ(ByCrl(CrlOf(impostor, {gw_.certificate})).state, kUnknown);
  const TestCa no_crls({.subject = "CN=X", .key_usage = "keyCertSign"});
  EXPECT_FALSE(CrlOf(no_crls, {})->IssuedBy(*no_crls.certificate()));
}

// RFC 5280 5.2.5
TEST_F(RevocationTest, ACrlSpeaksOfItsScope) {
  EXPECT_EQ(ByCrl(CrlOf(ca_, {}, {.scope = "critical,onlyuser:TRUE"})).state, kGood);
  EXPECT_EQ(ByCrl(CrlOf(ca_, {}, {.scope = "critical,onlyCA:TRUE"})).state, kUnknown);
  EXPECT_EQ(ByCrl(CrlOf(ca_, {}, {.scope = absl::StrCat("critical,fullname:URI:", kCrlUrl)})).state, kGood);
  EXPECT_EQ(ByCrl(CrlOf(ca_, {}, {.scope = "critical,fullname:URI:http://pki.example/other.crl"})).state, kUnknown);
  EXPECT_EQ(Crl::Parse(ca_.Crl({}, {.scope = "critical,indirectCRL:TRUE"})).status().code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(Crl::Parse(ca_.Crl({}, {.scope = "critical,onlysomereasons:keyCompromise"})).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST_F(RevocationTest, CrlJunkIsRefused) {
  const base::Bytes der = ca_.Crl({gw_.certificate});
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(Crl::Parse(base::ByteView(der).first(size)).ok()) << size;
  }
  EXPECT_FALSE(Crl::Parse(base::Bytes(kMaxCrlBytes + 1)).ok());
}

TEST_F(RevocationTest, OcspSaysGoodOrRevoked) {
  EXPECT_EQ(ByOcsp({}).state, kGood);
  EXPECT_EQ(ByOcsp({.revoked = true}).state, kRevoked);
  EXPECT_EQ(ByOcsp({.next_update = kNow - absl::Minutes(1)}).state, kUnknown);
  EXPECT_EQ(ByOcsp({.this_update = kNow + absl::Hours(1)}).state, kUnknown);
}

// RFC 6960 4.2.2.2: the CA itself, or one that it made for OCSP signing.
TEST_F(RevocationTest, OcspAnswersCountFromTheCaOrItsDelegate) {
  const Issued delegate = ca_.Issue({.subject = "CN=OCSP", .extended_key_usage = "OCSPSigning"});
  const Issued expired = ca_.Issue({.subject = "CN=OCSP",
                                    .not_before = kNow - absl::Hours(2),
                                    .not_after = kNow - absl::Hours(1),
                                    .extended_key_usage = "OCSPSigning"});
  const TestCa other({.subject = "CN=CA"});
  const Issued stranger = other.Issue({.subject = "CN=OCSP", .extended_key_usage = "OCSPSigning"});
  EXPECT_EQ(ByOcsp({.signer = &delegate}).state, kGood);
  EXPECT_EQ(ByOcsp({.signer = &other_}).state, kUnknown) << "not made for OCSP";
  EXPECT_EQ(ByOcsp({.signer = &expired}).state, kUnknown);
  EXPECT_EQ(ByOcsp({.revoked = true, .signer = &stranger}).state, kUnknown);
  EXPECT_EQ(ByOcsp({.signer = &other.self()}).state, kUnknown);
}

TEST_F(RevocationTest, AnOcspIntermediateMayVouchToo) {
  const TestCa below({.subject = "CN=Below"}, ca_);
  const Issued leaf = below.Issue({});
  const auto answer = OcspAnswer::Parse(below.OcspAnswer(*leaf.certificate, {}), {});
  ASSERT_TRUE(answer.ok());
  EXPECT_TRUE((*answer)->StatusOf(*leaf.certificate, *below.certificate(), kNow).has_value());
  EXPECT_FALSE((*answer)->StatusOf(*other_.certificate, *below.certificate(), kNow).has_value());
}

TEST_F(RevocationTest, AnOcspAnswerToAnotherRequestIsRefused) {
  const base::Bytes nonce(kOcspNonceBytes, 7), other(kOcspNonceBytes, 8);
  const base::Bytes with = ca_.OcspAnswer(*gw_.certificate, {.nonce = nonce});
  EXPECT_TRUE(OcspAnswer::Parse(with, nonce).ok());
  EXPECT_FALSE(OcspAnswer::Parse(with, other).ok());
  EXPECT_FALSE(OcspAnswer::Parse(with, {}).ok());
  EXPECT_TRUE(OcspAnswer::Parse(ca_.OcspAnswer(*gw_.certificate, {}), nonce).ok()) << "RFC 5019: from a store";
}

TEST_F(RevocationTest, OcspJunkIsRefused) {
  const base::Bytes der = ca_.OcspAnswer(*gw_.certificate, {});
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(OcspAnswer::Parse(base::ByteView(der).first(size), {}).ok()) << size;
  }
  const base::Bytes try_later = base::FromHex("30030a0103");
  EXPECT_EQ(OcspAnswer::Parse(try_later, {}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RevocationTest, ARequestNamesTheCertificateAndHoldsTheNonce) {
  const base::Bytes nonce(kOcspNonceBytes, 0x5A);
  const base::Bytes request = OcspRequest(*gw_.certificate, *ca_.certificate(), nonce);
  EXPECT_THAT(base::ToHex(request), HasSubstr(base::ToHex(nonce)));
  EXPECT_THAT(base::ToHex(request), HasSubstr(absl::AsciiStrToLower(gw_.certificate->serial())));
}

// What a chain's verdict makes of it.
class ChainRevocationTest : public RevocationTest {
 protected:
  Verdict Ask(RevocationMode mode, std::vector<std::shared_ptr<const Crl>> crls) {
    return VerifyChain({.leaf = gw_.certificate,
                        .intermediates = {},
                        .anchors = {ca_.certificate()},
                        .now = kNow,
                        .mode = mode,
                        .evidence = std::make_shared<RevocationEvidence>(
                            RevocationEvidence{.crls = std::move(crls), .ocsp_answers = {}}),
                        .stapled = {}});
  }
};

TEST_F(ChainRevocationTest, NobodyKnows) {
  const Verdict lax = Ask(RevocationMode::kIfAvailable, {});
  EXPECT_TRUE(lax.ok());
  std::vector<std::string> urls;
  for (const RevocationSource& source : lax.unknown) urls.push_back(source.url);
  EXPECT_THAT(urls, ElementsAre(kOcspUrl, kCrlUrl)) << "the certificate alone first";
  const Verdict strict = Ask(RevocationMode::kStrict, {});
  EXPECT_EQ(strict.fault, CertificateFault::kRevocationUnknown);
  EXPECT_EQ(strict.unknown.size(), 2u);
  EXPECT_TRUE(Ask(RevocationMode::kDisabled, {}).unknown.empty());
}

// fields.md 3: revoked → CERT_REVOKED.
TEST_F(ChainRevocationTest, SomebodyKnows) {
  const auto clean = CrlOf(ca_, {}), listed = CrlOf(ca_, {gw_.certificate});
  EXPECT_TRUE(Ask(RevocationMode::kStrict, {clean}).ok());
  EXPECT_TRUE(Ask(RevocationMode::kStrict, {clean}).unknown.empty());
  EXPECT_EQ(Ask(RevocationMode::kStrict, {clean, listed}).fault, CertificateFault::kRevoked);
  EXPECT_EQ(Ask(RevocationMode::kIfAvailable, {listed}).fault, CertificateFault::kRevoked);
  EXPECT_EQ(Ask(RevocationMode::kIfAvailable, {listed}).certificate, "CN=gw");
  EXPECT_TRUE(Ask(RevocationMode::kDisabled, {listed}).ok());
}

TEST_F(ChainRevocationTest, ARevokedIntermediateTakesItsLeavesAlong) {
  const TestCa below({.subject = "CN=Below"}, ca_);
  const Issued leaf = below.Issue({.subject = "CN=leaf"});
  const Verdict verdict = VerifyChain({.leaf = leaf.certificate,
                                       .intermediates = {below.certificate()},
                                       .anchors = {ca_.certificate()},
                                       .now = kNow,
                                       .mode = RevocationMode::kStrict,
                                       .evidence = std::make_shared<RevocationEvidence>(RevocationEvidence{
                                           .crls = {CrlOf(ca_, {below.certificate()})}, .ocsp_answers = {}}),
                                       .stapled = {}});
  EXPECT_EQ(verdict.fault, CertificateFault::kRevoked);
  EXPECT_EQ(verdict.certificate, "CN=Below");
}

// No URL of a stranger's is fetched.
TEST_F(ChainRevocationTest, WhoIsNotTrustedNamesNoUrls) {
  const TestCa stranger({.subject = "CN=Stranger"});
  const auto leaf = stranger.Issue({.crl_urls = {"http://evil.example/"}}).certificate;
  const Verdict verdict = VerifyChain({.leaf = leaf,
                                       .intermediates = {stranger.certificate()},
                                       .anchors = {ca_.certificate()},
                                       .now = kNow,
                                       .mode = RevocationMode::kStrict,
                                       .evidence = nullptr,
                                       .stapled = {}});
  EXPECT_EQ(verdict.fault, CertificateFault::kUntrusted);
  EXPECT_TRUE(verdict.unknown.empty());
}

}  // namespace
}  // namespace culvert::pki
