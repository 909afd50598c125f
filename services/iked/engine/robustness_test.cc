// SPDX-License-Identifier: Apache-2.0
// What has hurt other IKE daemons: malformed, untimely, repeated and forged messages. Each is counted under its reason,
// and changes nothing.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;

Send Altered(const Send& original, const std::function<void(base::Bytes&)>& alter) {
  Send altered = original;
  auto bytes = std::make_shared<base::Bytes>(*original.bytes);
  alter(*bytes);
  altered.bytes = std::move(bytes);
  return altered;
}

Send Rewritten(const Send& original, const std::function<void(Message&)>& rewrite) {
  Message message = *wire::ikev2::DecodeMessage(*original.bytes);
  rewrite(message);
  Send rewritten = original;
  rewritten.bytes = std::make_shared<const base::Bytes>(EncodeMessage(message));
  return rewritten;
}

// a's IKE_SA_INIT request, and a b that waits for it.
Send FirstRequest(MockWire& wire) {
  wire.b.Configure({Mirror(Tunnel())});
  wire.passes = [](InFlight&) { return false; };
  wire.a.Configure({Tunnel()});
  wire.Run();
  return wire.history.front().send;
}

TEST(Malformed, EveryTruncationOfIkeSaInitIsCountedAndForgotten) {
  MockWire wire;
  const Send init = FirstRequest(wire);
  for (size_t size = 0; size < init.bytes->size(); ++size) {
    wire.Inject(wire.b, Altered(init, [size](base::Bytes& bytes) { bytes.resize(size); }));
  }
  EXPECT_EQ(wire.b.engine->half_open(), 0u);
  EXPECT_TRUE(wire.b.outbox.empty());
  EXPECT_EQ(wire.b.Invalid("header_short"), 28u);
  EXPECT_EQ(wire.b.Invalid("length_mismatch"), init.bytes->size() - 28);
}

TEST(Malformed, AMissingPayloadIsNamed) {
  MockWire wire;
  const Send init = FirstRequest(wire);
  for (const size_t missing : {0, 1, 2}) {
    wire.Inject(wire.b, Rewritten(init, [missing](Message& m) {
                  m.payloads.erase(m.payloads.begin() + static_cast<std::ptrdiff_t>(missing));
                }));
  }
  EXPECT_EQ(wire.b.Invalid("missing_payload"), 3u);
  EXPECT_EQ(wire.b.engine->half_open(), 0u);
}

TEST(Malformed, BadPublicValuesEndTheHandshakeQuietly) {
  MockWire wire;
  const Send init = FirstRequest(wire);
  for (const base::Bytes& value : {base::Bytes(32, 0), base::Bytes(31, 9), base::Bytes(33, 9), base::Bytes(2000, 9)}) {
    wire.Inject(wire.b, Rewritten(init, [&](Message& m) {
                  m.header.initiator_spi += value.size();
                  std::get<wire::ikev2::KePayload>(m.payloads[1].body).data = value;
                }));
    wire.b.HandleInbox();
  }
  EXPECT_EQ(wire.b.engine->half_open(), 0u);
  EXPECT_EQ(wire.b.Invalid("public_value"), 4u);
  EXPECT_TRUE(wire.b.outbox.empty());
}

TEST(Malformed, AHigherMajorVersionIsToldSoButNotForEver) {
  MockWire wire;
  const Send init = FirstRequest(wire);
  const Send v3 = Altered(init, [](base::Bytes& bytes) { bytes[17] = 0x30; });
  for (int i = 0; i < 1000; ++i) wire.Inject(wire.b, v3);
  EXPECT_GE(wire.b.outbox.size(), 1u);
  EXPECT_LE(wire.b.outbox.size(), 20u);
  const auto answer = wire::ikev2::DecodeMessage(*wire.b.outbox.front().bytes);
  EXPECT_TRUE(answer->Has(NotifyType::kInvalidMajorVersion));
  EXPECT_EQ(wire.b.Invalid("major_version"), 1000u);
}

TEST(Malformed, ACriticalPayloadWeDoNotKnowIsNamedBack) {
  MockWire wire;
  const Send init = FirstRequest(wire);
  wire.Inject(
      wire.b, Rewritten(init, [](Message& m) {
        m.payloads.push_back({static_cast<wire::ikev2::PayloadType>(99), wire::ikev2::UnknownPayload{{1}}, true});
      }));
  ASSERT_EQ(wire.b.outbox.size(), 1u);
  const auto answer = wire::ikev2::DecodeMessage(*wire.b.outbox.front().bytes);
  ASSERT_TRUE(answer->Has(NotifyType::kUnsupportedCriticalPayload));
  EXPECT_EQ(answer->GetNotify(NotifyType::kUnsupportedCriticalPayload)->data, base::Bytes{99});
  EXPECT_EQ(wire.b.engine->half_open(), 0u);
}

TEST(Amplification, NoAnswerToAStrangerIsLargerThanItsQuestion) {
  MockWire wire;
  const Send init = FirstRequest(wire);
  wire.Inject(wire.b, init);
  wire.b.HandleInbox();
  ASSERT_EQ(wire.b.outbox.size(), 1u);
  EXPECT_LE(wire.b.outbox.front().bytes->size(), init.bytes->size());
  wire.b.outbox.clear();
  wire.Advance(absl::Seconds(20));  // b never repeats it by itself
  EXPECT_EQ(Count(wire.log, "b IKE_SA_INIT response 0"), 0);
}

TEST(HalfOpen, DuplicatesOfARequestMakeOneSa) {
  MockWire wire;
  const Send init = FirstRequest(wire);
  for (int i = 0; i < 5; ++i) wire.Inject(wire.b, init);
  wire.b.HandleInbox();
  for (int i = 0; i < 5; ++i) wire.Inject(wire.b, init);
  EXPECT_EQ(wire.b.engine->half_open(), 1u);
  EXPECT_EQ(wire.b.outbox.size(), 6u);  // one answer, and five times the same again
}

TEST(HalfOpen, AStrangerWhoStopsIsForgotten) {
  MockWire wire;
  const Send init = FirstRequest(wire);
  wire.Inject(wire.b, init);
  wire.b.HandleInbox();
  EXPECT_EQ(wire.b.engine->half_open(), 1u);
  wire.Advance(absl::Seconds(31));
  EXPECT_EQ(wire.b.engine->half_open(), 0u);
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
}

TEST(HalfOpen, AFloodMeetsCookiesThenLimits) {
  MockWire wire;
  EngineConfig config = WithSecret("key");
  config.cookie_threshold = 8;
  config.half_open_limit = 100;
  wire.b.Configure(std::move(config), {Mirror(Tunnel())});
  wire.passes = [](InFlight&) { return false; };
  wire.a.Configure({Tunnel()}, {{"", "key"}});
  wire.Run();
  const Send init = wire.history.front().send;
  for (uint64_t i = 1; i <= 1000; ++i) {
    wire.Inject(wire.b, Altered(init, [i](base::Bytes& bytes) {
                  bytes[0] = static_cast<uint8_t>(i >> 8);
                  bytes[1] = static_cast<uint8_t>(i);
                }));
    wire.b.HandleInbox();
  }
  EXPECT_EQ(wire.b.engine->half_open(), 8u);
  EXPECT_EQ(wire.b.engine->counters().Value("ipsec_ike_cookies_sent_total", {}), 992u);
  // An honest peer gets in all the same.
  wire.passes = nullptr;
  wire.b.outbox.clear();
  EXPECT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Seconds(10)));
}

TEST(Order, ProtectedMessagesBeforeKeysExistAreIgnored) {
  MockWire wire;
  wire.Connect(Tunnel());
  const Send auth = wire.history[2].send;
  MockWire fresh;
  const Send init = FirstRequest(fresh);
  fresh.Inject(fresh.b, init);  // its answer is still being computed
  const uint64_t spi = fresh.b.engine->IkeSas().front().responder_spi;
  const uint64_t spi_i = fresh.b.engine->IkeSas().front().initiator_spi;
  fresh.Inject(fresh.b, Altered(auth, [&](base::Bytes& bytes) {
                 for (size_t i = 0; i < 8; ++i) {
                   bytes[i] = static_cast<uint8_t>(spi_i >> (56 - 8 * i));
                   bytes[8 + i] = static_cast<uint8_t>(spi >> (56 - 8 * i));
                 }
               }));
  EXPECT_EQ(fresh.b.Invalid("no_keys"), 1u);
  fresh.passes = nullptr;
  EXPECT_TRUE(fresh.Until([&] { return fresh.a.Tunnel().state == TunnelState::kUp; }, absl::Seconds(5)));
}

TEST(Order, UnknownSpisAndWrongMessageIdsChangeNothing) {
  MockWire wire;
  wire.Connect(Tunnel());
  const Send auth = wire.history[2].send;
  wire.Inject(wire.b, Altered(auth, [](base::Bytes& bytes) { bytes[8] ^= 1; }));
  EXPECT_EQ(wire.b.Invalid("unknown_spi"), 1u);
  for (const uint8_t id : {0, 3, 200}) {
    wire.Inject(wire.b, Altered(auth, [id](base::Bytes& bytes) { bytes[23] = id; }));
  }
  EXPECT_EQ(wire.b.Invalid("message_id"), 3u);
  wire.Inject(wire.b, Altered(auth, [](base::Bytes& bytes) { bytes[23] = 2; }));  // the next one, but not authentic
  EXPECT_EQ(wire.b.Invalid("integrity"), 1u);
  EXPECT_TRUE(wire.b.outbox.empty());
  EXPECT_EQ(wire.b.Tunnel().state, TunnelState::kUp);
}

TEST(Order, EveryFlippedBitOfIkeAuthIsRefusedAndTheHandshakeGoesOn) {
  MockWire wire;
  Send auth;
  wire.passes = [&](InFlight& flight) {
    if (flight.text != "a IKE_AUTH request 1") return true;
    auth = flight.send;
    return false;
  };
  wire.Connect(Tunnel());
  for (size_t at = 0; at < auth.bytes->size(); ++at) {
    wire.Inject(wire.b, Altered(auth, [at](base::Bytes& bytes) { bytes[at] ^= 0x10; }));
  }
  wire.b.HandleInbox();
  EXPECT_TRUE(wire.b.LiveChildren().empty());
  wire.passes = nullptr;
  wire.Advance(absl::Seconds(2));
  EXPECT_EQ(wire.a.Tunnel().state, TunnelState::kUp);
  ExpectCarries(wire.a, wire.b);
}

// An SA that dies while its computation is under way: the answer finds nobody.
TEST(Order, AComputationThatOutlivesItsSaIsDropped) {
  MockWire wire;
  wire.b.Configure({Mirror(Tunnel())});
  wire.a.Configure({Tunnel()});
  wire.a.HandleInbox();
  wire.Run();
  wire.a.Handle(Rekey{1, "t", Part::kAll});
  std::deque<Input> late = std::move(wire.a.inbox);
  wire.a.inbox.clear();
  wire.a.Configure(std::vector<TunnelConfig>{});
  for (Input& input : late) wire.a.Handle(std::move(input));
  wire.Run();
  EXPECT_TRUE(wire.a.engine->IkeSas().empty());
}

TEST(Order, ATunnelTakenDownWhileItsFirstChildSaIsInstalledLeavesNone) {
  MockWire wire;
  Send auth;
  wire.passes = [&](InFlight& flight) {
    if (flight.text == "a IKE_AUTH request 1") auth = flight.send;
    return flight.text != "a IKE_AUTH request 1";
  };
  wire.Connect(Tunnel());
  wire.Inject(wire.b, auth);  // sad is asked to install, and has not answered
  wire.b.Handle(Terminate{1, "t", Part::kAll});
  wire.b.HandleInbox();
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_TRUE(wire.b.LiveChildren().empty());
}

TEST(Order, TheSameDeleteTwiceAndANotifyAfterADelete) {
  MockWire wire;
  wire.Connect(Tunnel());
  wire.a.Handle(Terminate{1, "t", Part::kAll});
  const Send del = wire.a.outbox.front();
  wire.Run();
  wire.Inject(wire.b, del);
  wire.Inject(wire.b, del);
  EXPECT_TRUE(wire.b.engine->IkeSas().empty());
  EXPECT_EQ(wire.b.Invalid("unknown_spi"), 2u);
}

TEST(Datapath, LateWordsAboutDeadChildSasAreIgnored) {
  MockWire wire;
  wire.Connect(Tunnel());
  const uint64_t id = wire.a.Child().sa.id;
  wire.a.Handle(Terminate{1, "t", Part::kAll});
  wire.Run();
  wire.a.Handle(ChildExpire{id, false});
  wire.a.Handle(ChildExpire{id, true});
  wire.a.Handle(FirstInbound{id});
  wire.a.Handle(NatMapping{id, {wire.b.address, 4500}});
  wire.a.Handle(UnknownSpi{0, {wire.b.address, 4500}});
  wire.a.Handle(ChildSaUsage{12345, absl::Seconds(1)});
  wire.a.Handle(SaResult{99999, absl::InternalError("late")});
  wire.a.Handle(TimerFired{{TimerKind::kRetransmit, 4711}});
  wire.Run();
  EXPECT_EQ(wire.a.Tunnel().reason, TunnelReason::kOperatorDown);
}

}  // namespace
}  // namespace culvert::iked::testing
