// SPDX-License-Identifier: Apache-2.0
// A peer that knows the key and keeps to no rules: what it says is answered as RFC 7296 says, or ends its own SA, and
// touches nobody else's.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/wire/ikev2/proposal_mapping.h"
#include "services/iked/engine/testing/mock_wire.h"
#include "services/iked/engine/testing/scripted_peer.h"

namespace culvert::iked::testing {
namespace {

using wire::ikev2::DeletePayload;
using wire::ikev2::ExchangeType;
using wire::ikev2::Message;
using wire::ikev2::NoncePayload;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::Payload;
using wire::ikev2::PayloadType;
using wire::ikev2::ProtocolId;
using wire::ikev2::TsPayload;

class Misbehaviour : public ::testing::Test {
 protected:
  Misbehaviour() { host_.Configure({Mirror(Tunnel())}); }

  std::vector<Payload> ChildRequest(std::vector<Payload> front = {}, absl::string_view esp = "aes256gcm16-x25519",
                                    absl::string_view local = "10.1.0.0/24") {
    std::vector<Payload> payloads = std::move(front);
    payloads.push_back(wire::ikev2::ToSaPayload(Esp({std::string(esp)}), base::Bytes{0, 0, 0x77, 0x02}));
    payloads.push_back(NoncePayload{base::Bytes(32, 5)});
    payloads.push_back({PayloadType::kTsI, TsPayload{{*ipsec::TrafficSelector::Parse(local)}}});
    payloads.push_back({PayloadType::kTsR, TsPayload{{*ipsec::TrafficSelector::Parse("10.2.0.0/24")}}});
    return payloads;
  }
  NotifyPayload RekeySa(ProtocolId protocol, base::Bytes spi) {
    return {.type = NotifyType::kRekeySa, .protocol = protocol, .spi = std::move(spi)};
  }

  VirtualClock clock_;
  Host host_{"b", "192.0.2.2", clock_, 2};
  ScriptedPeer peer_{host_, Tunnel()};
};

TEST_F(Misbehaviour, TheHonestHandshakeWorks) {
  ASSERT_TRUE(peer_.Connect());
  EXPECT_EQ(host_.Tunnel().state, TunnelState::kUp);
  EXPECT_TRUE(peer_.Request(ExchangeType::kInformational, {})->payloads.empty());
}

TEST_F(Misbehaviour, CreateChildSaBeforeAuthenticationIsNotAnswered) {
  ASSERT_TRUE(peer_.Init());
  EXPECT_FALSE(peer_.Request(ExchangeType::kCreateChildSa, ChildRequest()));
  EXPECT_FALSE(peer_.Request(ExchangeType::kInformational, {}));
  EXPECT_GE(host_.Invalid("out_of_state"), 1u);
  EXPECT_TRUE(host_.LiveChildren().empty());
}

TEST_F(Misbehaviour, AuthWithoutAnIdentityIsRefused) {
  ASSERT_TRUE(peer_.Init());
  std::vector<Payload> payloads = peer_.HonestAuth("correct horse battery staple");
  payloads.erase(payloads.begin());
  const auto answer = peer_.Auth(std::move(payloads));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->Has(NotifyType::kAuthenticationFailed));
  EXPECT_TRUE(host_.LiveChildren().empty());
}

TEST_F(Misbehaviour, EapIsRefusedWithADiagnosis) {
  ASSERT_TRUE(peer_.Init());
  std::vector<Payload> payloads = peer_.HonestAuth("x");
  payloads.erase(payloads.begin() + 1);
  EXPECT_TRUE(peer_.Auth(std::move(payloads))->Has(NotifyType::kAuthenticationFailed));
  EXPECT_EQ(host_.LastDiagnosis()->code, DiagnosisCode::kAuthMethodMismatch);
  EXPECT_EQ(host_.LastDiagnosis()->received, "EAP");
}

TEST_F(Misbehaviour, AuthLengthsAreNotForgiven) {
  for (const size_t size : {1, 47, 49, 1000}) {
    Host host("b", "192.0.2.2", clock_, 3);
    host.Configure({Mirror(Tunnel())});
    ScriptedPeer peer(host, Tunnel());
    ASSERT_TRUE(peer.Init());
    std::vector<Payload> payloads = peer.HonestAuth("correct horse battery staple");
    std::get<wire::ikev2::AuthPayload>(payloads[1].body).data.resize(size);
    EXPECT_TRUE(peer.Auth(std::move(payloads))->Has(NotifyType::kAuthenticationFailed)) << size;
  }
}

// Guessing goes on under a new SA each time: a refused one answers its own repetition and nothing else.
TEST_F(Misbehaviour, OneSaIsOneGuess) {
  ASSERT_TRUE(peer_.Init());
  EXPECT_TRUE(peer_.Auth(peer_.HonestAuth("wrong"))->Has(NotifyType::kAuthenticationFailed));
  EXPECT_FALSE(peer_.Auth(peer_.HonestAuth("correct horse battery staple")));
  EXPECT_TRUE(host_.LiveChildren().empty());
}

TEST_F(Misbehaviour, TransportModeIsAnsweredInTunnelMode) {
  ASSERT_TRUE(peer_.Init());
  std::vector<Payload> payloads = peer_.HonestAuth("correct horse battery staple");
  payloads.push_back(NotifyPayload{.type = NotifyType::kUseTransportMode});
  EXPECT_FALSE(peer_.Auth(std::move(payloads))->Has(NotifyType::kUseTransportMode));
  EXPECT_EQ(host_.LastDiagnosis()->code, DiagnosisCode::kTransportRefused);
}

TEST_F(Misbehaviour, RekeyOfWhatIsNotThereNamesIt) {
  ASSERT_TRUE(peer_.Connect());
  const base::Bytes nobodys = {1, 2, 3, 4};
  for (const ProtocolId protocol : {ProtocolId::kEsp, ProtocolId::kAh}) {
    const auto answer = peer_.Request(ExchangeType::kCreateChildSa, ChildRequest({RekeySa(protocol, nobodys)}));
    ASSERT_TRUE(answer->Has(NotifyType::kChildSaNotFound));
    EXPECT_EQ(answer->GetNotify(NotifyType::kChildSaNotFound)->spi, nobodys);
  }
  // Protocol 0 and no SPI.
  const auto answer = peer_.Request(ExchangeType::kCreateChildSa, ChildRequest({RekeySa(ProtocolId::kNone, {})}));
  EXPECT_TRUE(answer->Has(NotifyType::kChildSaNotFound));
  EXPECT_EQ(host_.LiveChildren().size(), 1u);
}

TEST_F(Misbehaviour, TheSameChildRekeyedTwice) {
  ASSERT_TRUE(peer_.Connect());
  const base::Bytes spi = {0, 0, 0x77, 0x01};
  std::vector<Payload> request = ChildRequest({RekeySa(ProtocolId::kEsp, spi)}, "aes256gcm16-x25519");
  SeededRng rng(4);
  const auto value = crypto::KeyExchange::Generate(*ipsec::FindKeyword("x25519"), rng);
  request.push_back(wire::ikev2::KePayload{31, base::ToBytes((*value)->public_value())});
  EXPECT_FALSE(peer_.Request(ExchangeType::kCreateChildSa, request)->FirstErrorNotify());
  const auto again = peer_.Request(ExchangeType::kCreateChildSa, request);
  EXPECT_TRUE(again->Has(NotifyType::kTemporaryFailure));
  EXPECT_EQ(host_.LiveChildren().size(), 2u);  // the old one waits for its Delete
  peer_.Request(ExchangeType::kInformational, {DeletePayload{ProtocolId::kEsp, {0x7701}}});
  EXPECT_EQ(host_.LiveChildren().size(), 1u);
}

TEST_F(Misbehaviour, AMissingKeyExchangeIsAskedFor) {
  ASSERT_TRUE(peer_.Connect());
  const auto answer = peer_.Request(ExchangeType::kCreateChildSa, ChildRequest());
  ASSERT_TRUE(answer->Has(NotifyType::kInvalidKePayload));
  EXPECT_EQ(answer->GetNotify(NotifyType::kInvalidKePayload)->data, (base::Bytes{0, 31}));
}

TEST_F(Misbehaviour, ForeignSelectorsAndSuitesAreRefused) {
  ASSERT_TRUE(peer_.Connect());
  EXPECT_TRUE(peer_.Request(ExchangeType::kCreateChildSa, ChildRequest({}, "aes256gcm16-x25519", "10.66.0.0/16"))
                  ->Has(NotifyType::kTsUnacceptable));
  EXPECT_TRUE(
      peer_.Request(ExchangeType::kCreateChildSa, ChildRequest({}, "aes128-sha1"))->Has(NotifyType::kNoProposalChosen));
  EXPECT_EQ(host_.LiveChildren().size(), 1u);
}

TEST_F(Misbehaviour, DeletesOfEverythingAndNothing) {
  ASSERT_TRUE(peer_.Connect());
  EXPECT_TRUE(peer_.Request(ExchangeType::kInformational, {DeletePayload{ProtocolId::kEsp, {0, 1, 0xFFFFFFFF}}})
                  ->payloads.empty());
  EXPECT_TRUE(
      peer_.Request(ExchangeType::kInformational, {DeletePayload{ProtocolId::kAh, {0x7701}}})->payloads.empty());
  EXPECT_EQ(host_.LiveChildren().size(), 1u);
  const auto answer = peer_.Request(ExchangeType::kInformational, {DeletePayload{ProtocolId::kEsp, {0x7701, 0x7701}},
                                                                   DeletePayload{ProtocolId::kEsp, {0x7701}}});
  ASSERT_NE(answer->Get<DeletePayload>(), nullptr);
  EXPECT_EQ(answer->Get<DeletePayload>()->spis.size(), 1u);
  EXPECT_TRUE(host_.LiveChildren().empty());
  EXPECT_TRUE(peer_.Request(ExchangeType::kInformational, {DeletePayload{ProtocolId::kIke, {}}})->payloads.empty());
  EXPECT_FALSE(peer_.Request(ExchangeType::kInformational, {}));
  EXPECT_TRUE(host_.engine->IkeSas().empty());
}

TEST_F(Misbehaviour, AnAuthenticatedMessageThatBreaksTheProtocolEndsTheSa) {
  ASSERT_TRUE(peer_.Connect());
  const auto answer = peer_.Request(ExchangeType::kCreateChildSa, {NoncePayload{base::Bytes(32, 1)}});
  ASSERT_TRUE(answer->Has(NotifyType::kInvalidSyntax));  // RFC 7296 2.21.3
  EXPECT_TRUE(host_.engine->IkeSas().empty());
  EXPECT_TRUE(host_.LiveChildren().empty());
  EXPECT_EQ(host_.LastDiagnosis()->code, DiagnosisCode::kInvalidMessage);
}

TEST_F(Misbehaviour, ACriticalPayloadInsideIsRefusedAndTheSaLives) {
  ASSERT_TRUE(peer_.Connect());
  const auto answer =
      peer_.Request(ExchangeType::kInformational,
                    {Payload(static_cast<PayloadType>(99), wire::ikev2::UnknownPayload{{1, 2}}, /*critical=*/true)});
  ASSERT_TRUE(answer->Has(NotifyType::kUnsupportedCriticalPayload));
  EXPECT_EQ(host_.Tunnel().state, TunnelState::kUp);
  EXPECT_TRUE(peer_.Request(ExchangeType::kInformational, {})->payloads.empty());
}

TEST_F(Misbehaviour, ChildSasHaveAnEnd) {
  Host host("b", "192.0.2.2", clock_, 3);
  host.Configure({Mirror(Tunnel("aes256gcm16-prfsha384-x25519", "aes256gcm16"))});
  ScriptedPeer peer(host, Tunnel());
  ASSERT_TRUE(peer.Connect());
  bool refused = false;
  for (int i = 0; i < 400 && !refused; ++i) {
    refused =
        peer.Request(ExchangeType::kCreateChildSa, ChildRequest({}, "aes256gcm16"))->Has(NotifyType::kNoAdditionalSas);
  }
  EXPECT_TRUE(refused);
  EXPECT_LE(host.LiveChildren().size(), 256u);
}

TEST_F(Misbehaviour, AnIkeRekeyWithoutAnSpiOrWithABadValue) {
  ASSERT_TRUE(peer_.Connect());
  const auto request = [](base::Bytes spi, base::Bytes value) {
    std::vector<Payload> payloads;
    payloads.push_back(wire::ikev2::ToSaPayload(Tunnel().ike_proposals, spi));
    payloads.push_back(NoncePayload{base::Bytes(32, 5)});
    payloads.push_back(wire::ikev2::KePayload{31, std::move(value)});
    return payloads;
  };
  EXPECT_TRUE(peer_.Request(ExchangeType::kCreateChildSa, request(base::Bytes(8, 0), base::Bytes(32, 9)))
                  ->Has(NotifyType::kNoProposalChosen));
  EXPECT_TRUE(peer_.Request(ExchangeType::kCreateChildSa, request(base::Bytes(8, 1), base::Bytes(32, 0)))
                  ->Has(NotifyType::kInvalidSyntax));
  EXPECT_EQ(host_.engine->IkeSas().size(), 1u);
}

}  // namespace
}  // namespace culvert::iked::testing
