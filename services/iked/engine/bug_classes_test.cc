// SPDX-License-Identifier: Apache-2.0
// What has hurt other IKE daemons, one test for each class of tests/conformance/bug_classes.yaml that no other file
// has. A stranger's message is counted and forgotten, an authenticated peer's is answered as RFC 7296 says or ends its
// SA.
#include <openssl/bn.h>

#include <algorithm>
#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/wire/ikev2/proposal_mapping.h"
#include "libs/wire/ikev2/protected.h"
#include "services/iked/engine/testing/mock_wire.h"
#include "services/iked/engine/testing/scripted_peer.h"

namespace culvert::iked::testing {
namespace {

using wire::ikev2::DeletePayload;
using wire::ikev2::ExchangeType;
using wire::ikev2::IdPayload;
using wire::ikev2::KePayload;
using wire::ikev2::Message;
using wire::ikev2::NoncePayload;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::Payload;
using wire::ikev2::PayloadType;
using wire::ikev2::ProtocolId;
using wire::ikev2::SaPayload;
using wire::ikev2::Transform;
using wire::ikev2::UnknownPayload;

constexpr absl::string_view kKey = "correct horse battery staple";

// A host that answers IKE_SA_INIT, and a stranger who asks.
class Stranger : public ::testing::Test {
 protected:
  explicit Stranger(absl::string_view ike = "aes256gcm16-prfsha384-x25519") : tunnel_(Tunnel(ike)) {
    host_.Configure({Mirror(tunnel_)});
  }

  Message Init(base::Bytes public_value, uint16_t group = 31) {
    Message message;
    message.header.initiator_spi = ++spi_;
    message.header.exchange_type = static_cast<uint8_t>(ExchangeType::kIkeSaInit);
    message.header.flags = wire::kFlagInitiator;
    message.payloads = {wire::ikev2::ToSaPayload(tunnel_.ike_proposals, {}), KePayload{group, std::move(public_value)},
                        NoncePayload{base::Bytes(32, 5)}};
    return message;
  }
  // The host's answer; nullopt: there was none.
  std::optional<Message> Send(const base::Bytes& datagram) {
    host_.Handle(Datagram{{host_.address, 500}, {tunnel_.local_address, 500}, datagram, false});
    host_.HandleInbox();
    if (host_.outbox.empty()) return std::nullopt;
    auto answer = wire::ikev2::DecodeMessage(*host_.outbox.front().bytes);
    host_.outbox.clear();
    if (!answer.ok()) return std::nullopt;
    return *std::move(answer);
  }
  std::optional<Message> Send(const Message& message) { return Send(EncodeMessage(message)); }
  void ExpectForgotten() {
    EXPECT_EQ(host_.engine->half_open(), 0u);
    EXPECT_TRUE(host_.engine->IkeSas().empty());
  }

  VirtualClock clock_;
  Host host_{"b", "192.0.2.2", clock_, 2};
  TunnelConfig tunnel_;
  uint64_t spi_ = 0;
};

TEST_F(Stranger, APayloadRenumberedToAnyOtherTypeIsRefused) {
  for (size_t at = 0; at < 3; ++at) {
    for (int type = 1; type < 256; ++type) {
      Message message = Init(base::Bytes(32, 9));
      if (static_cast<int>(message.payloads[at].type) == type) continue;
      message.payloads[at].type = static_cast<PayloadType>(type);
      const std::optional<Message> answer = Send(message);
      EXPECT_FALSE(answer && answer->Get<KePayload>() != nullptr) << at << " as " << type;
    }
  }
  ExpectForgotten();
}

TEST_F(Stranger, Ikev1PayloadsDoNotCountAsIkev2s) {
  for (uint8_t type = 1; type <= 21; ++type) {  // SA, P, T, KE, ID … of ISAKMP (RFC 2408 3.1)
    Message message = Init(base::Bytes(32, 9));
    for (Payload& payload : message.payloads) {
      payload = Payload(static_cast<PayloadType>(type), UnknownPayload{base::Bytes(32, 1)});
    }
    EXPECT_FALSE(Send(message));
  }
  EXPECT_EQ(host_.Invalid("missing_payload"), 21u);
  ExpectForgotten();
}

TEST_F(Stranger, Ikev1ExchangeTypesUnderIkev2sVersionAreNotAnswered) {
  for (int type = 0; type < 256; ++type) {
    if (type == static_cast<int>(ExchangeType::kIkeSaInit)) continue;
    Message message = Init(base::Bytes(32, 9));
    message.header.exchange_type = static_cast<uint8_t>(type);
    EXPECT_FALSE(Send(message)) << type;
  }
  EXPECT_EQ(host_.Invalid("unknown_spi"), 255u);
  ExpectForgotten();
}

TEST_F(Stranger, Ikev1MessagesFindNoIkev2State) {
  base::Bytes datagram = EncodeMessage(Init(base::Bytes(32, 9)));
  datagram[17] = 0x10;
  EXPECT_FALSE(Send(datagram));
  EXPECT_EQ(host_.Invalid("major_version"), 1u);
  ExpectForgotten();
}

TEST_F(Stranger, PrivateAndUnknownGroupsAreAnsweredByAGroupOfOurs) {
  for (const uint16_t group : {0, 3, 22, 27, 1024, 40969, 65535}) {
    const std::optional<Message> answer = Send(Init(base::Bytes(32, 9), group));
    ASSERT_TRUE(answer) << group;
    EXPECT_EQ(answer->GetNotify(NotifyType::kInvalidKePayload)->data, (base::Bytes{0, 31})) << group;
  }
  ExpectForgotten();
}

TEST_F(Stranger, ProposalsThatCannotBeChosen) {
  const Transform encr{1, 20, 256}, prf{2, 6}, dh{4, 31};
  const std::vector<std::vector<Transform>> offers = {
      {encr, prf},                    // no key exchange
      {encr, prf, {4, 0}},            // NONE
      {prf, dh},                      // no cipher
      {encr, dh},                     // no PRF
      {{1, 20}, prf, dh},             // a cipher of several key lengths without one
      {{1, 20, 257}, prf, dh},        // a key length that none has
      {{1, 20, 256, true}, prf, dh},  // an attribute that nobody knows (3.3.6)
      {{1, 12, 256}, prf, dh},        // no integrity with a cipher that has none of its own
      {encr, prf, dh, {3, 2}},        // integrity beside an AEAD (RFC 5282 8): only NONE
      {encr, prf, dh, {99, 1}},       // an unknown kind of transform
      {},
  };
  for (const std::vector<Transform>& offer : offers) {
    Message message = Init(base::Bytes(32, 9));
    message.payloads[0] = SaPayload{{{1, ProtocolId::kIke, {}, offer}}};
    const std::optional<Message> answer = Send(message);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->Has(NotifyType::kNoProposalChosen)) << (&offer - offers.data());
  }
  ExpectForgotten();
}

TEST_F(Stranger, AKeyLengthOfZeroIsMalformed) {
  base::Bytes datagram = EncodeMessage(Init(base::Bytes(32, 9)));
  const base::Bytes attribute = {0x80, 14, 1, 0};
  const auto at = std::search(datagram.begin(), datagram.end(), attribute.begin(), attribute.end());
  ASSERT_NE(at, datagram.end());
  at[2] = 0;
  EXPECT_FALSE(Send(datagram));
  EXPECT_EQ(host_.Invalid("key_length_zero"), 1u);
}

TEST_F(Stranger, HundredsOfTransformsAreBounded) {
  const auto offer = [&](int proposals, size_t transforms) {
    Message message = Init(base::Bytes(32, 9));
    SaPayload sa;
    for (int i = 1; i <= proposals; ++i) {
      sa.proposals.push_back(
          {static_cast<uint8_t>(i), ProtocolId::kIke, {}, std::vector<Transform>(transforms, Transform{1, 20, 128})});
    }
    message.payloads[0] = std::move(sa);
    return Send(message);
  };
  EXPECT_TRUE(offer(2, 255)->Has(NotifyType::kNoProposalChosen));
  EXPECT_FALSE(offer(3, 255));
  EXPECT_EQ(host_.Invalid("sa_too_many_transforms"), 1u);
  EXPECT_FALSE(offer(200, 1));
  EXPECT_EQ(host_.Invalid("sa_too_many_proposals"), 1u);
  ExpectForgotten();
}

TEST_F(Stranger, NoncesTooShortOrTooLong) {
  for (const size_t size : {0, 1, 15, 257, 4000}) {
    Message message = Init(base::Bytes(32, 9));
    message.payloads[2] = NoncePayload{base::Bytes(size, 5)};
    EXPECT_FALSE(Send(message)) << size;
  }
  EXPECT_EQ(host_.Invalid("nonce_size"), 5u);
  for (const size_t size : {16, 256}) {
    Message message = Init(base::Bytes(32, 9));
    message.payloads[2] = NoncePayload{base::Bytes(size, 5)};
    EXPECT_TRUE(Send(message)) << size;
  }
}

// RFC 6989 2.3, RFC 8031 5: points of small order, whose shared secret anybody knows.
TEST_F(Stranger, LowOrderPointsOfCurve25519) {
  const std::vector<absl::string_view> points = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  };
  for (const absl::string_view point : points) EXPECT_FALSE(Send(Init(base::FromHex(point)))) << point;
  EXPECT_EQ(host_.Invalid("public_value"), points.size());
  ExpectForgotten();
}

TEST_F(Stranger, LivenessWithoutAnSaIsNotAnswered) {
  Message message = Init({});
  message.header.exchange_type = static_cast<uint8_t>(ExchangeType::kInformational);
  message.header.responder_spi = 4711;
  message.payloads = {wire::ikev2::SkPayload{PayloadType::kNone, base::Bytes(64)}};
  EXPECT_FALSE(Send(message));
  EXPECT_EQ(host_.Invalid("unknown_spi"), 1u);
}

// RFC 7296 2.5, 3.1.
TEST_F(Stranger, MinorVersionsReservedBitsAndFlagsAreIgnored) {
  base::Bytes minor = EncodeMessage(Init(base::Bytes(32, 9)));
  minor[17] = 0x2F;
  EXPECT_TRUE(Send(minor));
  base::Bytes flags = EncodeMessage(Init(base::Bytes(32, 9)));
  flags[19] |= 0xC7;
  EXPECT_TRUE(Send(flags));
  base::Bytes reserved = EncodeMessage(Init(base::Bytes(32, 9)));
  reserved[wire::kIkeHeaderSize + 1] |= 0x7F;  // of the first payload's header
  const std::optional<Message> answer = Send(reserved);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.minor_version, 0);
  EXPECT_EQ(answer->header.flags, wire::kFlagResponse);
}

TEST_F(Stranger, UnknownPayloadsAndNotificationsAreSkipped) {
  Message message = Init(base::Bytes(32, 9));
  message.payloads.push_back(Payload(static_cast<PayloadType>(99), UnknownPayload{{1, 2, 3}}));
  message.payloads.push_back(NotifyPayload{.type = static_cast<NotifyType>(40001), .data = {1}});
  message.payloads.push_back(NotifyPayload{.type = static_cast<NotifyType>(8191)});
  message.payloads.push_back(wire::ikev2::VendorIdPayload{base::Bytes(16, 1)});
  message.payloads.push_back(wire::ikev2::VendorIdPayload{});
  const std::optional<Message> answer = Send(message);
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->Get<KePayload>(), nullptr);
}

TEST_F(Stranger, PayloadsInAnyOrder) {
  Message message = Init(base::Bytes(32, 9));
  std::reverse(message.payloads.begin(), message.payloads.end());
  EXPECT_TRUE(Send(message));
}

// RFC 7296 3.1: a first message has message id 0, our SPI zero, its sender's not, and the flag of the initiator.
TEST_F(Stranger, HeadersThatNoFirstMessageHas) {
  const std::vector<std::function<void(wire::IkeHeader&)>> wrongs = {
      [](auto& h) { h.initiator_spi = 0; }, [](auto& h) { h.responder_spi = 1; }, [](auto& h) { h.message_id = 1; },
      [](auto& h) { h.flags = 0; }, [](auto& h) { h.flags = wire::kFlagInitiator | wire::kFlagResponse; }};
  for (const auto& wrong : wrongs) {
    Message message = Init(base::Bytes(32, 9));
    wrong(message.header);
    EXPECT_FALSE(Send(message)) << (&wrong - wrongs.data());
  }
  ExpectForgotten();
}

class StrangerModp : public Stranger {
 protected:
  StrangerModp() : Stranger("aes256-sha256-modp2048") {}

  // p + change, in as many octets as p has.
  static base::Bytes Prime(int change) {
    BIGNUM* p = BN_get_rfc3526_prime_2048(nullptr);
    if (change > 0) BN_add_word(p, static_cast<BN_ULONG>(change));
    if (change < 0) BN_sub_word(p, static_cast<BN_ULONG>(-change));
    base::Bytes octets(256);
    BN_bn2binpad(p, octets.data(), 256);
    BN_free(p);
    return octets;
  }
  static base::Bytes Small(uint8_t value) {
    base::Bytes octets(256);
    octets.back() = value;
    return octets;
  }
};

// RFC 6989 2.1: 2 ≤ r ≤ p - 2, in exactly as many octets as p (RFC 7296 3.4).
TEST_F(StrangerModp, PublicValuesOutsideTheGroup) {
  const std::vector<base::Bytes> values = {Small(0),
                                           Small(1),
                                           Prime(-1),
                                           Prime(0),
                                           Prime(1),
                                           base::Bytes(256, 0xFF),
                                           {2},
                                           base::Bytes(255, 9),
                                           base::Bytes(257, 9),
                                           base::Bytes(8192, 9)};
  for (const base::Bytes& value : values) EXPECT_FALSE(Send(Init(value, 14))) << base::ToHex(value).substr(0, 16);
  EXPECT_EQ(host_.Invalid("public_value"), values.size());
  ExpectForgotten();
  EXPECT_TRUE(Send(Init(Prime(-2), 14)));
}

class StrangerEcp : public Stranger {
 protected:
  StrangerEcp() : Stranger("aes256-sha256-ecp256") {}
};

// RFC 6989 2.3: the point is on the curve; RFC 5903 7: x and y alone, 32 octets each.
TEST_F(StrangerEcp, PointsThatAreOnNoCurve) {
  const std::vector<base::Bytes> values = {base::Bytes(64, 0), base::Bytes(64, 1), base::Bytes(64, 0xFF),
                                           base::Bytes(63, 1), base::Bytes(65, 4), base::Bytes(1, 0),
                                           base::Bytes(33, 2)};
  for (const base::Bytes& value : values) EXPECT_FALSE(Send(Init(value, 19)));
  EXPECT_EQ(host_.Invalid("public_value"), values.size());
  ExpectForgotten();
}

// ---- a peer that has the key
// ----------------------------------------------------------------------------------------------

class Insider : public ::testing::Test {
 protected:
  Insider() { host_.Configure({Mirror(Tunnel())}); }

  std::vector<Payload> ChildRequest(size_t nonce = 32) {
    std::vector<Payload> payloads;
    payloads.push_back(wire::ikev2::ToSaPayload(Esp({"aes256gcm16-x25519"}), base::Bytes{0, 0, 0x77, 0x02}));
    payloads.push_back(NoncePayload{base::Bytes(nonce, 5)});
    payloads.push_back(KePayload{31, base::Bytes(32, 9)});
    payloads.push_back({PayloadType::kTsI, wire::ikev2::TsPayload{{*ipsec::TrafficSelector::Parse("10.1.0.0/24")}}});
    payloads.push_back({PayloadType::kTsR, wire::ikev2::TsPayload{{*ipsec::TrafficSelector::Parse("10.2.0.0/24")}}});
    return payloads;
  }
  // IKE_AUTH with another identity, under which AUTH is true.
  std::optional<Message> AuthAs(IdPayload id) {
    std::vector<Payload> payloads = peer_.HonestAuth(kKey);
    payloads[0] = {PayloadType::kIdI, std::move(id)};
    return peer_.Auth(std::move(payloads));
  }

  VirtualClock clock_;
  Host host_{"b", "192.0.2.2", clock_, 2};
  ScriptedPeer peer_{host_, Tunnel()};
};

TEST_F(Insider, OversizedAndEmptyIdentitiesAreMalformed) {
  for (const size_t size : {0, 4097, 20000}) {
    Host host("b", "192.0.2.2", clock_, 3);
    host.Configure({Mirror(Tunnel())});
    ScriptedPeer peer(host, Tunnel());
    ASSERT_TRUE(peer.Init());
    std::vector<Payload> payloads = peer.HonestAuth(kKey);
    payloads[0] = {PayloadType::kIdI, IdPayload{{ipsec::IdType::kFqdn, base::Bytes(size, 'a')}}};
    EXPECT_TRUE(peer.Auth(std::move(payloads))->Has(NotifyType::kInvalidSyntax)) << size;
    EXPECT_EQ(host.Invalid("id_size"), 1u);
    EXPECT_TRUE(host.LiveChildren().empty());
  }
}

TEST_F(Insider, IdentitiesOfTypesThatDoNotExistAreRefused) {
  for (const uint8_t type : {4, 7, 8, 12, 201, 255}) {
    Host host("b", "192.0.2.2", clock_, 3);
    host.Configure({Mirror(Tunnel())});
    ScriptedPeer peer(host, Tunnel());
    ASSERT_TRUE(peer.Init());
    std::vector<Payload> payloads = peer.HonestAuth(kKey);
    payloads[0] = {PayloadType::kIdI, IdPayload{{static_cast<ipsec::IdType>(type), {'x'}}}};
    EXPECT_TRUE(peer.Auth(std::move(payloads))->Has(NotifyType::kAuthenticationFailed)) << int{type};
  }
}

TEST_F(Insider, ControlOctetsOfAnIdentityReachNoTerminal) {
  ASSERT_TRUE(peer_.Init());
  const base::Bytes nasty = {'g', 0x1B, '[', '2', 'J', 0, '\n', 0x7F, 0xFF};
  EXPECT_TRUE(AuthAs({{ipsec::IdType::kFqdn, nasty}})->Has(NotifyType::kAuthenticationFailed));
  const Diagnosis* diagnosis = host_.LastDiagnosis();
  ASSERT_NE(diagnosis, nullptr);
  for (const std::string& text : {diagnosis->summary, diagnosis->received, diagnosis->expected}) {
    for (const char c : text) EXPECT_TRUE(c >= ' ' && c < 0x7F) << text;
  }
}

// RFC 7296 2.15: RestOfInitIDPayload includes the reserved octets, whatever they are.
TEST_F(Insider, ReservedOctetsOfAnIdentityAreAuthenticatedAsSent) {
  for (const bool honest : {true, false}) {
    Host host("b", "192.0.2.2", clock_, 3);
    host.Configure({Mirror(Tunnel())});
    ScriptedPeer peer(host, Tunnel());
    peer.id_reserved = {1, 2, 3};
    ASSERT_TRUE(peer.Init());
    std::vector<Payload> payloads = peer.HonestAuth(kKey);
    if (!honest) std::get<IdPayload>(payloads[0].body).reserved = {};
    EXPECT_EQ(peer.Auth(std::move(payloads))->Has(NotifyType::kAuthenticationFailed), !honest);
  }
}

TEST_F(Insider, TrafficSelectorsThatLieEndTheSa) {
  const std::vector<base::Bytes> bodies = {
      {},
      {0},
      {1, 0, 0, 0},                                                              // one, and none there
      {0, 0, 0, 0, 7, 0, 0, 16, 0, 0, 255, 255, 10, 1, 0, 0, 10, 1, 0, 255},     // none, and one there
      {255, 0, 0, 0, 7, 0, 0, 16, 0, 0, 255, 255, 10, 1, 0, 0, 10, 1, 0, 255},   // 255
      {1, 0, 0, 0, 7, 0, 0, 3, 0, 0, 255, 255, 10, 1, 0, 0, 10, 1, 0, 255},      // shorter than its header
      {1, 0, 0, 0, 7, 0, 255, 255, 0, 0, 255, 255, 10, 1, 0, 0, 10, 1, 0, 255},  // beyond the payload
      {1, 0, 0, 0, 8, 0, 0, 16, 0, 0, 255, 255, 10, 1, 0, 0, 10, 1, 0, 255},     // IPv6 of IPv4's length
      {1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 255, 255, 10, 1, 0, 255, 10, 1, 0, 0},     // ends before it starts
      {1, 0, 0, 0, 7, 6, 0, 16, 0, 80, 0, 79, 10, 1, 0, 0, 10, 1, 0, 255},       // so do its ports
  };
  for (const base::Bytes& body : bodies) {
    Host host("b", "192.0.2.2", clock_, 3);
    host.Configure({Mirror(Tunnel())});
    ScriptedPeer peer(host, Tunnel());
    ASSERT_TRUE(peer.Connect());
    std::vector<Payload> payloads = ChildRequest();
    payloads[3] = {PayloadType::kTsI, UnknownPayload{body}};
    const auto answer = peer.Request(ExchangeType::kCreateChildSa, std::move(payloads));
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->Has(NotifyType::kInvalidSyntax)) << (&body - bodies.data());
    EXPECT_TRUE(host.LiveChildren().empty());
  }
}

TEST_F(Insider, ANonceTooShortInCreateChildSaEndsTheSa) {
  ASSERT_TRUE(peer_.Connect());
  EXPECT_TRUE(peer_.Request(ExchangeType::kCreateChildSa, ChildRequest(15))->Has(NotifyType::kInvalidSyntax));
  EXPECT_TRUE(host_.engine->IkeSas().empty());
}

TEST_F(Insider, ALowOrderPointInCreateChildSaIsRefusedAndTheSaLives) {
  ASSERT_TRUE(peer_.Connect());
  std::vector<Payload> payloads = ChildRequest();
  payloads[2] = KePayload{31, base::Bytes(32, 0)};
  EXPECT_TRUE(peer_.Request(ExchangeType::kCreateChildSa, std::move(payloads))->Has(NotifyType::kInvalidSyntax));
  EXPECT_EQ(host_.Tunnel().state, TunnelState::kUp);
  EXPECT_EQ(host_.LiveChildren().size(), 1u);
}

TEST_F(Insider, SpisOfTheWrongSizeInAnEspProposal) {
  for (const size_t size : {0, 1, 3, 5, 8, 255}) {
    Host host("b", "192.0.2.2", clock_, 3);
    host.Configure({Mirror(Tunnel())});
    ScriptedPeer peer(host, Tunnel());
    ASSERT_TRUE(peer.Connect());
    std::vector<Payload> payloads = ChildRequest();
    std::get<SaPayload>(payloads[0].body).proposals[0].spi = base::Bytes(size, 1);
    const auto answer = peer.Request(ExchangeType::kCreateChildSa, std::move(payloads));
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->Has(NotifyType::kInvalidSyntax)) << size;
  }
}

// An AH proposal cannot be chosen, and neither can ESP's in place of IKE's.
TEST_F(Insider, ProposalsOfOtherProtocols) {
  ASSERT_TRUE(peer_.Connect());
  std::vector<Payload> payloads = ChildRequest();
  std::get<SaPayload>(payloads[0].body).proposals[0].protocol = ProtocolId::kAh;
  EXPECT_TRUE(peer_.Request(ExchangeType::kCreateChildSa, std::move(payloads))->Has(NotifyType::kNoProposalChosen));
  EXPECT_EQ(host_.LiveChildren().size(), 1u);
}

// Two payloads of a kind that there may be one of, and payloads of other exchanges (appendix C).
TEST_F(Insider, DuplicatedAndForeignPayloadsEndTheSa) {
  const std::vector<std::function<void(std::vector<Payload>&)>> wrongs = {
      [](auto& p) { p.push_back(p[0]); },
      [](auto& p) { p.push_back(p[1]); },
      [](auto& p) { p.push_back(p[3]); },
      [](auto& p) {
        p.push_back({PayloadType::kIdI, IdPayload{Id("a.example")}});
      },
      [](auto& p) {
        p.push_back(DeletePayload{ProtocolId::kEsp, {0x7701}});
      },
      [](auto& p) {
        p.push_back(wire::ikev2::EapPayload{{1, 1, 0, 4}});
      },
  };
  for (const auto& wrong : wrongs) {
    Host host("b", "192.0.2.2", clock_, 3);
    host.Configure({Mirror(Tunnel())});
    ScriptedPeer peer(host, Tunnel());
    ASSERT_TRUE(peer.Connect());
    std::vector<Payload> payloads = ChildRequest();
    wrong(payloads);
    EXPECT_TRUE(peer.Request(ExchangeType::kCreateChildSa, std::move(payloads))->Has(NotifyType::kInvalidSyntax));
    EXPECT_TRUE(host.engine->IkeSas().empty());
  }
}

TEST_F(Insider, ANotifyAfterADeleteFindsNobody) {
  ASSERT_TRUE(peer_.Connect());
  EXPECT_TRUE(peer_.Request(ExchangeType::kInformational, {DeletePayload{ProtocolId::kIke, {}}}));
  EXPECT_FALSE(peer_.Request(ExchangeType::kInformational, {NotifyPayload{.type = NotifyType::kInitialContact}}));
  EXPECT_FALSE(peer_.Request(ExchangeType::kCreateChildSa, ChildRequest()));
  EXPECT_TRUE(host_.LiveChildren().empty());
}

// A refused SA has no secrets to spare for anything else, but its answer may have been lost.
TEST_F(Insider, ARefusalIsRepeatedAndNothingElseIsHeard) {
  ASSERT_TRUE(peer_.Init());
  const Message auth = peer_.Next(ExchangeType::kIkeAuth, peer_.HonestAuth("wrong"));
  const base::Bytes datagram = wire::ikev2::SealMessage(peer_.sa().crypto->out, auth, peer_.rng());
  EXPECT_TRUE(peer_.Say(datagram)->Has(NotifyType::kAuthenticationFailed));
  EXPECT_TRUE(peer_.Say(datagram)->Has(NotifyType::kAuthenticationFailed));
  EXPECT_FALSE(peer_.Request(ExchangeType::kInformational, {}));
  EXPECT_FALSE(peer_.Request(ExchangeType::kCreateChildSa, ChildRequest()));
}

// RFC 7296 2.3: the window is 1 both ways, whatever the peer says of its own.
TEST_F(Insider, SetWindowSizeChangesNothing) {
  ASSERT_TRUE(peer_.Connect());
  NotifyPayload window{.type = NotifyType::kSetWindowSize};
  window.data = {0, 0, 0, 64};
  EXPECT_TRUE(peer_.Request(ExchangeType::kInformational, {window})->payloads.empty());
  const Message early = peer_.Next(ExchangeType::kInformational, {});
  const Message later = peer_.Next(ExchangeType::kInformational, {});
  const crypto::Cipher& cipher = peer_.sa().crypto->out;
  EXPECT_FALSE(peer_.Say(wire::ikev2::SealMessage(cipher, later, peer_.rng())));
  EXPECT_TRUE(peer_.Say(wire::ikev2::SealMessage(cipher, early, peer_.rng())));
  EXPECT_TRUE(peer_.Say(wire::ikev2::SealMessage(cipher, later, peer_.rng())));
}

// RFC 7296 2.20: only CFG_REQUEST asks, and nothing of ours says.
TEST_F(Insider, AVersionIsNotTold) {
  ASSERT_TRUE(peer_.Connect());
  wire::ikev2::ConfigPayload request{wire::ikev2::ConfigType::kRequest,
                                     {{wire::ikev2::ConfigAttributeType::kApplicationVersion, {}}}};
  const auto answer = peer_.Request(ExchangeType::kInformational, {request});
  ASSERT_TRUE(answer);
  for (const auto* config : answer->All<wire::ikev2::ConfigPayload>()) EXPECT_TRUE(config->attributes.empty());
}

// RFC 7296 2.22, 3.10.1.
TEST_F(Insider, IpcompIsDeclinedBySilence) {
  ASSERT_TRUE(peer_.Init());
  std::vector<Payload> payloads = peer_.HonestAuth(kKey);
  payloads.push_back(NotifyPayload{.type = NotifyType::kIpcompSupported, .data = {0, 1, 2}});
  const auto answer = peer_.Auth(std::move(payloads));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->Has(NotifyType::kIpcompSupported));
  EXPECT_EQ(host_.LiveChildren().size(), 1u);
}

TEST_F(Insider, UnknownErrorsOfARequestAreIgnored) {
  ASSERT_TRUE(peer_.Connect());
  for (const uint16_t type : {2, 100, 8192, 16383}) {
    EXPECT_TRUE(peer_.Request(ExchangeType::kInformational, {NotifyPayload{.type = static_cast<NotifyType>(type)}})
                    ->payloads.empty());
  }
  EXPECT_EQ(host_.Tunnel().state, TunnelState::kUp);
}

// ---- a responder that lies
// ------------------------------------------------------------------------------------------------

// Each alteration of the answer to IKE_SA_INIT ends the attempt, and the next one succeeds.
TEST(LyingResponder, AnswersThatWereNotOfferedEndTheAttempt) {
  const std::vector<std::function<void(Message&)>> lies = {
      [](Message& m) { m.header.responder_spi = 0; },
      [](Message& m) { std::get<SaPayload>(m.payloads[0].body).proposals[0].transforms[0].key_bits = 128; },
      [](Message& m) { std::get<SaPayload>(m.payloads[0].body).proposals[0].transforms.pop_back(); },
      [](Message& m) {
        auto& proposals = std::get<SaPayload>(m.payloads[0].body).proposals;
        proposals.push_back(proposals[0]);
        proposals[1].number = 2;
      },
      [](Message& m) { std::get<KePayload>(m.payloads[1].body).group = 14; },
      [](Message& m) { std::get<KePayload>(m.payloads[1].body).data = base::Bytes(32, 0); },
      [](Message& m) { std::get<KePayload>(m.payloads[1].body).data.push_back(0); },
  };
  for (const auto& lie : lies) {
    MockWire wire;
    int lied = 0;
    wire.passes = [&](InFlight& flight) {
      if (flight.text != "b IKE_SA_INIT response 0" || lied++ > 0) return true;
      Message message = *wire::ikev2::DecodeMessage(*flight.send.bytes);
      lie(message);
      flight.send.bytes = std::make_shared<const base::Bytes>(EncodeMessage(message));
      return true;
    };
    wire.Connect(Tunnel());
    EXPECT_NE(wire.a.Tunnel().state, TunnelState::kUp) << (&lie - lies.data());
    EXPECT_NE(wire.a.LastDiagnosis(), nullptr);
    EXPECT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Minutes(2)));
  }
}

}  // namespace
}  // namespace culvert::iked::testing
