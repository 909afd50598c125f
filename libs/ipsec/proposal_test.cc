// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/proposal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::ipsec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Proposals = std::vector<Proposal>;

Proposal Ike(absl::string_view text) {
  return ParseProposal(Protocol::kIke, text).value();
}
Proposal Esp(absl::string_view text) {
  return ParseProposal(Protocol::kEsp, text).value();
}
std::string Error(Protocol protocol, absl::string_view text) {
  const auto proposal = ParseProposal(protocol, text);
  return proposal.ok() ? "ok" : std::string(proposal.status().message());
}
std::string Chosen(const Proposals& ours, const Proposals& theirs) {
  const auto choice = Choose(ours, theirs);
  return choice ? choice->suite.ToString() : "none";
}

TEST(ParseProposal, PrintsAsItReads) {
  for (const char* text :
       {"aes256gcm16-prfsha384-x25519", "aes256-sha256-modp2048", "aes128-aes256-sha256-modp2048", "3des-sha1-modp1536",
        "aes128-sha256-prfsha512-ecp256-x25519", "chacha20poly1305-prfsha256-x448"}) {
    EXPECT_EQ(Ike(text).ToString(), text);
  }
  for (const char* text : {"aes256gcm16", "aes256gcm16-x25519", "aes128-sha256", "aes256gcm16-x25519-esn",
                           "aes128-sha1-modp1024-esn-noesn", "aes256gcm16-x25519-modpnone"}) {
    EXPECT_EQ(Esp(text).ToString(), text);
  }
}

TEST(ParseProposal, WordsComeInAnyOrderAndPrintInOne) {
  EXPECT_EQ(Ike("modp2048-sha256-aes256").ToString(), "aes256-sha256-modp2048");
  EXPECT_EQ(Ike("AES256-SHA2_256-MODP2048"), Ike("aes256-sha256-modp2048"));
}

TEST(ParseProposal, ThePrfFollowsTheIntegrityAlgorithms) {
  const Proposal proposal = Ike("aes128-sha256-sha1-modp2048");
  EXPECT_THAT(proposal.prf, ElementsAre(FindKeyword("prfsha256"), FindKeyword("prfsha1")));
  EXPECT_TRUE(Esp("aes128-sha256").prf.empty());
}

TEST(ParseProposal, SaysWhatIsWrong) {
  EXPECT_THAT(Error(Protocol::kIke, "aes265-sha256-modp2048"),
              HasSubstr("unknown algorithm \"aes265\"; did you mean \"aes256\"?"));
  EXPECT_THAT(Error(Protocol::kIke, ""), HasSubstr("unknown algorithm \"\""));
  EXPECT_THAT(Error(Protocol::kIke, "aes256--modp2048"), HasSubstr("unknown algorithm \"\""));
  EXPECT_THAT(Error(Protocol::kIke, "sha256-modp2048"), HasSubstr("no encryption algorithm"));
  EXPECT_THAT(Error(Protocol::kIke, "aes256-modp2048"), HasSubstr("no integrity algorithm"));
  EXPECT_THAT(Error(Protocol::kIke, "aes256-prfsha256-modp2048"), HasSubstr("no integrity algorithm"));
  EXPECT_THAT(Error(Protocol::kIke, "aes256-sha256"), HasSubstr("no key exchange group"));
  EXPECT_THAT(Error(Protocol::kIke, "aes256gcm16-x25519"), HasSubstr("no PRF"));
  EXPECT_THAT(Error(Protocol::kIke, "aes256gcm16-sha256-x25519"), HasSubstr("or write \"prfsha256\""));
  EXPECT_THAT(Error(Protocol::kIke, "aes256gcm16-aes256-sha256-x25519"), HasSubstr("proposals of their own"));
  EXPECT_THAT(Error(Protocol::kIke, "aes256-aes256-sha256-x25519"), HasSubstr("there twice"));
  EXPECT_THAT(Error(Protocol::kIke, "aes256-sha256-x25519-esn"), HasSubstr("no place in IKE"));
  EXPECT_THAT(Error(Protocol::kIke, "aes256-sha256-modpnone"), HasSubstr("no place in IKE"));
  EXPECT_THAT(Error(Protocol::kEsp, "aes256gcm16-prfsha256"), HasSubstr("no place in ESP"));
  EXPECT_THAT(Error(Protocol::kEsp, "aes256gcm16-sha256"), HasSubstr("drop \"sha256\""));
  EXPECT_THAT(Error(Protocol::kEsp, "aes256gcm16-nointeg"), HasSubstr("no place in ESP"));
  EXPECT_THAT(Error(Protocol::kEsp, "aes256"), HasSubstr("no integrity algorithm"));
}

TEST(Choose, OurOrderDecides) {
  EXPECT_EQ(Chosen({Ike("aes256-aes128-sha256-modp2048-x25519")}, {Ike("aes128-aes256-sha1-sha256-x25519-modp2048")}),
            "aes256-sha256-modp2048");
  EXPECT_EQ(
      Chosen({Ike("aes256gcm16-prfsha384-x25519"), Ike("aes128-sha256-modp2048")}, {Ike("aes128-sha256-modp2048")}),
      "aes128-sha256-modp2048");
}

TEST(Choose, TellsWhichProposalsMatched) {
  const Proposals ours = {Ike("aes256gcm16-prfsha384-x25519"), Ike("aes128-sha256-modp2048")};
  const Proposals theirs = {Ike("3des-md5-modp1024"), Ike("aes256-sha256-modp2048"), Ike("aes128-sha256-modp2048")};
  const auto choice = Choose(ours, theirs);
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->ours, 1u);
  EXPECT_EQ(choice->theirs, 2u);
}

TEST(Choose, IsStrict) {
  const Proposals ours = {Ike("aes256-sha256-modp2048")};
  for (const char* theirs :
       {"aes128-sha256-modp2048", "aes256-sha1-prfsha256-modp2048", "aes256-sha256-prfsha1-modp2048",
        "aes256-sha256-modp3072", "aes256gcm16-prfsha256-modp2048"}) {
    EXPECT_EQ(Chosen(ours, {Ike(theirs)}), "none") << theirs;
  }
  EXPECT_EQ(Chosen(ours, {}), "none");
  EXPECT_EQ(Chosen({}, ours), "none");
  EXPECT_EQ(Chosen(ours, {Esp("aes256-sha256-modp2048")}), "none");
}

// RFC 7296 3.3.2, 3.3.3: what is left out is NONE.
TEST(Choose, AbsentMeansNone) {
  EXPECT_EQ(Chosen({Esp("aes128gcm16")}, {Esp("aes128gcm16-modpnone-noesn")}), "aes128gcm16");
  EXPECT_EQ(Chosen({Esp("aes128gcm16")}, {Esp("aes128gcm16-x25519")}), "none");
  EXPECT_EQ(Chosen({Esp("aes128gcm16-x25519")}, {Esp("aes128gcm16")}), "none");
  EXPECT_EQ(Chosen({Esp("aes128gcm16-x25519-modpnone")}, {Esp("aes128gcm16")}), "aes128gcm16");
  EXPECT_EQ(Chosen({Esp("aes128gcm16-esn")}, {Esp("aes128gcm16")}), "none");
  EXPECT_EQ(Chosen({Esp("aes128gcm16-esn-noesn")}, {Esp("aes128gcm16-noesn-esn")}), "aes128gcm16-esn");
  EXPECT_EQ(Chosen({Esp("aes128gcm16-x25519")}, {Esp("aes128gcm16-modp2048").WithoutKeyExchange()}), "none");
  EXPECT_EQ(
      Chosen({Esp("aes128gcm16-x25519").WithoutKeyExchange()}, {Esp("aes128gcm16-modp2048").WithoutKeyExchange()}),
      "aes128gcm16");
}

TEST(Choose, AnAeadTakesNoIntegrityAndOthersMust) {
  Proposal explicit_none = Esp("aes128gcm16");
  explicit_none.integ = {FindKeyword("nointeg")};  // as RFC 7296 3.3.2 allows peers to write it
  EXPECT_EQ(Chosen({Esp("aes128gcm16")}, {explicit_none}), "aes128gcm16");

  Proposal real = Esp("aes128gcm16");
  real.integ = {FindKeyword("sha256")};
  EXPECT_EQ(Chosen({Esp("aes128gcm16")}, {real}), "none");

  // A peer may mix ciphers in one proposal; each goes with what fits it.
  Proposal mixed = Esp("aes128-sha256");
  mixed.encr.push_back(FindKeyword("aes256gcm16"));
  EXPECT_EQ(Chosen({Esp("aes256gcm16")}, {mixed}), "none");
  EXPECT_EQ(Chosen({Esp("aes128-sha256")}, {mixed}), "aes128-sha256");
  mixed.integ.push_back(FindKeyword("nointeg"));
  EXPECT_EQ(Chosen({Esp("aes256gcm16")}, {mixed}), "aes256gcm16");

  Proposal bare = Esp("aes128-sha256");
  bare.integ.clear();  // a CBC cipher without integrity
  EXPECT_EQ(Chosen({Esp("aes128-sha256")}, {bare}), "none");
}

TEST(Choose, OurTruncationIsOurs) {
  EXPECT_EQ(Chosen({Esp("aes128-sha256_96")}, {Esp("aes128-sha256")}), "aes128-sha256_96");
  EXPECT_EQ(Chosen({Esp("aes128-sha256")}, {Esp("aes128-sha256_96")}), "aes128-sha256");
  EXPECT_EQ(Verify(Proposals{Esp("aes128-sha256_96")}, Esp("aes128-sha256"))->ToString(), "aes128-sha256_96");
  EXPECT_THAT(Error(Protocol::kEsp, "aes128-sha256-sha256_96"), HasSubstr("there twice"));
  EXPECT_THAT(Error(Protocol::kIke, "aes128-sha256_96-x25519"), HasSubstr("no place in IKE"));
}

TEST(Choose, UnreadableTransformsAreNotNone) {
  Proposal theirs = Esp("aes128gcm16");
  theirs.unknown = {{4, 99, 0}};  // only a group we do not know: not the same as no group
  EXPECT_EQ(Chosen({Esp("aes128gcm16")}, {theirs}), "none");
  theirs.dh = {FindKeyword("x25519")};  // one we know beside it
  EXPECT_EQ(Chosen({Esp("aes128gcm16-x25519")}, {theirs}), "aes128gcm16-x25519");
  theirs.unknown = {{6, 35, 0}};  // a kind we do not know: never (RFC 7296 3.3.6)
  EXPECT_EQ(Chosen({Esp("aes128gcm16-x25519")}, {theirs}), "none");
  theirs.unknown = {{2, 77, 0}};  // a PRF in ESP
  EXPECT_EQ(Chosen({Esp("aes128gcm16-x25519")}, {theirs}), "none");
}

TEST(Verify, AnAnswerHasOneOfEachAndNothingNew) {
  const Proposals ours = {Ike("aes256-aes128-sha256-modp2048-x25519")};
  EXPECT_EQ(Verify(ours, Ike("aes128-sha256-x25519"))->ToString(), "aes128-sha256-x25519");
  EXPECT_FALSE(Verify(ours, Ike("aes256-aes128-sha256-x25519")).has_value());
  EXPECT_FALSE(Verify(ours, Ike("3des-sha256-x25519")).has_value());
  Proposal answer = Ike("aes128-sha256-x25519");
  answer.unknown = {{1, 23, 128}};
  EXPECT_FALSE(Verify(ours, answer).has_value());
  answer = Ike("aes128-sha256-x25519");
  answer.dh.clear();
  EXPECT_FALSE(Verify(ours, answer).has_value());
}

TEST(Suite, PrintsThePrfWhenItIsNotTheIntegritysOwn) {
  EXPECT_EQ(Chosen({Ike("aes128-sha256-prfsha512-x25519")}, {Ike("aes128-sha256-prfsha512-x25519")}),
            "aes128-sha256-prfsha512-x25519");
}

TEST(Difference, NamesTheKindsThatDiffer) {
  EXPECT_THAT(
      Difference(Proposals{Ike("aes256gcm16-prfsha384-x25519")}, Proposals{Ike("aes256gcm16-prfsha384-modp2048")}),
      ElementsAre("DH: ours x25519; theirs modp2048"));
  EXPECT_THAT(Difference(Proposals{Ike("aes256-sha256-modp2048")}, Proposals{Ike("aes128-3des-sha256-sha1-modp2048")}),
              ElementsAre("ENCR: ours aes256; theirs aes128, 3des"));
  EXPECT_THAT(Difference(Proposals{Esp("aes128gcm16-x25519")}, Proposals{Esp("aes128gcm16")}),
              ElementsAre("DH: ours x25519; theirs none"));
  EXPECT_THAT(Difference(Proposals{Ike("aes128-sha256-x25519")}, Proposals{Ike("aes128-sha1-x25519")}),
              ElementsAre("INTEG: ours sha256; theirs sha1", "PRF: ours prfsha256; theirs prfsha1"));
}

TEST(Difference, TakesThePairThatComesNearest) {
  EXPECT_THAT(Difference(Proposals{Ike("aes256gcm16-prfsha384-x25519"), Ike("aes256-sha256-modp2048")},
                         Proposals{Ike("3des-md5-modp768"), Ike("aes128-sha256-modp2048")}),
              ElementsAre("ENCR: ours aes256; theirs aes128"));
}

TEST(Difference, ShowsWhatOnlyThePeerKnows) {
  Proposal theirs = Ike("aes128-sha256-x25519");
  theirs.encr.clear();
  theirs.unknown = {{1, 23, 256}, {6, 35, 0}};
  EXPECT_THAT(
      Difference(Proposals{Ike("aes128-sha256-x25519")}, Proposals{theirs}),
      ElementsAre("ENCR: ours aes128; theirs transform 23 (256 bits)", "they require transform type 6, unknown here"));
}

TEST(Difference, EdgesHaveWordsToo) {
  const Proposals ours = {Ike("aes128-sha256-x25519")};
  EXPECT_THAT(Difference(ours, ours), IsEmpty());
  EXPECT_THAT(Difference(ours, {}), ElementsAre("they offered nothing"));
  EXPECT_THAT(Difference({}, ours), ElementsAre("we accept nothing"));
  EXPECT_FALSE(Difference(ours, Proposals{Esp("aes128-sha256-x25519")}).empty());
}

}  // namespace
}  // namespace culvert::ipsec
