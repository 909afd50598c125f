// SPDX-License-Identifier: Apache-2.0
// Phase 1 with a peer that keeps to no rules: nothing is kept of it, and it gets no more than it gave.
#include <functional>

#include "gtest/gtest.h"
#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using wire::ikev1::ExchangeType;
using wire::ikev1::KePayload;
using wire::ikev1::Message;
using wire::ikev1::NotifyPayload;
using wire::ikev1::NotifyType;
using wire::ikev1::Phase1Attribute;
using wire::ikev1::SaPayload;

TunnelConfig MainTunnel() {
  TunnelConfig tunnel = Tunnel("aes128-sha256-ecp256", "aes128-sha256");
  tunnel.version = IkeVersion::kIkev1;
  return tunnel;
}

// b answers; a's messages to it are rewritten on the way, and their answers come back or not.
struct HostileWire : MockWire {
  explicit HostileWire(std::function<void(size_t, Message&)> rewrite, TunnelConfig of_b = Mirror(MainTunnel())) {
    passes = [this, rewrite](InFlight& flight) {
      if (flight.from != &a) return true;
      wire::Decoded<Message> message = wire::ikev1::DecodeMessage(*flight.send.bytes);
      if (!message.ok()) return true;
      rewrite(sent++, *message);
      flight.send.bytes = std::make_shared<const base::Bytes>(EncodeMessage(*message));
      asked += flight.send.bytes->size();
      return true;
    };
    b.Configure({std::move(of_b)});
    a.Configure({MainTunnel()});
    Run();
  }
  size_t answered() const {
    size_t octets = 0;
    for (const InFlight& flight : history) octets += flight.from == &b ? flight.send.bytes->size() : 0;
    return octets;
  }
  size_t sent = 0;
  size_t asked = 0;
};

void ExpectNothingKept(const HostileWire& wire) {
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_EQ(wire.b.engine->half_open(), 0u);
  EXPECT_LE(wire.answered(), wire.asked);
}

TEST(HostileIkev1, AnUnknownWayToAuthenticateIsNoProposal) {
  HostileWire wire([](size_t, Message& message) {
    for (wire::ikev1::Payload& payload : message.payloads) {
      auto* sa = std::get_if<SaPayload>(&payload.body);
      if (sa == nullptr) continue;
      for (wire::ikev1::Attribute& a : sa->proposals[0].transforms[0].attributes) {
        if (a.type == static_cast<uint16_t>(Phase1Attribute::kAuthentication)) a.number = 64999;
      }
    }
  });
  ExpectNothingKept(wire);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kIkeProposalMismatch);
}

TEST(HostileIkev1, PublicValuesOfNobody) {
  for (const base::Bytes& value :
       {base::Bytes(64, 0), base::Bytes(1, 4), base::Bytes(65, 0xff), base::Bytes(4096, 1)}) {
    HostileWire wire([&](size_t, Message& message) {
      for (wire::ikev1::Payload& payload : message.payloads) {
        if (auto* ke = std::get_if<KePayload>(&payload.body)) ke->data = value;
      }
    });
    EXPECT_TRUE(wire.b.engine->IkeSas().empty());
    EXPECT_GE(wire.b.Invalid("public_value"), 1u);
  }
}

TEST(HostileIkev1, OneCookieHasOneNegotiation) {
  MockWire wire;
  wire.b.Configure({Mirror(MainTunnel())});
  wire.passes = [](const InFlight&) { return false; };
  wire.a.Configure({MainTunnel()});
  wire.Run();
  const Send first = wire.history.front().send;
  Message other = *wire::ikev1::DecodeMessage(*first.bytes);
  other.payloads.pop_back();  // a vendor id less
  wire.Inject(wire.b, first);
  wire.Inject(wire.b, {first.local, first.remote, std::make_shared<const base::Bytes>(EncodeMessage(other))});
  wire.Run();
  EXPECT_EQ(wire.b.engine->IkeSas().size(), 1u);
  EXPECT_EQ(wire.b.Invalid("out_of_state"), 1u);
}

// As a scanner does: whatever the exchange, without an SA there is nothing but a count.
TEST(HostileIkev1, WithoutAnSaNothingIsAnswered) {
  MockWire wire;
  wire.b.Configure({Mirror(MainTunnel())});
  wire.Run();
  for (const ExchangeType exchange : {ExchangeType::kMain, ExchangeType::kAggressive, ExchangeType::kQuick,
                                      ExchangeType::kInformational, ExchangeType::kTransaction}) {
    Message message;
    message.header = wire::ikev1::HeaderOf({1, 2}, exchange, 7);
    message.payloads.push_back(NotifyPayload{.type = NotifyType::kInitialContact});
    Send send;
    send.local = {wire.a.address, 500};
    send.remote = {wire.b.address, 500};
    send.bytes = std::make_shared<const base::Bytes>(EncodeMessage(message));
    wire.Inject(wire.b, send);
    wire.Run();
  }
  EXPECT_EQ(wire.b.Invalid("unknown_spi"), 5u);
  EXPECT_TRUE(wire.log.empty());
}

// Every octet of the first message, wrong in turn: no crash, no answer larger than what was asked.
TEST(HostileIkev1, AnyOctetOfMessageOneMayLie) {
  MockWire wire;
  wire.b.Configure({Mirror(MainTunnel())});
  wire.passes = [](const InFlight&) { return false; };
  wire.a.Configure({MainTunnel()});
  wire.Run();
  const Send first = wire.history.front().send;
  wire.history.clear();
  size_t asked = 0;
  for (size_t i = 0; i < first.bytes->size(); ++i) {
    base::Bytes lie = *first.bytes;
    lie[i] ^= 0xff;
    asked += lie.size();
    wire.Inject(wire.b, {first.local, first.remote, std::make_shared<const base::Bytes>(lie)});
    wire.Run();
  }
  size_t answered = 0;
  for (const InFlight& flight : wire.history) answered += flight.send.bytes->size();
  EXPECT_LE(answered, asked);
  wire.Advance(absl::Minutes(1));
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
}

// An error in clear that comes late is a hint: the real answer still counts.
TEST(HostileIkev1, AForgedErrorDoesNotEndWhatGoesOn) {
  MockWire wire;
  bool forged = false;
  wire.passes = [&](const InFlight& flight) {
    const auto header = *wire::PeekHeader(*flight.send.bytes);
    if (flight.text != "b MAIN" || Count(wire.log, "b MAIN") != 2 || forged) return true;
    forged = true;
    Message lie;
    lie.header = wire::ikev1::HeaderOf({header.initiator_spi, header.responder_spi}, ExchangeType::kInformational, 9);
    lie.payloads.push_back(NotifyPayload{.type = NotifyType::kNoProposalChosen});
    Send send = flight.send;
    send.bytes = std::make_shared<const base::Bytes>(EncodeMessage(lie));
    wire.Inject(wire.a, send);
    return true;
  };
  wire.b.Configure({Mirror(MainTunnel())});
  wire.a.Configure({MainTunnel()});
  wire.Run();
  EXPECT_TRUE(forged);
  EXPECT_EQ(wire.a.IkeSa().state, "ESTABLISHED");
}

}  // namespace
}  // namespace culvert::iked::testing
