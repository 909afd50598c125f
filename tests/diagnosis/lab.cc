// SPDX-License-Identifier: Apache-2.0
#include "tests/diagnosis/lab.h"

#include <yaml-cpp/yaml.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "services/configd/projection/projection.h"
#include "services/configd/rules/rules.h"
#include "services/configd/text/configuration_text.h"
#include "services/iked/runtime/from_snapshot.h"

namespace culvert::diagnosis {
namespace {

// Long enough for every retransmission, every rekey that a row waits for, and dead peer detection.
constexpr absl::Duration kPatience = absl::Minutes(10);

constexpr char kOfA[] = R"(
tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    local: { address: 192.0.2.1, identifier: gw-a.example, subnets: [10.1.0.0/24] }
    remote: { endpoint: 192.0.2.2, identifier: gw-b.example, subnets: [10.2.0.0/24] }
    authentication: { psk: {} }
    ike: { proposals: [aes256gcm16-prfsha384-x25519] }
    esp: { proposals: [aes256gcm16-x25519] }
    startup: START
secrets:
  - { name: psk-b, psk: "correct horse battery staple", selectors: [gw-b.example] }
)";

constexpr char kOfB[] = R"(
tunnels:
  - name: to-a
    enabled: true
    profile: MODERN
    local: { address: 192.0.2.2, identifier: gw-b.example, subnets: [10.2.0.0/24] }
    remote: { endpoint: 192.0.2.1, identifier: gw-a.example, subnets: [10.1.0.0/24] }
    authentication: { psk: {} }
    ike: { proposals: [aes256gcm16-prfsha384-x25519] }
    esp: { proposals: [aes256gcm16-x25519] }
    startup: ADD
secrets:
  - { name: psk-a, psk: "correct horse battery staple", selectors: [gw-a.example] }
)";

constexpr absl::string_view kLists[] = {"tunnels", "secrets", "gateway", "certificates", "pools", "revocation"};

bool IsOfTheWhole(absl::string_view field) {
  return std::any_of(std::begin(kLists), std::end(kLists),
                     [field](absl::string_view list) { return absl::StartsWith(field, list); });
}

// "tunnels[0].ike.proposals" as steps: names, and numbers of elements.
void Apply(YAML::Node node, std::vector<std::string> steps, const std::string& value) {
  const std::string step = steps.front();
  steps.erase(steps.begin());
  size_t index = 0;
  const bool element = absl::SimpleAtoi(step, &index);
  if (!steps.empty()) return Apply(element ? node[index] : node[step], std::move(steps), value);
  if (value.empty()) {
    node.remove(step);
  } else if (element) {
    node[index] = YAML::Load(value);
  } else {
    node[step] = YAML::Load(value);
  }
}

std::shared_ptr<const iked::EngineConfig> EngineConfigOf(const std::string& text) {
  const configd::ReadResult read = configd::ReadConfiguration(text, {});
  for (const auto& problem : read.problems) ADD_FAILURE() << problem.message() << "\n" << text;
  for (const auto& problem : configd::ValidateConfiguration(read.configuration, nullptr)) {
    if (problem.severity() == configd::Severity::ERROR) {
      ADD_FAILURE() << problem.field() << ": " << problem.message() << "\n" << text;
    }
  }
  config::v1::IkeSnapshot snapshot = configd::Project(read.configuration).ike;
  snapshot.set_generation(1);
  auto config = iked::FromSnapshot(snapshot, nullptr);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *config : nullptr;
}

std::optional<iked::Diagnosis> FirstDiagnosis(const iked::testing::Host& host) {
  for (const iked::Event& event : host.events) {
    if (event.diagnosis) return event.diagnosis;
  }
  return std::nullopt;
}

bool IsUp(const iked::testing::Host& host) {
  const std::vector<iked::TunnelView> tunnels = host.engine->Tunnels("");
  return !tunnels.empty() && tunnels.front().state == iked::TunnelState::kUp;
}

}  // namespace

std::string ConfigurationText(char gateway, std::span<const Edit> edits) {
  YAML::Node whole = YAML::Load(gateway == 'a' ? kOfA : kOfB);
  for (const Edit& edit : edits) {
    const std::string path = IsOfTheWhole(edit.field) ? edit.field : absl::StrCat("tunnels[0].", edit.field);
    const std::string dotted = absl::StrReplaceAll(path, {{"[", "."}, {"]", ""}});
    Apply(whole, absl::StrSplit(dotted, '.'), edit.value);
  }
  return YAML::Dump(whole);
}

Outcome Meet(const Misconfiguration& row) {
  MockWire wire;
  wire.clock.SetWall(kToday);
  auto of_a = EngineConfigOf(ConfigurationText('a', row.a));
  auto of_b = EngineConfigOf(ConfigurationText('b', row.b));
  if (of_a == nullptr || of_b == nullptr) return {};
  wire.b.Configure(std::move(of_b));
  wire.a.Configure(std::move(of_a));
  if (row.happens != nullptr) row.happens(wire);
  const auto told = [](const iked::testing::Host& host, const Said& said) {
    return said.code.empty() || FirstDiagnosis(host).has_value();
  };
  wire.Until([&] { return told(wire.a, row.initiator) && told(wire.b, row.responder); }, kPatience);
  return {FirstDiagnosis(wire.a), FirstDiagnosis(wire.b), IsUp(wire.a) && IsUp(wire.b)};
}

}  // namespace culvert::diagnosis
