// SPDX-License-Identifier: Apache-2.0
// Aggressive Mode between two engines (RFC 2409 5.1, 5.4), and the gate before it.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/pki/testing/test_ca.h"
#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::ElementsAre;
using wire::ikev1::HashPayload;
using wire::ikev1::Message;

TunnelConfig AggressiveTunnel(bool open = true) {
  TunnelConfig tunnel = Tunnel("aes128-sha256-ecp256", "aes128-sha256");
  tunnel.version = IkeVersion::kIkev1;
  tunnel.ike_mode = IkeMode::kAggressive;
  tunnel.allow_weak_aggressive_psk = open;
  return tunnel;
}

std::vector<InFlight> Aggressive(const MockWire& wire) {
  std::vector<InFlight> messages;
  for (const InFlight& flight : wire.history) {
    if (flight.text.find("AGGRESSIVE") != std::string::npos) messages.push_back(flight);
  }
  return messages;
}

bool Established(const Host& host) {
  const std::vector<IkeSaView> sas = host.engine->IkeSas();
  return sas.size() == 1 && sas.front().state == "ESTABLISHED";
}

TEST(AggressiveMode, ThreeMessagesMakeAnIkeSa) {
  MockWire wire;
  wire.Connect(AggressiveTunnel());
  const std::vector<InFlight> messages = Aggressive(wire);
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[1].from, &wire.b);
  EXPECT_TRUE(Established(wire.a));
  EXPECT_TRUE(Established(wire.b));
  EXPECT_EQ(wire.a.IkeSa().remote_id, "gw-b.example");
  EXPECT_EQ(wire.b.IkeSa().remote_id, "gw-a.example");
}

TEST(AggressiveMode, NatMovesThirdMessageToPort4500) {
  MockWire wire;
  wire.nat_address = *base::IpAddress::Parse("203.0.113.7");
  TunnelConfig of_b = Mirror(AggressiveTunnel());
  of_b.remote_endpoints = {};
  wire.b.Configure({of_b});
  wire.a.Configure({AggressiveTunnel()});
  wire.Run();
  ASSERT_TRUE(Established(wire.b));
  EXPECT_EQ(Aggressive(wire)[2].send.local.port, 4500);
  EXPECT_EQ(wire.a.IkeSa().nat, Nat::kLocal);
  EXPECT_EQ(wire.b.IkeSa().nat, Nat::kRemote);
  EXPECT_EQ(wire.b.IkeSa().remote.port, 14500);
}

// fields.md 5: with a pre-shared key each tunnel must be opened to it by itself.
TEST(AggressiveMode, TheGateIsTheTunnelsOwn) {
  MockWire wire;
  TunnelConfig shut = Mirror(AggressiveTunnel(/*open=*/false));
  TunnelConfig open = Mirror(AggressiveTunnel());
  open.name = "u";
  open.remote_identity = Id("gw-c.example");
  open.local_subnets = Subnets({"10.3.0.0/24"});
  wire.b.Configure({shut, open});
  wire.a.Configure({AggressiveTunnel()});
  wire.Run();
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kAggressivePskRefused);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPeerRefusedAuthentication);
  EXPECT_EQ(Aggressive(wire).size(), 1u);
}

TEST(AggressiveMode, AnInitiatorNeedsNoGate) {
  MockWire wire;
  wire.b.Configure({Mirror(AggressiveTunnel())});
  wire.a.Configure({AggressiveTunnel(/*open=*/false)});
  wire.Run();
  EXPECT_TRUE(Established(wire.a));
}

// fields.md 5: what b says to an identity that nobody has and to a key that is wrong is the same but for what chance
// makes of it.
TEST(AggressiveMode, AStrangerIsAnsweredAsAWrongKeyIs) {
  const auto answers = [](absl::string_view identity, absl::string_view key) {
    MockWire wire;
    TunnelConfig of_a = AggressiveTunnel();
    of_a.local_identity = Id(identity);
    wire.b.Configure({Mirror(AggressiveTunnel())});
    wire.a.Configure({of_a}, {{"", std::string(key)}});
    wire.Run();
    EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPskMismatch);
    std::vector<std::string> answered;
    for (const InFlight& flight : wire.history) {
      if (flight.from != &wire.b) continue;
      const auto message = wire::ikev1::DecodeMessage(*flight.send.bytes);
      answered.push_back(message.ok() ? message->ToString() : "sealed");
      answered.back() += " " + std::to_string(flight.send.bytes->size());
    }
    wire.a.Configure(std::vector<TunnelConfig>{});
    wire.Advance(absl::Minutes(1));
    EXPECT_TRUE(wire.b.engine->IkeSas().empty());
    return answered;
  };
  const std::vector<std::string> wrong_key = answers("gw-a.example", "a wrong key");
  EXPECT_EQ(wrong_key.size(), 1u);
  EXPECT_EQ(answers("gw-x.example", "correct horse battery staple"), wrong_key);
  EXPECT_EQ(answers("gw-x.example", "a wrong key"), wrong_key);
}

TEST(AggressiveMode, ALostThirdMessageComesWithWhatFollows) {
  MockWire wire;
  int seen = 0;
  wire.passes = [&](const InFlight& flight) { return flight.text != "a AGGRESSIVE" || ++seen != 2; };
  wire.b.Configure({Mirror(AggressiveTunnel())});
  wire.a.Configure({AggressiveTunnel()});
  wire.Run();
  EXPECT_TRUE(Established(wire.a));
  EXPECT_FALSE(Established(wire.b));
  EXPECT_TRUE(wire.Until([&] { return Established(wire.b); }, absl::Seconds(10)));
}

TEST(AggressiveMode, RepliesToUnprovenAddressesAreFew) {
  MockWire wire;
  TunnelConfig of_b = Mirror(AggressiveTunnel());
  wire.b.Configure({of_b});
  wire.passes = [](const InFlight&) { return false; };
  wire.a.Configure({AggressiveTunnel()});
  wire.Run();
  const Send first = wire.history.front().send;
  size_t given = 0;
  size_t answers = 0;
  for (uint8_t i = 1; i <= 100; ++i) {
    base::Bytes copy = *first.bytes;
    copy[0] = i;  // another cookie
    wire.Inject(wire.b, {first.local, first.remote, std::make_shared<const base::Bytes>(copy)});
    given += copy.size();
    wire.Run();
  }
  for (const InFlight& flight : wire.history) answers += flight.from == &wire.b ? flight.send.bytes->size() : 0;
  EXPECT_GT(answers, 0u);
  EXPECT_LE(answers, given);
}

TEST(AggressiveMode, CertificatesNeedNoGate) {
  const auto spec = [](absl::string_view subject, absl::string_view name) {
    pki::testing::CertificateSpec s{.subject = std::string(subject), .key = pki::KeyType::kRsa};
    if (!name.empty()) s.alternative_names = {"DNS:" + std::string(name)};
    s.not_before = absl::FromUnixSeconds(1'700'000'000) - absl::Hours(24 * 30);
    s.not_after = absl::FromUnixSeconds(1'700'000'000) + absl::Hours(24 * 30);
    return s;
  };
  const pki::testing::TestCa ca(spec("CN=Test CA", ""));
  const auto config = [&](const pki::testing::Issued& own) {
    EngineConfig c = WithSecret("key");
    c.certificates.list.push_back({"own", own.certificate, {}, own.key});
    c.certificates.list.push_back({"ca", ca.certificate(), {}, nullptr});
    return c;
  };
  MockWire wire;
  TunnelConfig of_a = AggressiveTunnel(/*open=*/false);
  of_a.authentication.local = of_a.authentication.remote = AuthKind::kX509;
  wire.b.Configure(config(ca.Issue(spec("CN=gw-b", "gw-b.example"))), {Mirror(of_a)});
  wire.a.Configure(config(ca.Issue(spec("CN=gw-a", "gw-a.example"))), {of_a});
  wire.Run();
  EXPECT_TRUE(Established(wire.a));
  EXPECT_TRUE(Established(wire.b));
}

}  // namespace
}  // namespace culvert::iked::testing
