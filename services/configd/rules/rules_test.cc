// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/configd/rules/prepared.h"
#include "services/configd/rules/testing/bad_inputs.h"
#include "services/configd/text/configuration_text.h"

namespace culvert::configd {

void PrintTo(const BadInput& input, std::ostream* out) {  // where GoogleTest looks for it
  *out << CodeName(input.code) << " " << input.field;
}

namespace {

HostFacts TheBox() {
  const auto net = [](absl::string_view text) { return base::Prefix::Parse(text).value(); };
  HostFacts host;
  host.interfaces.push_back({.name = "lo", .loopback = true, .addresses = {net("127.0.0.1/8")}});
  host.interfaces.push_back({.name = "eth0", .addresses = {net("192.0.2.1/24")}});
  host.interfaces.push_back({.name = "br-lan", .addresses = {net("10.1.0.1/24"), net("2001:db8:1::1/64")}});
  return host;
}

std::vector<BadInput> AllInputs() {
  std::vector<BadInput> all;
  for (const auto table : {AddressInputs(), AlgorithmInputs(), CombinationInputs(), NameInputs(), OptionInputs(),
                           SecretInputs(), UnsupportedInputs()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  return all;
}

Configuration Read(absl::string_view yaml) {
  ReadResult read = ReadConfiguration(yaml, {});
  for (const Problem& problem : read.problems) ADD_FAILURE() << yaml << "\n" << problem.ShortDebugString();
  return std::move(read.configuration);
}

std::string Told(const std::vector<Problem>& problems) {
  std::string told;
  for (const Problem& p : problems) {
    absl::StrAppend(&told, SeverityName(p.severity()), " ", CodeName(p.code()), " ", p.field(), ": ", p.message(),
                    " → ", p.suggestion(), "\n");
  }
  return told;
}

bool Says(const Problem& problem, const BadInput& input) {
  return problem.code() == input.code && problem.severity() == input.severity && problem.field() == input.field &&
         (absl::StrContains(problem.message(), input.words) || absl::StrContains(problem.suggestion(), input.words));
}

class BadInputs : public testing::TestWithParam<BadInput> {};

TEST_P(BadInputs, AreToldWithFieldAndCure) {
  const BadInput& input = GetParam();
  const HostFacts host = TheBox();
  const auto problems = ValidateConfiguration(Read(input.yaml), input.offline ? nullptr : &host);
  EXPECT_TRUE(std::any_of(problems.begin(), problems.end(), [&](const Problem& p) { return Says(p, input); }))
      << input.yaml << "\nshould say " << CodeName(input.code) << " " << input.field << " … " << input.words
      << "\nsaid\n"
      << Told(problems);
}

INSTANTIATE_TEST_SUITE_P(Table, BadInputs, testing::ValuesIn(AllInputs()));

TEST(Rules, AGoodConfigurationHasNothingToSay) {
  const HostFacts host = TheBox();
  EXPECT_EQ(Told(ValidateConfiguration(Read(R"(
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    local: { address: 192.0.2.1, identifier: gw-a.example, subnets: [10.1.0.0/24] }
    remote: { endpoint: 192.0.2.2, identifier: gw-b.example, subnets: [10.2.0.0/24] }
    ike: { encryption: aes256, hash: sha256, dh_group: modp2048, lifetime: 8h }
  - name: road
    enabled: true
    profile: MODERN
    local: { subnets: [0.0.0.0/0, "::/0"] }
    remote: { endpoint: any }
secrets:
  - { name: b, psk: "correct horse battery staple", selectors: [gw-b.example, 192.0.2.2] }
  - { name: rest, psk: "0s3q2+78r+ur6tvu/erb7vyv663q2+78r+ur4=" }
interfaces: { lan: [br-lan] }
)"),
                                       &host)),
            "");
}

// fields.md 0.3: the manual's defaults are weak, and nothing worse.
TEST(Rules, TheProfileOfTheManualWithAPeerSubnetsAndAKeyIsWarnedAboutAlone) {
  std::set<Code::Value> errors, warnings;
  for (const Problem& problem : ValidateConfiguration(Read(R"(
tunnels:
  - { name: legacy, enabled: true, local: { subnets: [10.1.0.0/24] }, remote: { endpoint: 192.0.2.2, subnets: [10.9.0.0/16] } }
secrets:
  - { name: legacy, psk: "correct horse battery staple" }
)"),
                                                      nullptr)) {
    if (problem.severity() == Severity::ERROR) errors.insert(problem.code());
    if (problem.severity() == Severity::WARNING) warnings.insert(problem.code());
  }
  EXPECT_THAT(errors, testing::IsEmpty());
  EXPECT_THAT(warnings, testing::UnorderedElementsAre(Code::WEAK_ALGORITHM, Code::IKEV1_DEPRECATED,
                                                      Code::NO_DEAD_PEER_DETECTION));
}

TEST(Rules, AllProblemsAreToldAtOnce) {
  const auto problems = ValidateConfiguration(
      Read("tunnels: [{name: a, remote: {endpoint: 256.1.1.1}}, {name: a, profile: MODERN, dpd: {delay: 2h}}]"),
      nullptr);
  std::set<Code::Value> codes;
  for (const Problem& problem : problems) codes.insert(problem.code());
  for (const auto code : {Code::BAD_ADDRESS, Code::DUPLICATE_NAME, Code::OUT_OF_RANGE, Code::REQUIRED}) {
    EXPECT_TRUE(codes.contains(code)) << CodeName(code);
  }
}

// Codes that no rule gives: the text reader's, sad's, and those that need key material of their own
// (certificates_test).
std::set<Code::Value> CodesOfOthers() {
  return {Code::UNSPECIFIED,     Code::SYNTAX,          Code::UNKNOWN_FIELD,
          Code::WRONG_TYPE,      Code::UNKNOWN_WORD,    Code::FILE_UNREADABLE,
          Code::READ_ONLY_FIELD, Code::DUPLICATE_FIELD, Code::FOREIGN_FIREWALL_DROPS};
}

std::set<Code::Value> CodesOfCertificatesTest() {
  return {Code::BAD_PRIVATE_KEY, Code::KEY_DOES_NOT_MATCH, Code::WEAK_KEY};
}

TEST(Rules, EachProblemCodeHasATest) {
  std::set<Code::Value> tested = CodesOfOthers();
  tested.merge(CodesOfCertificatesTest());
  for (const BadInput& input : AllInputs()) tested.insert(input.code);
  for (int i = 0; i < Code::Value_descriptor()->value_count(); ++i) {
    const auto code = static_cast<Code::Value>(Code::Value_descriptor()->value(i)->number());
    EXPECT_TRUE(tested.contains(code)) << CodeName(code);
  }
}

template <typename View>
void ExpectOnlyItsCodes(const Rule<View>& rule, const View& view, const char* yaml) {
  Problems problems;
  rule.check(view, &problems);
  for (const Problem& problem : problems.list()) {
    EXPECT_THAT(rule.codes, testing::Contains(problem.code())) << rule.subject << " on\n"
                                                               << yaml << "\n"
                                                               << CodeName(problem.code());
  }
}

TEST(Rules, EachReportsUnderItsCodesAlone) {
  const HostFacts host = TheBox();
  for (const BadInput& input : AllInputs()) {
    const Configuration configuration = Read(input.yaml);
    Problems told_elsewhere;
    const PreparedConfiguration prepared(configuration, input.offline ? nullptr : &host, &told_elsewhere);
    const ConfigurationView view = prepared.view();
    for (const auto& rule : ConfigurationRules()) ExpectOnlyItsCodes(rule, view, input.yaml);
    for (const TunnelView& tunnel : view.tunnels) {
      for (const auto& rule : TunnelRules()) ExpectOnlyItsCodes(rule, tunnel, input.yaml);
    }
  }
}

TEST(Rules, NoMessageShowsASecret) {
  const auto problems = ValidateConfiguration(
      Read("secrets: [{name: s, psk: \"0xhunter2\", psk_previous: hunter2}, {name: t, psk: \"hunter2\\n\"}]"), nullptr);
  EXPECT_THAT(Told(problems), testing::Not(testing::HasSubstr("hunter2")));
}

TEST(HostFacts, HasLoopback) {
  const auto facts = ReadHostFacts();
  ASSERT_TRUE(facts.ok());
  EXPECT_TRUE(facts->HasInterface("lo"));
}

}  // namespace
}  // namespace culvert::configd
