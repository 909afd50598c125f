// SPDX-License-Identifier: Apache-2.0
// Main Mode between two engines (RFC 2409 5.1, 5.4; RFC 3947).
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/pki/testing/test_ca.h"
#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::ikev1::ExchangeType;
using wire::ikev1::Message;

constexpr absl::string_view kIke = "aes128-sha256-ecp256";

TunnelConfig MainTunnel(absl::string_view ike = kIke) {
  TunnelConfig tunnel = Tunnel(ike, "aes128-sha256");
  tunnel.version = IkeVersion::kIkev1;
  return tunnel;
}

// Main Mode alone: what follows is Phase 2's.
std::vector<std::string> MainLog(const MockWire& wire) {
  std::vector<std::string> log;
  for (const std::string& line : wire.log) {
    if (line == "a MAIN" || line == "b MAIN") log.push_back(line);
  }
  return log;
}

std::vector<InFlight> MainMessages(const MockWire& wire) {
  std::vector<InFlight> messages;
  for (const InFlight& flight : wire.history) {
    if (flight.text == "a MAIN" || flight.text == "b MAIN") messages.push_back(flight);
  }
  return messages;
}

bool Established(const Host& host) {
  const std::vector<IkeSaView> sas = host.engine->IkeSas();
  return sas.size() == 1 && sas.front().state == "ESTABLISHED";
}

void ExpectPhase1(const MockWire& wire) {
  ASSERT_TRUE(Established(wire.a));
  ASSERT_TRUE(Established(wire.b));
  EXPECT_EQ(wire.a.IkeSa().initiator_spi, wire.b.IkeSa().initiator_spi);
  EXPECT_EQ(wire.a.IkeSa().responder_spi, wire.b.IkeSa().responder_spi);
  EXPECT_EQ(wire.a.IkeSa().suite, wire.b.IkeSa().suite);
}

TEST(MainMode, SixMessagesMakeAnIkeSa) {
  MockWire wire;
  wire.Connect(MainTunnel());
  EXPECT_THAT(MainLog(wire), ElementsAre("a MAIN", "b MAIN", "a MAIN", "b MAIN", "a MAIN", "b MAIN"));
  ExpectPhase1(wire);
  const IkeSaView sa = wire.b.IkeSa();
  EXPECT_EQ(sa.suite, kIke);
  EXPECT_EQ(sa.local_id, "gw-b.example");
  EXPECT_EQ(sa.remote_id, "gw-a.example");
  EXPECT_EQ(sa.nat, Nat::kNone);
  EXPECT_FALSE(sa.initiator);
}

class EveryPhase1Suite : public ::testing::TestWithParam<const char*> {};
TEST_P(EveryPhase1Suite, Works) {
  MockWire wire;
  wire.Connect(MainTunnel(GetParam()));
  ExpectPhase1(wire);
  EXPECT_EQ(wire.a.IkeSa().suite, GetParam());
}
INSTANTIATE_TEST_SUITE_P(MainMode, EveryPhase1Suite,
                         ::testing::Values("3des-sha1-modp1536", "3des-md5-modp1024", "aes128-sha1-modp2048",
                                           "aes192-sha384-modp3072", "aes256-sha512-ecp521"));

TEST(MainMode, TheFirstOfManyTransformsThatBothHaveIsTaken) {
  MockWire wire;
  wire.b.Configure({Mirror(MainTunnel("3des-sha1-modp1536"))});
  wire.a.Configure({MainTunnel("aes256-aes128-3des-sha256-sha1-modp2048-modp1536")});
  wire.Run();
  ExpectPhase1(wire);
  EXPECT_EQ(wire.a.IkeSa().suite, "3des-sha1-modp1536");
}

TEST(MainMode, NoCommonTransformIsNamedOnBothSides) {
  MockWire wire;
  wire.b.Configure({Mirror(MainTunnel("aes256-sha256-ecp256"))});
  wire.a.Configure({MainTunnel("3des-sha1-modp1536")});
  wire.Run();
  ASSERT_NE(wire.a.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kIkeProposalMismatch);
  ASSERT_NE(wire.b.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kIkeProposalMismatch);
  EXPECT_THAT(wire.b.LastDiagnosis()->summary, HasSubstr("aes256"));
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
}

TEST(MainMode, AWrongKeyMakesNoiseOfMessageFive) {
  MockWire wire;
  wire.b.Configure({Mirror(MainTunnel())}, {{"", "another key"}});
  wire.a.Configure({MainTunnel()});
  ASSERT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kBackoff; }, absl::Seconds(10)));
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPskMismatch);
  ASSERT_NE(wire.b.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kPskMismatch);
  EXPECT_EQ(wire.b.LastDiagnosis()->field, "secrets[psk].psk");
  // One complaint, however often message 5 comes.
  EXPECT_EQ(Count(wire.log, "b INFORMATIONAL"), 1);
  wire.a.Configure(std::vector<TunnelConfig>{});
  wire.Advance(absl::Seconds(5));
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
}

// fields.md 20: rotation, a side at a time.
TEST(MainMode, ThePreviousKeyIsGoodOnEitherSide) {
  {
    MockWire wire;
    wire.b.Configure(WithSecret("new key", "old key"), {Mirror(MainTunnel())});
    wire.a.Configure(WithSecret("old key"), {MainTunnel()});
    wire.Run();
    ExpectPhase1(wire);
  }
  MockWire wire;
  wire.b.Configure(WithSecret("old key"), {Mirror(MainTunnel())});
  wire.a.Configure(WithSecret("new key", "old key"), {MainTunnel()});
  EXPECT_TRUE(wire.Until([&] { return Established(wire.a); }, absl::Minutes(1)));
}

// fields.md 20: in Main Mode a secret must be chosen before identities are seen.
TEST(MainMode, SecretsAreFoundByAddress) {
  MockWire wire;
  wire.b.Configure({Mirror(MainTunnel())}, {{"gw-a.example", "wrong"}, {"192.0.2.1", "right"}});
  wire.a.Configure({MainTunnel()}, {{"192.0.2.2", "right"}});
  wire.Run();
  ExpectPhase1(wire);
}

TEST(MainMode, AnUnknownIdentityIsRefusedUnderTheKeys) {
  MockWire wire;
  TunnelConfig of_a = MainTunnel();
  of_a.local_identity = Id("gw-x.example");
  wire.b.Configure({Mirror(MainTunnel())});
  wire.a.Configure({of_a});
  wire.Run();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPeerRefusedAuthentication);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kPeerIdMismatch);
  EXPECT_EQ(wire.b.engine->IkeSas().front().state, "DESTROYING");
}

TEST(MainMode, AResponderThatIsSomebodyElseIsLeft) {
  MockWire wire;
  TunnelConfig of_b = Mirror(MainTunnel());
  of_b.local_identity = Id("gw-x.example");
  wire.b.Configure({of_b});
  wire.a.Configure({MainTunnel()});
  wire.Run();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPeerIdMismatch);
  EXPECT_EQ(Count(wire.log, "a INFORMATIONAL"), 2);  // AUTHENTICATION-FAILED, and a Delete of what b believes in
}

TEST(MainMode, NatMovesEverythingToPort4500) {
  MockWire wire;
  wire.nat_address = *base::IpAddress::Parse("203.0.113.7");
  TunnelConfig of_b = Mirror(MainTunnel());
  of_b.remote_endpoints = {};
  wire.b.Configure({of_b});
  wire.a.Configure({MainTunnel()});
  wire.Run();
  ExpectPhase1(wire);
  const std::vector<InFlight> messages = MainMessages(wire);
  EXPECT_EQ(messages[2].send.local.port, 500);
  EXPECT_EQ(messages[4].send.local.port, 4500);  // RFC 3947 4: from message 5 on
  EXPECT_TRUE(messages[4].send.nat_port);
  EXPECT_EQ(messages[5].send.remote.ToString(), "203.0.113.7:14500");
  EXPECT_EQ(wire.a.IkeSa().nat, Nat::kLocal);
  EXPECT_EQ(wire.b.IkeSa().nat, Nat::kRemote);
  const int before = wire.a.keepalives;
  wire.Advance(absl::Minutes(1));
  EXPECT_EQ(wire.a.keepalives - before, 3);
}

TEST(MainMode, ForcedByEitherSide) {
  for (const bool by_a : {true, false}) {
    MockWire wire;
    TunnelConfig of_a = MainTunnel();
    TunnelConfig of_b = Mirror(of_a);
    (by_a ? of_a : of_b).encapsulation = Encapsulation::kForce;
    wire.b.Configure({of_b});
    wire.a.Configure({of_a});
    wire.Run();
    ExpectPhase1(wire);
    EXPECT_EQ(wire.a.IkeSa().remote.port, 4500);
    EXPECT_EQ(wire.b.IkeSa().remote.port, 4500);
    EXPECT_EQ((by_a ? wire.a : wire.b).IkeSa().nat, Nat::kForced);
  }
}

TEST(MainMode, NeverSaysNothingOfNats) {
  MockWire wire;
  TunnelConfig of_a = MainTunnel();
  of_a.encapsulation = Encapsulation::kNever;
  wire.Connect(of_a);
  ExpectPhase1(wire);
  const auto first = wire::ikev1::DecodeMessage(*wire.history[2].send.bytes);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->Get<wire::ikev1::NatDPayload>(), nullptr);
}

// Whatever is lost, the initiator's repeating mends it.
TEST(MainMode, AnyOneMessageMayBeLost) {
  for (size_t lost = 0; lost < 6; ++lost) {
    SCOPED_TRACE(lost);
    MockWire wire;
    size_t seen = 0;
    wire.passes = [&](const InFlight& flight) {
      return flight.text.find("MAIN") == std::string::npos || seen++ != lost;
    };
    wire.b.Configure({Mirror(MainTunnel())});
    wire.a.Configure({MainTunnel()});
    EXPECT_TRUE(wire.Until([&] { return Established(wire.a) && Established(wire.b); }, absl::Seconds(5)));
  }
}

TEST(MainMode, EachMessageMayComeTwice) {
  MockWire wire;
  wire.passes = [&](InFlight& flight) {
    for (Host* to : {&wire.a, &wire.b}) {
      if (to != flight.from) wire.Inject(*to, flight.send);
    }
    return true;
  };
  wire.b.Configure({Mirror(MainTunnel())});
  wire.a.Configure({MainTunnel()});
  wire.Run();
  ExpectPhase1(wire);
}

// A responder repeats nothing by itself, and says no more than it was told before message 3 shows that the peer is
// where it says.
TEST(MainMode, AStrangerGetsNoMoreThanItGives) {
  MockWire wire;
  wire.passes = [&](const InFlight& flight) { return flight.from == &wire.a; };  // b is heard by nobody
  wire.b.Configure({Mirror(MainTunnel())});
  wire.a.Configure({MainTunnel("aes256-aes128-3des-sha256-sha1-modp2048-ecp256")});
  wire.Advance(absl::Seconds(19));
  size_t given = 0;
  size_t got = 0;
  for (const InFlight& flight : wire.history) (flight.from == &wire.a ? given : got) += flight.send.bytes->size();
  EXPECT_GT(got, 0u);
  EXPECT_LE(got, given);
  EXPECT_EQ(Count(wire.log, "b MAIN"), Count(wire.log, "a MAIN"));
  wire.a.Configure(std::vector<TunnelConfig>{});
  const size_t sent = wire.log.size();
  wire.Advance(absl::Minutes(2));
  EXPECT_EQ(wire.log.size(), sent);
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
}

TEST(MainMode, UnderAttackStrangersAreNotHeard) {
  MockWire wire;
  EngineConfig config = WithSecret("key");
  config.cookie_threshold = 0;
  TunnelConfig of_b = Mirror(MainTunnel());
  of_b.remote_endpoints = {};
  wire.b.Configure(std::move(config), {of_b});
  wire.a.Configure({MainTunnel()}, {{"", "key"}});
  wire.Run();
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_EQ(wire.b.Invalid("under_attack"), 1u);
}

TEST(MainMode, TheOtherModeIsNamed) {
  MockWire wire;
  TunnelConfig of_b = Mirror(MainTunnel());
  of_b.ike_mode = IkeMode::kAggressive;
  wire.b.Configure({of_b});
  wire.a.Configure({MainTunnel()});
  wire.Run();
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kModeMismatch);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kModeMismatch);
}

// ---- certificates

struct SignedWire : MockWire {
  SignedWire() { of_a.authentication.local = of_a.authentication.remote = AuthKind::kX509; }
  static pki::testing::CertificateSpec Spec(absl::string_view subject, absl::string_view name) {
    pki::testing::CertificateSpec spec{.subject = std::string(subject), .key = pki::KeyType::kRsa};
    if (!name.empty()) spec.alternative_names = {"DNS:" + std::string(name)};
    spec.not_before = absl::FromUnixSeconds(1'700'000'000) - absl::Hours(24 * 30);
    spec.not_after = absl::FromUnixSeconds(1'700'000'000) + absl::Hours(24 * 30);
    return spec;
  }
  EngineConfig ConfigWith(const pki::testing::Issued& own) const {
    EngineConfig config = WithSecret("key");
    config.certificates.list.push_back({"own", own.certificate, {}, own.key});
    config.certificates.list.push_back({"ca", ca.certificate(), {}, nullptr});
    return config;
  }
  void Start() {
    b.Configure(ConfigWith(ca.Issue(Spec("CN=gw-b", name_b))), {Mirror(of_a)});
    a.Configure(ConfigWith(ca.Issue(Spec("CN=gw-a", name_a))), {of_a});
    Run();
  }
  const pki::testing::TestCa ca{Spec("CN=Test CA", "")};
  TunnelConfig of_a = MainTunnel();
  std::string name_a = "gw-a.example";
  std::string name_b = "gw-b.example";
};

TEST(MainModeSigned, CertificatesAuthenticateBothSides) {
  SignedWire wire;
  wire.Start();
  EXPECT_EQ(MainLog(wire).size(), 6u);
  ExpectPhase1(wire);
}

TEST(MainModeSigned, AForeignNameIsRefusedByEitherSide) {
  {
    SignedWire wire;
    wire.name_a = "gw-x.example";
    wire.Start();
    EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kIdNotInCertificate);
    EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPeerRefusedAuthentication);
  }
  SignedWire wire;
  wire.name_b = "gw-x.example";
  wire.Start();
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kIdNotInCertificate);
}

// What both sides' vendor ids allow.
TEST(MainModeSigned, LargeMessagesAreCut) {
  SignedWire wire;
  wire.of_a.fragmentation = Fragmentation::kForce;
  wire.Start();
  ExpectPhase1(wire);
  EXPECT_GT(MainLog(wire).size(), 6u);
  for (const InFlight& flight : wire.history) {
    EXPECT_LE(flight.from == &wire.a ? flight.send.bytes->size() : 0, 548u);
  }
}

TEST(MainModeSigned, NothingIsCutUnlessBothSidesCan) {
  SignedWire wire;
  wire.of_a.fragmentation = Fragmentation::kNever;
  wire.Start();
  ExpectPhase1(wire);
  EXPECT_EQ(MainLog(wire).size(), 6u);
}

TEST(MainModeSigned, APeerWithAKeyInsteadIsNamed) {
  SignedWire wire;
  wire.b.Configure({Mirror(MainTunnel())}, {{"", "key"}});
  wire.a.Configure(wire.ConfigWith(wire.ca.Issue(SignedWire::Spec("CN=gw-a", "gw-a.example"))), {wire.of_a});
  wire.Run();
  ASSERT_NE(wire.b.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kIkeProposalMismatch);
}

}  // namespace
}  // namespace culvert::iked::testing
