// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "libs/pki/testing/test_ca.h"

namespace culvert::pki {
namespace {

using testing::CertificateSpec;
using ::testing::HasSubstr;
using testing::kNow;
using testing::TestCa;
using enum CertificateFault;

class ValidationTest : public ::testing::Test {
 protected:
  ChainQuestion Question(CertificatePtr leaf, std::vector<CertificatePtr> intermediates = {}) {
    return {.leaf = std::move(leaf),
            .intermediates = std::move(intermediates),
            .anchors = {root_.certificate()},
            .now = kNow,
            .mode = RevocationMode::kDisabled,
            .evidence = nullptr,
            .stapled = {}};
  }
  CertificateFault FaultOf(const CertificateSpec& spec) {
    return VerifyChain(Question(root_.Issue(spec).certificate)).fault;
  }

  TestCa root_{{.subject = "CN=Root"}};
  TestCa intermediate_{{.subject = "CN=Intermediate"}, root_};
};

TEST_F(ValidationTest, ALeafOfTheAnchor) {
  const auto leaf = root_.Issue({}).certificate;
  const Verdict verdict = VerifyChain(Question(leaf));
  ASSERT_TRUE(verdict.ok()) << verdict.what;
  EXPECT_EQ(verdict.chain, (std::vector<CertificatePtr>{leaf, root_.certificate()}));
}

TEST_F(ValidationTest, ThroughAnIntermediate) {
  const auto leaf = intermediate_.Issue({}).certificate;
  EXPECT_EQ(VerifyChain(Question(leaf)).fault, kUntrusted) << "the intermediate is missing";
  const Verdict verdict = VerifyChain(Question(leaf, {root_.certificate(), intermediate_.certificate()}));
  ASSERT_TRUE(verdict.ok()) << verdict.what;
  EXPECT_EQ(verdict.chain.size(), 3u);
}

TEST_F(ValidationTest, APinMayBeAnIntermediateOrTheLeafItself) {
  const auto leaf = intermediate_.Issue({}).certificate;
  ChainQuestion question = Question(leaf);
  question.anchors = {intermediate_.certificate()};
  EXPECT_TRUE(VerifyChain(question).ok());
  question.anchors = {leaf};
  EXPECT_TRUE(VerifyChain(question).ok());
}

// fields.md 3: other CA → CERT_UNTRUSTED, also when it has the same name.
TEST_F(ValidationTest, AnotherCaIsNotTrusted) {
  const TestCa other({.subject = "CN=Other"}), impostor({.subject = "CN=Root"});
  EXPECT_EQ(VerifyChain(Question(other.Issue({}).certificate, {other.certificate()})).fault, kUntrusted);
  const Verdict verdict = VerifyChain(Question(impostor.Issue({.subject = "CN=gw"}).certificate));
  EXPECT_EQ(verdict.fault, kUntrusted);
  EXPECT_EQ(verdict.certificate, "CN=gw");
  EXPECT_THAT(verdict.what, HasSubstr("CN=Root"));
  ChainQuestion nobody = Question(root_.Issue({}).certificate);
  nobody.anchors.clear();
  EXPECT_EQ(VerifyChain(nobody).fault, kUntrusted);
}

TEST_F(ValidationTest, ASelfSignedStrangerIsNotTrusted) {
  EXPECT_EQ(VerifyChain(Question(TestCa({.subject = "CN=gw"}).certificate())).fault, kUntrusted);
}

// fields.md 3: expired → CERT_EXPIRED.
TEST_F(ValidationTest, DatesAreKept) {
  const auto day = absl::Hours(24);
  EXPECT_EQ(FaultOf({.not_before = kNow - 2 * day, .not_after = kNow - day}), kExpired);
  EXPECT_EQ(FaultOf({.not_before = kNow + day, .not_after = kNow + 2 * day}), kNotYetValid);
  const TestCa old({.subject = "CN=Old", .not_before = kNow - 2 * day, .not_after = kNow - day}, root_);
  const Verdict verdict = VerifyChain(Question(old.Issue({}).certificate, {old.certificate()}));
  EXPECT_EQ(verdict.fault, kExpired);
  EXPECT_EQ(verdict.certificate, "CN=Old");
  EXPECT_EQ(verdict.what, "expired 2026-05-31T12:00:00Z");
  EXPECT_FALSE(verdict.clock_suspect);
}

TEST_F(ValidationTest, AClockThatNeverWasSetIsSuspected) {
  ChainQuestion question = Question(root_.Issue({}).certificate);
  question.now = absl::UnixEpoch();
  const Verdict verdict = VerifyChain(question);
  EXPECT_EQ(verdict.fault, kNotYetValid);
  EXPECT_TRUE(verdict.clock_suspect);
}

// A certificate signed by a leaf's key: the oldest trick of all.
TEST_F(ValidationTest, OnlyACaIssues) {
  const auto leaf = root_.Issue({.subject = "CN=No CA"});
  const auto below = testing::IssueBy(leaf, {.subject = "CN=gw"});
  const Verdict verdict = VerifyChain(Question(below.certificate, {leaf.certificate}));
  EXPECT_EQ(verdict.fault, kInvalid) << verdict.what;
  EXPECT_EQ(verdict.certificate, "CN=No CA");
}

TEST_F(ValidationTest, NameConstraintsOfAnIntermediateBind) {
  const TestCa bound({.subject = "CN=Bound", .name_constraints = "critical,permitted;DNS:.example"}, root_);
  const auto fault = [&](const char* name) {
    return VerifyChain(Question(bound.Issue({.alternative_names = {name}}).certificate, {bound.certificate()})).fault;
  };
  EXPECT_EQ(fault("DNS:gw.example"), kNone);
  EXPECT_EQ(fault("DNS:gw.evil"), kInvalid);
}

// RFC 4945 5.1.3.2
TEST_F(ValidationTest, KeyUsageMustAllowSignatures) {
  EXPECT_EQ(FaultOf({.key_usage = ""}), kNone);
  EXPECT_EQ(FaultOf({.key_usage = "digitalSignature"}), kNone);
  EXPECT_EQ(FaultOf({.key_usage = "nonRepudiation,keyEncipherment"}), kNone);
  EXPECT_EQ(FaultOf({.key_usage = "keyEncipherment"}), kInvalid);
}

// RFC 4945 5.1.3.12
TEST_F(ValidationTest, ExtendedKeyUsageMustSuit) {
  for (const char* good : {"", "1.3.6.1.5.5.7.3.17", "1.3.6.1.5.5.8.2.2", "anyExtendedKeyUsage", "serverAuth",
                           "emailProtection,clientAuth"}) {
    EXPECT_EQ(FaultOf({.extended_key_usage = good}), kNone) << good;
  }
  EXPECT_EQ(FaultOf({.extended_key_usage = "codeSigning,emailProtection"}), kInvalid);
}

TEST_F(ValidationTest, Sha1OnACertificateIsNoSignature) {
  EXPECT_EQ(FaultOf({.sha1 = true}), kInvalid);
}

TEST_F(ValidationTest, AChainIsOnlySoLong) {
  std::vector<CertificatePtr> chain;
  std::unique_ptr<TestCa> ca = std::make_unique<TestCa>(CertificateSpec{.subject = "CN=0"}, root_);
  for (int i = 1; i <= kMaxChainDepth + 1; ++i) {
    chain.push_back(ca->certificate());
    ca = std::make_unique<TestCa>(CertificateSpec{.subject = absl::StrCat("CN=", i)}, *ca);
  }
  chain.push_back(ca->certificate());
  EXPECT_EQ(VerifyChain(Question(ca->Issue({}).certificate, chain)).fault, kUntrusted);
}

TEST_F(ValidationTest, EveryKindOfKey) {
  for (const KeyType type : {KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384, KeyType::kEcP521, KeyType::kEd25519}) {
    const TestCa ca({.subject = "CN=CA", .key = type});
    ChainQuestion question = Question(ca.Issue({.key = type}).certificate);
    question.anchors = {ca.certificate()};
    EXPECT_TRUE(VerifyChain(question).ok()) << ToString(type);
  }
}

// A run of certificates that all claim to issue each other must end quickly and without trust.
TEST_F(ValidationTest, CyclesEnd) {
  std::vector<CertificatePtr> many;
  const TestCa a({.subject = "CN=A"}), b({.subject = "CN=B"});
  for (int i = 0; i < 4; ++i) {
    many.push_back(testing::IssueBy(a.self(), {.subject = "CN=B", .ca = true}).certificate);
    many.push_back(testing::IssueBy(b.self(), {.subject = "CN=A", .ca = true}).certificate);
  }
  EXPECT_EQ(VerifyChain(Question(a.Issue({}).certificate, many)).fault, kUntrusted);
}

}  // namespace
}  // namespace culvert::pki
