// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/diagnoses_ikev1.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

Circumstance At(Phase phase, Side side = Side::kResponder) {
  return {"legacy", "198.51.100.7:500", phase, side, absl::UnixEpoch()};
}

ipsec::TrafficSelector Net(absl::string_view text) {
  return ipsec::TrafficSelector::Parse(text).value();
}

const ipsec::Identity kUs = testing::Id("gw-a.example");
const ipsec::Identity kThem = testing::Id("gw-b.example");

TEST(DiagnosesIkev1, EachNamesItsCodeItsFieldAndACure) {
  const std::vector<ipsec::Proposal> ike = testing::Ike({"3des-sha1-modp1536"});
  const Circumstance main = At(Phase::kMainMode), first = At(Phase::kMainMode, Side::kInitiator);
  const Circumstance aggressive = At(Phase::kAggressiveMode), quick = At(Phase::kQuickMode);
  const Circumstance transaction = At(Phase::kTransaction);
  const SubnetPair pair = {{Net("10.1.0.0/24")}, {Net("10.9.0.0/16")}};
  struct Row {
    Diagnosis told;
    DiagnosisCode code;
    const char* field;
  };
  const Row rows[] = {
      {KeysMakeNoise(main, "psk"), DiagnosisCode::kPskMismatch, "secrets[psk].psk"},
      {MessageFiveRefused(first, "psk", "PAYLOAD_MALFORMED"), DiagnosisCode::kPskMismatch, "secrets[psk].psk"},
      {HashMismatch(aggressive, "psk", kUs, kThem), DiagnosisCode::kPskMismatch, "secrets[psk].psk"},
      {PeerRefusedPhase1(first, "", kUs, "AUTHENTICATION_FAILED"), DiagnosisCode::kPeerRefusedAuthentication,
       "tunnels[legacy].authentication"},
      {PeerRefusedPhase1Proposals(first, ike, "pre-shared key"), DiagnosisCode::kIkeProposalMismatch,
       "tunnels[legacy].ike.proposals"},
      {Phase1MethodMismatch(main, "RSA signatures", "pre-shared key"), DiagnosisCode::kAuthMethodMismatch,
       "tunnels[legacy].authentication"},
      {ModeMismatch(main, IkeMode::kMain, IkeMode::kAggressive), DiagnosisCode::kModeMismatch,
       "tunnels[legacy].ike.mode"},
      {AggressivePskRefused(aggressive), DiagnosisCode::kAggressivePskRefused,
       "tunnels[legacy].ike.allow_weak_aggressive_psk"},
      {PeerSpeaksIkev2(first), DiagnosisCode::kVersionMismatch, "tunnels[legacy].ike.version"},
      {DowngradeRefused(main), DiagnosisCode::kDowngradeRefused, "tunnels[legacy].ike.version"},
      {NatTraversalMissing(main, "a NAT was noticed"), DiagnosisCode::kNatTraversalMissing,
       "tunnels[legacy].encapsulation"},
      {XauthMismatch(main, true), DiagnosisCode::kAuthMethodMismatch, "tunnels[legacy].xauth.enabled"},
      {XauthRolesCollide(main, true), DiagnosisCode::kAuthMethodMismatch, "tunnels[legacy].xauth.role"},
      {XauthRefused(transaction, "alice", "the password is wrong"), DiagnosisCode::kXauthFailed,
       "tunnels[legacy].xauth.users"},
      {XauthFailed(transaction, "alice"), DiagnosisCode::kXauthFailed, "tunnels[legacy].xauth.password"},
      {XauthTooManyFailures(transaction, "alice"), DiagnosisCode::kXauthFailed, "tunnels[legacy].xauth.users"},
      {PairUnknown(quick, Net("10.1.0.0/24"), Net("10.9.9.0/24"), {&pair, 1}),
       DiagnosisCode::kTrafficSelectorsUnacceptable, "tunnels[legacy].remote.subnets"},
      {PeerRefusedPair(quick, pair.local, pair.remote, "INVALID_ID_INFORMATION"),
       DiagnosisCode::kTrafficSelectorsUnacceptable, "tunnels[legacy].remote.subnets"},
  };
  for (const auto& [told, code, field] : rows) {
    EXPECT_EQ(told.code, code) << told.summary;
    EXPECT_EQ(told.field, field) << told.summary;
    EXPECT_FALSE(told.summary.empty() || told.expected.empty() || told.received.empty()) << told.summary;
    EXPECT_FALSE(told.likely_causes.empty() || told.fixes.empty()) << told.summary;
    EXPECT_EQ(told.tunnel, "legacy");
    EXPECT_EQ(told.peer, "198.51.100.7:500");
  }
}

TEST(DiagnosesIkev1, MessageFiveThatDoesNotDecryptIsAnotherKey) {
  const Diagnosis d = KeysMakeNoise(At(Phase::kMainMode), "psk");
  EXPECT_THAT(d.summary, HasSubstr("Message 5 of Main Mode does not decrypt: the pre-shared keys differ"));
  EXPECT_THAT(d.fixes, Contains(HasSubstr("secret explain --ike-version IKEV1 --mode MAIN")));
}

// The initiator sees less: a refusal that is no longer the peer's word for it, or silence.
TEST(DiagnosesIkev1, SilenceAfterMessageFiveMayBeMore) {
  const Circumstance c = At(Phase::kMainMode, Side::kInitiator);
  EXPECT_THAT(MessageFiveRefused(c, "psk", "").likely_causes, Contains(HasSubstr("UDP 4500")));
  EXPECT_THAT(MessageFiveRefused(c, "psk", "INVALID_PAYLOAD_TYPE").likely_causes, Not(Contains(HasSubstr("UDP 4500"))));
}

TEST(DiagnosesIkev1, AMethodIsNegotiatedWithTheAlgorithms) {
  const Diagnosis d = PeerRefusedPhase1Proposals(At(Phase::kMainMode, Side::kInitiator),
                                                 testing::Ike({"3des-sha1-modp1536"}), "pre-shared key with XAUTH");
  EXPECT_EQ(d.expected, "3des-sha1-modp1536; pre-shared key with XAUTH");
  EXPECT_THAT(d.fixes, Contains(HasSubstr("tunnels[legacy].xauth.enabled")));
}

// fields.md 10: the pair that was asked for, and those there are.
TEST(DiagnosesIkev1, APairThatIsNotConfiguredIsNamedBesideThoseThatAre) {
  const SubnetPair pairs[] = {{{Net("10.1.0.0/24")}, {Net("10.9.0.0/16")}},
                              {{Net("10.2.0.0/24")}, {Net("10.8.0.0/16")}}};
  const Diagnosis narrower = PairUnknown(At(Phase::kQuickMode), Net("10.1.0.0/25"), Net("10.9.0.0/16"), pairs);
  EXPECT_EQ(narrower.field, "tunnels[legacy].local.subnets");
  EXPECT_EQ(narrower.expected, "10.1.0.0/24 === 10.9.0.0/16, 10.2.0.0/24 === 10.8.0.0/16");
  EXPECT_EQ(narrower.received, "10.1.0.0/25 === 10.9.0.0/16");
  const Diagnosis crossed = PairUnknown(At(Phase::kQuickMode), Net("10.1.0.0/24"), Net("10.8.0.0/16"), pairs);
  EXPECT_THAT(crossed.likely_causes, Contains(HasSubstr("not the two together")));
}

TEST(DiagnosesIkev1, WhatAPeerCallsItselfIsEscaped) {
  EXPECT_THAT(XauthRefused(At(Phase::kTransaction), "al\x1b[2J", "no such user").summary, HasSubstr("al\\x1b[2J"));
}

}  // namespace
}  // namespace culvert::iked
