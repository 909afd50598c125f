// SPDX-License-Identifier: Apache-2.0
#include "services/configd/text/configuration_text.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace culvert::configd {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The canonical file of the documentation, nearly every kind of value in it.
constexpr char kCanonical[] = R"(tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    local:
      address: 192.0.2.1            # IPv4 or IPv6
      identifier: gw-a.example
      subnets: [10.1.0.0/24]
      firewall: true
    remote:
      endpoint: 192.0.2.2
      subnets: [10.2.0.0/24]
    authentication: { psk: {} }
    ike: { version: IKEV2, proposals: [aes256gcm16-prfsha384-x25519], lifetime: 8h, dscp: 46 }
    esp: { mode: TUNNEL, lifetime: 1h, rekey_bytes: "18446744073709551615", replay_window: 1024 }
    startup: START
    dpd: { enabled: true, delay: 30s, timeout: 150s, action: RESTART }
    passthrough: { interfaces: [LAN, WIFI], subnets: [] }
    custom_options: { margintime: 9m, mark: "42" }
    priority: -7
secrets:
  - { name: psk-b, psk: "correct horse battery staple", selectors: [gw-b.example, 192.0.2.2] }
certificates: []
)";

ReadResult Read(absl::string_view text) {
  return ReadConfiguration(text, {});
}

std::string Told(const std::vector<Problem>& problems) {
  std::string told;
  for (const Problem& p : problems) {
    absl::StrAppend(&told, p.line(), " ", CodeName(p.code()), " ", p.field(), ": ", p.message(), " → ", p.suggestion(),
                    "\n");
  }
  return told;
}

TEST(ConfigurationText, ReadsTheCanonicalFile) {
  const ReadResult read = Read(kCanonical);
  EXPECT_EQ(Told(read.problems), "");
  ASSERT_EQ(read.configuration.tunnels_size(), 1);
  const auto& tunnel = read.configuration.tunnels(0);
  EXPECT_TRUE(tunnel.enabled());
  EXPECT_EQ(tunnel.profile(), config::v1::Profile::MODERN);
  EXPECT_EQ(tunnel.ike().lifetime().seconds(), 8 * 3600);
  EXPECT_EQ(tunnel.ike().dscp(), 46u);
  EXPECT_EQ(tunnel.esp().rekey_bytes(), 18446744073709551615u);
  EXPECT_TRUE(tunnel.authentication().has_psk());
  EXPECT_EQ(tunnel.passthrough().interfaces(1), config::v1::InterfaceClass::WIFI);
  EXPECT_EQ(tunnel.custom_options().at("mark"), "42");
  EXPECT_EQ(tunnel.priority(), -7);
  EXPECT_FALSE(tunnel.local().has_address_family()) << "unset is not a default";
  EXPECT_EQ(read.configuration.secrets(0).psk(), "correct horse battery staple");
}

TEST(ConfigurationText, RemembersLines) {
  const ReadResult read = Read(kCanonical);
  EXPECT_EQ(read.lines.at("tunnels[to-b].local.subnets"), 8);
  std::vector<Problem> later(2);
  later[0].set_field("tunnels[to-b].ike.hash");  // not in the text: the line of what is around it
  later[1].set_field("secrets[psk-b].selectors[1]");
  FillLines(read, &later);
  EXPECT_EQ(later[0].line(), 14);
  EXPECT_EQ(later[1].line(), 22);
}

// What is written is read again as the same, less what must not leave.
TEST(ConfigurationText, YamlAndJsonRoundTripWithoutSecrets) {
  Configuration expected = Read(kCanonical).configuration;
  expected.mutable_certificates()->Add()->set_certificate_pem(
      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  expected.mutable_certificates(0)->set_name("no");  // YAML 1.1 takes it for false
  expected.mutable_tunnels(0)->mutable_local()->set_identifier("O=\"Ünïcode\", CN=\xF0\x9F\x98\x80\t");
  Configuration dressed = expected;
  dressed.mutable_secrets(0)->set_set(true);
  dressed.mutable_secrets(0)->set_fingerprint("0badc0de");
  expected.mutable_secrets(0)->clear_psk();
  for (const std::string& text : {WriteYaml(dressed), WriteJson(dressed)}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(text, testing::Not(HasSubstr("horse")));
    const ReadResult again = Read(text);
    EXPECT_EQ(Told(again.problems), "");
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(again.configuration, expected))
        << again.configuration.DebugString();
  }
}

TEST(ConfigurationText, WritesCanonicalSeconds) {
  EXPECT_EQ(WriteYaml(Read("tunnels: [{name: a, ike: {lifetime: 10m}, authentication: {psk: {}}}]").configuration),
            "tunnels:\n"
            "  - name: a\n"
            "    authentication:\n"
            "      psk: {}\n"
            "    ike:\n"
            "      lifetime: 600s\n");
}

TEST(ConfigurationText, ReadsMinifiedJson) {
  const ReadResult read =
      Read(R"({"tunnels":[{"name":"a","local":{"identifier":"\ud83d\ude00 \\ud83d"}}],"pools":[]})");
  EXPECT_EQ(Told(read.problems), "");
  EXPECT_EQ(read.configuration.tunnels(0).local().identifier(), "\xF0\x9F\x98\x80 \\ud83d");
}

struct Refusal {
  const char* text;
  const char* told;  // all of it
};

class Refusals : public testing::TestWithParam<Refusal> {};

TEST_P(Refusals, NameFieldLineAndCure) {
  EXPECT_EQ(Told(Read(GetParam().text).problems), GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Refusals,
    testing::Values(
        Refusal{"", "0 SYNTAX : the configuration is empty → write \"tunnels: []\" to mean no tunnels\n"},
        Refusal{"# only a comment\n",
                "0 SYNTAX : the configuration is empty → write \"tunnels: []\" to mean no tunnels\n"},
        Refusal{"tunnels: [\n", "2 SYNTAX : end of sequence flow not found → \n"},
        Refusal{"a: 1\n---\nb: 2\n", "3 SYNTAX : there is a second document → remove it\n"},
        Refusal{"tunnels: &t []\npools: *t\n", "2 SYNTAX : an alias (*name) is not accepted → write the value out\n"},
        Refusal{"tunnels: !!str x\n",
                "1 SYNTAX : the tag \"tag:yaml.org,2002:str\" is not accepted → leave the tag out\n"},
        Refusal{"? [a]\n: b\n", "1 SYNTAX : a key must be a word → \n"},
        Refusal{"- tunnels\n", "1 WRONG_TYPE : this is a list; it must be fields (key: value) → \n"},
        Refusal{"tunels: []\n",
                "1 UNKNOWN_FIELD tunels: there is no field \"tunels\" at the top → did you mean \"tunnels\"?\n"},
        Refusal{
            "tunnels:\n  - name: a\n    ike: {lifetme: 8h}\n",
            "3 UNKNOWN_FIELD tunnels[a].ike.lifetme: there is no field \"lifetme\" in tunnels[a].ike → did you mean "
            "\"lifetime\"?\n"},
        Refusal{"secrets: [{name: s, pks_file: x}]\n",
                "1 UNKNOWN_FIELD secrets[s].pks_file: there is no field \"pks_file\" in secrets[s] → did you mean "
                "\"psk_file\"?\n"},
        Refusal{"tunnels: [{startup: Start}]\n",
                "1 UNKNOWN_WORD tunnels[0].startup: \"Start\" is not a value of startup → did you mean \"START\"?\n"},
        Refusal{
            "tunnels: [{startup: UNSPECIFIED}]\n",
            "1 UNKNOWN_WORD tunnels[0].startup: \"UNSPECIFIED\" is not a value of startup → one of IGNORE, ADD, ROUTE, "
            "START\n"},
        Refusal{
            "tunnels: [{passthrough: {interfaces: [LAN, WAN]}}]\n",
            "1 UNKNOWN_WORD tunnels[0].passthrough.interfaces[1]: \"WAN\" is not a value of interfaces → did you mean "
            "\"LAN\"?\n"},
        Refusal{"tunnels: [{enabled: yes}]\n", "1 WRONG_TYPE tunnels[0].enabled: the value must be true or false → \n"},
        Refusal{"tunnels: [{enabled: \"true\"}]\n",
                "1 WRONG_TYPE tunnels[0].enabled: the value must be true or false → \n"},
        Refusal{"tunnels: [{local: }]\n",
                "1 WRONG_TYPE tunnels[0].local: \"local\" has no value → write {} or leave the key out\n"},
        Refusal{"tunnels: [{name: a, local: {subnets: 10.0.0.0/8}}]\n",
                "1 WRONG_TYPE tunnels[a].local.subnets: the value must be a list → \n"},
        Refusal{"tunnels: [{name: [a]}]\n", "1 WRONG_TYPE tunnels[0].name: this is a list; it must be text → \n"},
        Refusal{"tunnels: [{ike: {lifetime: 3600}, dpd: {delay: 1.5s}}]\n",
                "1 WRONG_TYPE tunnels[0].ike.lifetime: the value must be a duration such as 30s, 10m, 8h or 7d → \n"
                "1 WRONG_TYPE tunnels[0].dpd.delay: the value must be a duration such as 30s, 10m, 8h or 7d → \n"},
        Refusal{"tunnels: [{esp: {rekey_bytes: -1, mark: 4294967296}, priority: 1.5}]\n",
                "1 WRONG_TYPE tunnels[0].esp.rekey_bytes: the value must be a whole number, 0 or more → \n"
                "1 WRONG_TYPE tunnels[0].esp.mark: the value must be a whole number from 0 to 4294967295 → \n"
                "1 WRONG_TYPE tunnels[0].priority: the value must be a whole number → \n"},
        Refusal{"tunnels:\n- name: a\n  enabled: true\n  enabled: false\n",
                "4 DUPLICATE_FIELD tunnels[a].enabled: \"enabled\" is given twice → keep one of them\n"},
        Refusal{"tunnels: [{custom_options: {mark: \"1\", mark: \"2\"}}]\n",
                "1 DUPLICATE_FIELD tunnels[0].custom_options[mark]: \"mark\" is given twice → keep one of them\n"},
        Refusal{"tunnels: [{authentication: {local: {psk: {}, x509: {}}}}]\n",
                "1 CONFLICT tunnels[0].authentication.local.x509: \"x509\" cannot stand beside \"psk\" → keep one of "
                "them\n"},
        Refusal{
            "secrets: [{name: s, fingerprint: 00000000}]\n",
            "1 READ_ONLY_FIELD secrets[s].fingerprint: \"fingerprint\" is filled in by the appliance → leave it out\n"},
        Refusal{"secrets: [{name: s, psk: {hunter2: x}}]\n",
                "1 WRONG_TYPE secrets[s].psk: this is fields (key: value); it must be text → \n"},
        Refusal{
            "secrets: [{name: s, psk_file: k}]\n",
            "1 FILE_UNREADABLE secrets[s].psk_file: files are read by culvertctl and culvertd --config alone → write "
            "the value itself as psk\n"}));

TEST(ConfigurationText, TellsAllProblemsAtOnce) {
  EXPECT_EQ(Read("tunnels: [{nam: a, startup: GO, enabled: 1}]\nsecret: []\n").problems.size(), 4u);
}

TEST(ConfigurationText, RefusesDepthAndSize) {
  const std::string deep = absl::StrCat(std::string(30, '['), std::string(30, ']'));
  EXPECT_THAT(Told(Read(deep).problems), HasSubstr("deeper than 24"));
  const std::string very_deep(100'000, '[');
  EXPECT_THAT(Told(Read(very_deep).problems), HasSubstr("SYNTAX"));
  const std::string large(kMaxTextBytes + 1, ' ');
  EXPECT_THAT(Told(Read(large).problems), HasSubstr("longer than"));
}

TEST(ConfigurationText, NeverPutsControlCharactersIntoMessages) {
  const std::string told = Told(Read("tunnels: [{name: \"a\\e[31m\", startup: \"\\e[2J\\x07\"}]").problems);
  EXPECT_EQ(told.find('\x1b'), std::string::npos);
  EXPECT_THAT(told, HasSubstr("tunnels[0].startup"));
}

class ValueFiles : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& bytes) {
    std::ofstream(absl::StrCat(directory_, "/", name), std::ios::binary) << bytes;
    return name;
  }
  ReadResult ReadHere(absl::string_view text) { return ReadConfiguration(text, {.base_directory = directory_}); }

  std::string directory_ = testing::TempDir();
};

TEST_F(ValueFiles, AreReadRelativeToTheText) {
  Write("b.psk", "correct horse\n");
  Write("b.pem", "-----BEGIN CERTIFICATE-----\n");
  const ReadResult read =
      ReadHere("secrets: [{name: s, psk_file: b.psk}]\ncertificates: [{name: c, certificate_file: ./b.pem}]");
  EXPECT_EQ(Told(read.problems), "");
  EXPECT_EQ(read.configuration.secrets(0).psk(), "correct horse");
  EXPECT_EQ(read.configuration.certificates(0).certificate_pem(), "-----BEGIN CERTIFICATE-----\n");
}

TEST_F(ValueFiles, AreRefusedWithTheReason) {
  Write("binary", std::string("a\0b", 3));
  Write("huge", std::string(kMaxValueFileBytes + 1, 'x'));
  const struct {
    const char* file;
    const char* why;
  } cases[] = {{"absent", "No such file"},
               {"binary", "not text"},
               {"huge", "longer than"},
               {".", "not a regular file"},
               {"/dev/zero", "not a regular file"}};
  for (const auto& [file, why] : cases) {
    const ReadResult read = ReadHere(absl::StrCat("secrets: [{name: s, psk_file: ", file, "}]"));
    ASSERT_EQ(read.problems.size(), 1u) << file;
    EXPECT_EQ(read.problems[0].code(), Code::FILE_UNREADABLE) << file;
    EXPECT_THAT(read.problems[0].message(), HasSubstr(why)) << file;
  }
}

TEST_F(ValueFiles, AndTheValueItselfExcludeEachOther) {
  Write("b.psk", "correct horse\n");
  EXPECT_THAT(Told(ReadHere("secrets: [{name: s, psk: abcdef, psk_file: b.psk}]").problems),
              HasSubstr("DUPLICATE_FIELD secrets[s].psk_file"));
}

}  // namespace
}  // namespace culvert::configd
