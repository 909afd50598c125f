// SPDX-License-Identifier: Apache-2.0
// IKE SAs that are made without a CHILD_SA (RFC 6023): a and b both want it unless a test says otherwise.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"
#include "services/iked/engine/testing/scripted_peer.h"

namespace culvert::iked::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using wire::ikev2::AuthPayload;
using wire::ikev2::IdPayload;
using wire::ikev2::Message;
using wire::ikev2::NotifyType;
using wire::ikev2::Payload;
using wire::ikev2::PayloadType;
using wire::ikev2::SaPayload;
using wire::ikev2::TsPayload;

constexpr absl::string_view kKey = "correct horse battery staple";

TunnelConfig Childless() {
  TunnelConfig t = Tunnel();
  t.childless = true;
  return t;
}

TEST(Childless, TheFirstChildSaHasItsOwnKeyExchange_Rfc6023_4) {
  MockWire wire;
  wire.Connect(Childless());
  EXPECT_THAT(wire.log,
              ElementsAre("a IKE_SA_INIT request 0", "b IKE_SA_INIT response 0", "a IKE_AUTH request 1",
                          "b IKE_AUTH response 1", "a CREATE_CHILD_SA request 2", "b CREATE_CHILD_SA response 2"));
  for (const Host* host : {&wire.a, &wire.b}) {
    EXPECT_EQ(host->Tunnel().state, TunnelState::kUp);
    EXPECT_THAT(host->IkeSa().extensions, Contains("CHILDLESS"));
    EXPECT_EQ(host->IkeSa().children.front().pfs, "x25519");
    EXPECT_EQ(host->LastDiagnosis(), nullptr);
  }
  ExpectCarries(wire.a, wire.b);
}

TEST(Childless, EachPairFollows) {
  MockWire wire;
  TunnelConfig t = Childless();
  t.layout = ChildSaLayout::kPerPair;
  t.remote_subnets = Subnets({"10.2.0.0/24", "10.2.1.0/24"});
  wire.Connect(t);
  EXPECT_EQ(wire.b.LiveChildren().size(), 2u);
  EXPECT_EQ(Count(wire.log, "a CREATE_CHILD_SA request 3"), 1);
  ExpectCarries(wire.a, wire.b);
}

// RFC 6023 3: the responder says that it can; the initiator need not make use of it.
TEST(Childless, OneSideAloneMakesTheUsualIkeSa) {
  for (const bool initiator : {true, false}) {
    MockWire wire;
    TunnelConfig of_a = Tunnel(), of_b = Mirror(Tunnel());
    (initiator ? of_a : of_b).childless = true;
    wire.b.Configure({of_b});
    wire.a.Configure({of_a});
    wire.Run();
    EXPECT_EQ(wire.log.size(), 4u);
    EXPECT_THAT(wire.a.IkeSa().extensions, Not(Contains("CHILDLESS")));
    EXPECT_EQ(wire.a.IkeSa().children.front().pfs, "UNVERIFIED");
    ExpectCarries(wire.a, wire.b);
  }
}

TEST(Childless, AddressesComeWithIkeAuth) {
  MockWire wire;
  TunnelConfig client = Childless();
  client.local_subnets = {};
  client.virtual_ips = {base::IpAddress::AnyOf(base::Family::kIPv4)};
  TunnelConfig server = Mirror(client);
  server.virtual_ips = {};
  server.virtual_ip_pools = {"road"};
  EngineConfig config = WithSecret(kKey);
  config.pools = {{.name = "road", .ranges = {*ipsec::TrafficSelector::Parse("10.3.0.0/24")}, .dns = {}}};
  wire.b.Configure(std::move(config), {server});
  wire.a.Configure({client});
  wire.Run();
  EXPECT_THAT(wire.a.IkeSa().local_vips, ElementsAre("10.3.0.1"));
  EXPECT_EQ(ipsec::ToString(wire.a.Child().sa.local_selectors), "10.3.0.1/32");
  ExpectCarries(wire.a, wire.b);
}

TEST(Childless, ARekeyedIkeSaIsStillOne) {
  MockWire wire;
  wire.Connect(Childless());
  wire.a.Handle(Rekey{1, "t", Part::kIke});
  wire.Run();
  EXPECT_THAT(wire.a.IkeSa().extensions, Contains("CHILDLESS"));
  ExpectCarries(wire.a, wire.b);
}

// A refused CHILD_SA leaves the IKE SA as it is, and is asked for again.
TEST(Childless, WithoutACommonSuiteTheIkeSaStays) {
  MockWire wire;
  TunnelConfig of_b = Mirror(Childless());
  of_b.esp_proposals = Esp({"aes128gcm16-x25519"});
  wire.b.Configure({of_b});
  wire.a.Configure({Childless()});
  wire.Advance(absl::Seconds(5));
  EXPECT_EQ(wire.a.IkeSa().state, "ESTABLISHED");
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kEspProposalMismatch);
  EXPECT_EQ(Count(wire.log, "a IKE_SA_INIT request 0"), 1);
  EXPECT_GE(Count(wire.log, "a CREATE_CHILD_SA request 3"), 1);
}

// An initiator that asks for no CHILD_SA, invited or not.
class Asker {
 public:
  explicit Asker(TunnelConfig of_b) : peer_(wire_.b, Tunnel()) {
    wire_.b.Configure({std::move(of_b)});
    EXPECT_TRUE(peer_.Init());
  }
  std::optional<Message> Ask() {
    std::vector<Payload> payloads = peer_.HonestAuth(kKey);
    std::erase_if(payloads, [](const Payload& p) {
      return p.type == PayloadType::kSa || p.type == PayloadType::kTsI || p.type == PayloadType::kTsR;
    });
    return peer_.Auth(std::move(payloads));
  }
  const Host& b() const { return wire_.b; }

 private:
  MockWire wire_;
  ScriptedPeer peer_;
};

TEST(Childless, AnAnswerHasNoMoreThanTheQuestion) {
  TunnelConfig of_b = Mirror(Childless());
  Asker asker(of_b);
  const std::optional<Message> answer = asker.Ask();
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->Get<AuthPayload>(), nullptr);
  EXPECT_EQ(answer->Get<SaPayload>(), nullptr);
  EXPECT_EQ(answer->Get<TsPayload>(PayloadType::kTsI), nullptr);
  EXPECT_EQ(asker.b().IkeSa().state, "ESTABLISHED");
}

// To a responder that did not say that it can, it is a message without its payloads.
TEST(Childless, WhoWasNotInvitedIsRefused_Rfc6023_3) {
  Asker asker(Mirror(Tunnel()));
  const std::optional<Message> answer = asker.Ask();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->Has(NotifyType::kInvalidSyntax));
  EXPECT_EQ(answer->Get<IdPayload>(PayloadType::kIdR), nullptr);
  EXPECT_EQ(asker.b().LastDiagnosis()->code, DiagnosisCode::kNotSupported);
  EXPECT_EQ(asker.b().LastDiagnosis()->field, "tunnels[t].ike.childless");
}

// Another tunnel of the same addresses was what IKE_SA_INIT spoke for.
TEST(Childless, InvitedForAnotherTunnelItIsRefusedLikeAStranger) {
  MockWire wire;
  TunnelConfig other = Mirror(Childless());
  other.name = "other";
  other.remote_identity = Id("gw-c.example");
  wire.b.Configure({other, Mirror(Tunnel())});
  wire.a.Configure({Childless()});
  wire.Run();
  EXPECT_EQ(wire.log.size(), 4u);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPeerRefusedAuthentication);
}

}  // namespace
}  // namespace culvert::iked::testing
