// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/secret_match.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "absl/strings/str_cat.h"

namespace culvert::ipsec {
namespace {

Identity Id(const std::string& text) {
  return Identity::Parse(text).value();
}

SecretSelectors Secret(const std::string& name, std::initializer_list<const char*> selectors) {
  SecretSelectors secret{name, {}};
  for (const char* text : selectors) secret.selectors.push_back(Id(text));
  return secret;
}

SecretQuery Query(const std::string& local, const std::string& remote, const std::string& local_address,
                  const std::string& remote_address) {
  SecretQuery query;
  query.local = Id(local);
  query.remote = Id(remote);
  query.local_address = base::IpAddress::Parse(local_address).value();
  query.remote_address = base::IpAddress::Parse(remote_address).value();
  return query;
}

SecretQuery MainMode(SecretQuery query) {
  query.addresses_only = true;
  return query;
}

std::string Used(const SecretMatcher& matcher, const SecretQuery& query) {
  const std::optional<size_t> index = matcher.FirstMatch(query);
  return index ? matcher.secrets()[*index].name : "none";
}

// The hashed lookup and the explanation are two readings of one rule.
std::string UsedByExplanation(const SecretMatcher& matcher, const SecretQuery& query) {
  for (const SecretCandidate& candidate : matcher.Explain(query)) {
    if (candidate.used) return matcher.secrets()[candidate.index].name;
  }
  return "none";
}

// The proof of fields.md section 20: main initiator and responder, aggressive, and IKEv2, on one list.
TEST(SecretMatchTest, TwelveRows) {
  const SecretMatcher matcher({
      Secret("own-file", {"gw-import.example"}),
      Secret("by-name", {"gw-b.example"}),
      Secret("by-address", {"192.0.2.2", "2001:db8::2"}),
      Secret("pair", {"192.0.2.1", "192.0.2.3"}),
      Secret("by-mail", {"alice@example.com"}),
      Secret("late-name", {"gw-b.example", "gw-c.example"}),
  });
  struct Row {
    const char* story;
    SecretQuery query;
    const char* used;
  };
  const Row rows[] = {
      {"main, initiator: the remote address", MainMode(Query("gw-a.example", "%any", "192.0.2.1", "192.0.2.2")),
       "by-address"},
      {"main, responder: the remote address, v6", MainMode(Query("%any", "%any", "2001:db8::1", "2001:db8::2")),
       "by-address"},
      {"main: names do not count", MainMode(Query("gw-a.example", "gw-b.example", "192.0.2.1", "198.51.100.9")),
       "none"},
      {"main: an imported pair", MainMode(Query("%any", "%any", "192.0.2.1", "192.0.2.3")), "pair"},
      {"main: our half of a pair is not enough", MainMode(Query("%any", "%any", "192.0.2.1", "192.0.2.4")), "none"},
      {"aggressive, initiator: the identity we expect", Query("gw-a.example", "gw-c.example", "192.0.2.1", "192.0.2.9"),
       "late-name"},
      {"aggressive, responder: the identity that came",
       Query("gw-a.example", "alice@example.com", "192.0.2.1", "192.0.2.9"), "by-mail"},
      {"v2: identity before address, in list order", Query("gw-a.example", "gw-b.example", "192.0.2.1", "192.0.2.2"),
       "by-name"},
      {"v2: address where the identity is nobody's", Query("gw-a.example", "gw-z.example", "192.0.2.1", "192.0.2.2"),
       "by-address"},
      {"v2: without regard to case", Query("gw-a.example", "GW-B.Example", "192.0.2.1", "192.0.2.9"), "by-name"},
      {"v2: our own identity, of an imported file",
       Query("gw-import.example", "gw-b.example", "192.0.2.1", "192.0.2.2"), "own-file"},
      {"v2: nobody", Query("gw-a.example", "mallory.example", "192.0.2.1", "203.0.113.9"), "none"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Used(matcher, row.query), row.used) << row.story;
    EXPECT_EQ(UsedByExplanation(matcher, row.query), row.used) << row.story;
  }
}

TEST(SecretMatchTest, SecretWithoutSelectorsServesEveryPeerFromItsPlaceInTheList) {
  const SecretMatcher matcher({Secret("first", {"gw-b.example"}), Secret("all", {}), Secret("hidden", {"192.0.2.9"})});
  EXPECT_EQ(Used(matcher, Query("a", "gw-b.example", "192.0.2.1", "192.0.2.9")), "first");
  EXPECT_EQ(Used(matcher, Query("a", "gw-x.example", "192.0.2.1", "192.0.2.9")), "all");
  EXPECT_EQ(Used(matcher, MainMode(Query("a", "%any", "192.0.2.1", "192.0.2.9"))), "all");
  EXPECT_EQ(Used(SecretMatcher({Secret("any", {"gw-b.example", "%any"})}), SecretQuery{}), "any");
  EXPECT_EQ(Used(SecretMatcher(), SecretQuery{}), "none");
}

TEST(SecretMatchTest, TwoImportedLinesWithTheSameLeftSideStayTwoPeers) {
  const SecretMatcher matcher({Secret("b", {"192.0.2.1", "192.0.2.2"}), Secret("c", {"192.0.2.1", "192.0.2.3"}),
                               Secret("own", {"192.0.2.1", "gw-a.example"})});
  EXPECT_EQ(Used(matcher, Query("gw-a.example", "gw-b.example", "192.0.2.1", "192.0.2.2")), "b");
  EXPECT_EQ(Used(matcher, Query("gw-a.example", "gw-c.example", "192.0.2.1", "192.0.2.3")), "c");
  EXPECT_EQ(Used(matcher, Query("gw-a.example", "gw-d.example", "192.0.2.1", "192.0.2.4")), "own");
}

TEST(SecretMatchTest, DistinguishedNamesCompareAsNames) {
  const SecretMatcher matcher(
      {Secret("other", {"C=CH, O=culvert, CN=other"}), Secret("dn", {"C=CH, O=culvert, CN=gw"}), Secret("all", {})});
  for (const char* remote : {"C=CH, O=culvert, CN=gw", "C=CH, O=Culvert, CN=GW"}) {
    const SecretQuery query = Query("a", remote, "192.0.2.1", "192.0.2.2");
    EXPECT_EQ(Used(matcher, query), UsedByExplanation(matcher, query));
    EXPECT_EQ(Used(matcher, query), "dn") << remote;
  }
}

TEST(SecretMatchTest, ExplainSaysWhyForEachSecret) {
  const SecretMatcher matcher({Secret("name", {"gw-b.example"}), Secret("address", {"192.0.2.2"}), Secret("all", {})});
  const SecretQuery query = Query("gw-a.example", "gw-b.example", "192.0.2.1", "192.0.2.2");

  const auto v2 = matcher.Explain(query);
  ASSERT_EQ(v2.size(), 3u);
  EXPECT_TRUE(v2[0].used);
  EXPECT_EQ(v2[0].reason, "selector gw-b.example equals the remote identity");
  EXPECT_TRUE(v2[1].matches);
  EXPECT_FALSE(v2[1].used);
  EXPECT_EQ(v2[1].reason, "selector 192.0.2.2 equals the remote address");
  EXPECT_EQ(v2[2].reason, "it has no selectors: any peer");

  const auto main = matcher.Explain(MainMode(query));
  EXPECT_EQ(main[0].fit, SecretFit::kNotInMainMode);
  EXPECT_FALSE(main[0].matches);
  EXPECT_TRUE(main[1].used);
}

std::string Shadows(const SecretMatcher& matcher, std::initializer_list<const char*> own_texts = {}) {
  std::vector<Identity> own;
  for (const char* text : own_texts) own.push_back(Id(text));
  std::string out;
  for (const ShadowedSecret& s : matcher.Shadowed(own)) {
    absl::StrAppend(&out, matcher.secrets()[s.secret].name, "<", matcher.secrets()[s.by].name, "(", s.selector, ") ");
  }
  return out;
}

TEST(SecretMatchTest, LaterSecretThatEarlierOnesHideIsShadowed) {
  EXPECT_EQ(Shadows(SecretMatcher({Secret("all", {}), Secret("b", {"gw-b.example"}), Secret("all2", {"%any"})})),
            "b<all(gw-b.example) all2<all(%any) ");
  EXPECT_EQ(Shadows(SecretMatcher({Secret("b", {"gw-b.example"}), Secret("all", {})})), "");
  EXPECT_EQ(Shadows(SecretMatcher({Secret("bc", {"gw-b.example", "gw-c.example"}), Secret("c", {"GW-C.example"})})),
            "c<bc(GW-C.example) ");
  EXPECT_EQ(
      Shadows(SecretMatcher({Secret("b", {"b.example"}), Secret("c", {"c.example"}),
                             Secret("cb", {"c.example", "b.example"}), Secret("bd", {"b.example", "d.example"})})),
      "cb<c(c.example) ");
}

TEST(SecretMatchTest, OurOwnHalfOfAPairShadowsNobody) {
  const SecretMatcher matcher({Secret("b", {"192.0.2.1", "192.0.2.2"}), Secret("own", {"192.0.2.1"}),
                               Secret("b2", {"192.0.2.1", "192.0.2.2"})});
  EXPECT_EQ(Shadows(matcher, {"192.0.2.1"}), "b2<b(192.0.2.2) ");
}

}  // namespace
}  // namespace culvert::ipsec
