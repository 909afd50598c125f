// SPDX-License-Identifier: Apache-2.0
// IKE fragmentation (RFC 7383) between two engines, and against a peer that lies about its fragments.
#include "services/iked/engine/fragmentation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/wire/ikev2/protected.h"
#include "services/iked/engine/testing/mock_wire.h"
#include "services/iked/engine/testing/scripted_peer.h"

namespace culvert::iked::testing {
namespace {

using ::testing::ElementsAre;
using wire::ikev2::ExchangeType;
using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::Payload;
using wire::ikev2::SkfPayload;

// Its IKE_AUTH has some two thousand octets of traffic selectors each way.
TunnelConfig LargeTunnel(Fragmentation fragmentation = Fragmentation::kAuto) {
  TunnelConfig tunnel = Tunnel();
  tunnel.fragmentation = fragmentation;
  std::vector<std::string> local, remote;
  for (int i = 0; i < 64; ++i) {
    local.push_back(absl::StrCat("10.1.", 2 * i, ".0/24"));
    remote.push_back(absl::StrCat("10.2.", 2 * i, ".0/24"));
  }
  tunnel.local_subnets = Subnets(local);
  tunnel.remote_subnets = Subnets(remote);
  return tunnel;
}

TEST(Fragmentation, ALargeIkeAuthGoesInFragmentsBothWays) {
  MockWire wire;
  wire.Connect(LargeTunnel());
  EXPECT_THAT(wire.log,
              ElementsAre("a IKE_SA_INIT request 0", "b IKE_SA_INIT response 0", "a IKE_AUTH request 1 1/2",
                          "a IKE_AUTH request 1 2/2", "b IKE_AUTH response 1 1/2", "b IKE_AUTH response 1 2/2"));
  ExpectCarries(wire.a, wire.b);
  for (const InFlight& flight : wire.history) EXPECT_LE(flight.send.bytes->size(), 1280u - 20 - 8);
}

TEST(Fragmentation, ForceCutsForThePoorestIpv4Path) {
  MockWire wire;
  wire.Connect(LargeTunnel(Fragmentation::kForce));
  ExpectCarries(wire.a, wire.b);
  for (const InFlight& flight : wire.history) EXPECT_LE(flight.send.bytes->size(), 576u - 20 - 8);
  EXPECT_EQ(wire.history.back().text, "b IKE_AUTH response 1 5/5");
}

// RFC 7383 2.3: only where both said so.
TEST(Fragmentation, OneSideThatDoesNotWantItIsEnough) {
  for (const bool a_wants : {true, false}) {
    MockWire wire;
    TunnelConfig of_a = LargeTunnel(a_wants ? Fragmentation::kAuto : Fragmentation::kNever);
    TunnelConfig of_b = Mirror(LargeTunnel(a_wants ? Fragmentation::kNever : Fragmentation::kAuto));
    wire.b.Configure({of_b});
    wire.a.Configure({of_a});
    wire.Run();
    EXPECT_EQ(wire.log[2], "a IKE_AUTH request 1");
    ExpectCarries(wire.a, wire.b);
    EXPECT_EQ(wire::ikev2::DecodeMessage(*wire.history[0].send.bytes)->Has(NotifyType::kIkev2FragmentationSupported),
              a_wants);
    EXPECT_FALSE(
        wire::ikev2::DecodeMessage(*wire.history[1].send.bytes)->Has(NotifyType::kIkev2FragmentationSupported));
  }
}

// RFC 7383 2.6.1: each retransmission is all of the message, and only its first fragment is answered again.
TEST(Fragmentation, ALostFragmentIsMendedByRetransmittingAll) {
  MockWire wire;
  int lost = 0;
  wire.passes = [&](InFlight& flight) { return flight.text != "a IKE_AUTH request 1 2/2" || lost++ > 0; };
  wire.Connect(LargeTunnel());
  EXPECT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Seconds(5)));
  EXPECT_EQ(Count(wire.log, "a IKE_AUTH request 1 1/2"), 2);
  EXPECT_EQ(Count(wire.log, "b IKE_AUTH response 1 2/2"), 1);
  EXPECT_EQ(wire.b.Invalid("fragment_repeated"), 1u);
  ExpectCarries(wire.a, wire.b);
}

TEST(Fragmentation, ALostFragmentOfTheAnswerIsAskedForAgain) {
  MockWire wire;
  int lost = 0;
  wire.passes = [&](InFlight& flight) { return flight.text != "b IKE_AUTH response 1 1/2" || lost++ > 0; };
  wire.Connect(LargeTunnel());
  EXPECT_TRUE(wire.Until([&] { return wire.a.Tunnel().state == TunnelState::kUp; }, absl::Seconds(5)));
  EXPECT_EQ(Count(wire.log, "b IKE_AUTH response 1 1/2"), 2);  // once a request, not once a fragment
  ExpectCarries(wire.a, wire.b);
}

TEST(Fragmentation, FragmentsInAnyOrderAndTwice) {
  MockWire wire;
  std::vector<Send> held;
  wire.passes = [&](InFlight& flight) {
    if (flight.text.find("a IKE_AUTH") == std::string::npos) return true;
    held.push_back(flight.send);
    return false;
  };
  wire.Connect(LargeTunnel(Fragmentation::kForce));
  wire.passes = nullptr;
  std::reverse(held.begin(), held.end());
  for (const Send& send : held) {
    wire.Inject(wire.b, send);
    wire.Inject(wire.b, send);
  }
  wire.Run();
  ExpectCarries(wire.a, wire.b);
}

TEST(Fragmentation, TheNextIkeSaFragmentsToo) {
  MockWire wire;
  wire.Connect(LargeTunnel());
  wire.a.Handle(Rekey{1, "t", Part::kIke});
  wire.Run();
  wire.log.clear();
  wire.a.Handle(Rekey{2, "t", Part::kChild});
  wire.Run();
  EXPECT_EQ(wire.log.front(), "a CREATE_CHILD_SA request 0 1/2");
  ExpectCarries(wire.a, wire.b);
}

// ---- a peer that lies
// ---------------------------------------------------------------------------------------------------

class HostileFragments : public ::testing::Test {
 protected:
  HostileFragments() {
    host_.Configure({Mirror(LargeTunnel())});
    peer_.also_in_init.push_back(NotifyPayload{.type = NotifyType::kIkev2FragmentationSupported});
  }

  // An authentic fragment with whatever fields and text.
  base::Bytes Forge(const Message& message, uint16_t number, uint16_t total, base::Bytes text,
                    wire::ikev2::PayloadType first = wire::ikev2::PayloadType::kNone) {
    const crypto::Cipher& cipher = peer_.sa().crypto->out;
    text.push_back(0);  // pad length
    base::Bytes body = peer_.rng().Take(cipher.iv_size());
    body.insert(body.end(), text.begin(), text.end());
    body.resize(body.size() + cipher.icv_size());
    Message outer{message.header, {SkfPayload{first, number, total, std::move(body)}}};
    base::Bytes datagram = EncodeMessage(outer);
    const base::MutableByteView view(datagram);
    constexpr size_t kClear = wire::kIkeHeaderSize + wire::kPayloadHeaderSize + 4;
    cipher.Seal(view.first(kClear), view.subspan(kClear));
    return datagram;
  }
  std::vector<base::Bytes> Cut(const Message& message, size_t size = 200) {
    return wire::ikev2::SealFragments(peer_.sa().crypto->out, message, size, peer_.rng());
  }
  // A liveness check of some size.
  Message Large() {
    return peer_.Next(ExchangeType::kInformational,
                      {NotifyPayload{.type = static_cast<NotifyType>(40000), .data = base::Bytes(1000, 7)}});
  }
  bool Alive() {
    const auto answer = peer_.Request(ExchangeType::kInformational, {});
    return answer && answer->payloads.empty();
  }

  VirtualClock clock_;
  Host host_{"b", "192.0.2.2", clock_, 2};
  ScriptedPeer peer_{host_, LargeTunnel()};
};

TEST_F(HostileFragments, TheHonestWay) {
  ASSERT_TRUE(peer_.Connect());
  const std::vector<base::Bytes> fragments = Cut(Large());
  ASSERT_GT(fragments.size(), 5u);
  for (size_t i = 0; i + 1 < fragments.size(); ++i) EXPECT_FALSE(peer_.Say(fragments[i]));
  EXPECT_TRUE(peer_.Say(fragments.back()));
  EXPECT_TRUE(Alive());
}

TEST_F(HostileFragments, WithoutTheNotificationNoneIsTaken) {
  peer_.also_in_init.clear();
  ASSERT_TRUE(peer_.Connect());
  const std::vector<base::Bytes> fragments = Cut(Large());
  for (const base::Bytes& fragment : fragments) EXPECT_FALSE(peer_.Say(fragment));
  EXPECT_EQ(host_.Invalid("fragment_unexpected"), fragments.size());
}

TEST_F(HostileFragments, TheRepeatedRequestIsAnsweredOnItsFirstFragmentAlone) {
  ASSERT_TRUE(peer_.Connect());
  const std::vector<base::Bytes> fragments = Cut(Large());
  for (const base::Bytes& fragment : fragments) peer_.Say(fragment);
  for (size_t i = 0; i < fragments.size(); ++i) {
    EXPECT_EQ(peer_.Say(fragments[i]).has_value(), i == 0) << i;
  }
  base::Bytes forged = fragments.front();
  forged.back() ^= 1;
  EXPECT_FALSE(peer_.Say(forged));
}

TEST_F(HostileFragments, ThousandsInTheWorstOrderCostNoMemory) {
  ASSERT_TRUE(peer_.Connect());
  const Message message = Large();
  for (int round = 0; round < 20; ++round) {
    for (uint16_t total = 255; total > 1; --total) peer_.Say(Forge(message, total, total, base::Bytes(64, 1)));
  }
  EXPECT_GE(host_.Invalid("fragment_total"), 5000u);
  for (uint16_t total = 1; total < 255; ++total) peer_.Say(Forge(message, 1, total, base::Bytes(64, 1)));
  EXPECT_TRUE(peer_.asked.empty());
  EXPECT_EQ(host_.Tunnel().state, TunnelState::kUp);
}

TEST_F(HostileFragments, NumbersThatContradictOneAnotherAreCounted) {
  ASSERT_TRUE(peer_.Connect());
  const Message message = Large();
  for (const auto& [number, total] : {std::pair<uint16_t, uint16_t>{0, 2}, {3, 2}, {1, 0}, {1, 256}, {65535, 65535}}) {
    EXPECT_FALSE(peer_.Say(Forge(message, number, total, base::Bytes(8, 1))));
  }
  EXPECT_EQ(host_.Invalid("fragment_number"), 5u);
}

TEST_F(HostileFragments, AForgedTotalFromAStrangerChangesNothing) {
  ASSERT_TRUE(peer_.Connect());
  const std::vector<base::Bytes> fragments = Cut(Large());
  EXPECT_FALSE(peer_.Say(fragments[0]));
  for (const uint8_t total : {200, 255}) {
    base::Bytes forged = fragments[1];
    forged[wire::kIkeHeaderSize + wire::kPayloadHeaderSize + 3] = total;
    EXPECT_FALSE(peer_.Say(forged));
  }
  EXPECT_EQ(host_.Invalid("integrity"), 2u);
  for (size_t i = 1; i + 1 < fragments.size(); ++i) EXPECT_FALSE(peer_.Say(fragments[i]));
  EXPECT_TRUE(peer_.Say(fragments.back()));
}

TEST_F(HostileFragments, EveryTruncationIsDropped) {
  ASSERT_TRUE(peer_.Connect());
  const base::Bytes fragment = Cut(Large()).front();
  for (size_t size = wire::kIkeHeaderSize; size < fragment.size(); ++size) {
    base::Bytes cut(fragment.begin(), fragment.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(peer_.Say(cut));  // the header's length says more
    for (size_t i = 0; i < 4; ++i) cut[24 + i] = static_cast<uint8_t>(size >> (24 - 8 * i));
    if (size >= wire::kIkeHeaderSize + wire::kPayloadHeaderSize) {
      const size_t length = size - wire::kIkeHeaderSize;
      cut[30] = static_cast<uint8_t>(length >> 8);
      cut[31] = static_cast<uint8_t>(length);
    }
    EXPECT_FALSE(peer_.Say(cut)) << size;  // every length agrees
  }
  EXPECT_EQ(host_.Tunnel().state, TunnelState::kUp);
}

TEST_F(HostileFragments, APayloadInClearBeforeTheFragmentIsRefused) {
  ASSERT_TRUE(peer_.Connect());
  Message outer{Large().header,
                {Payload(static_cast<wire::ikev2::PayloadType>(200), wire::ikev2::UnknownPayload{{1, 2, 3}}),
                 SkfPayload{wire::ikev2::PayloadType::kNone, 1, 2, base::Bytes(64)}}};
  EXPECT_FALSE(peer_.Say(EncodeMessage(outer)));
  EXPECT_EQ(host_.Invalid("not_protected"), 1u);
}

// The message came whole after all: its fragments are forgotten, and late ones find nothing to join.
TEST_F(HostileFragments, AWholeMessageBetweenFragmentsTakesTheirPlace) {
  ASSERT_TRUE(peer_.Connect());
  const Message message = Large();
  const std::vector<base::Bytes> fragments = Cut(message);
  EXPECT_FALSE(peer_.Say(fragments[0]));
  EXPECT_TRUE(peer_.Say(wire::ikev2::SealMessage(peer_.sa().crypto->out, message, peer_.rng())));
  for (size_t i = 1; i < fragments.size(); ++i) EXPECT_FALSE(peer_.Say(fragments[i]));
  EXPECT_EQ(host_.timers.count({TimerKind::kReassembly, host_.engine->IkeSas().front().responder_spi}), 0u);
  EXPECT_TRUE(Alive());
}

TEST_F(HostileFragments, FragmentsOfTwoExchangesAreNotMixed) {
  ASSERT_TRUE(peer_.Connect());
  Message message = Large();
  const std::vector<base::Bytes> first = Cut(message);
  message.header.exchange_type = static_cast<uint8_t>(ExchangeType::kCreateChildSa);
  const std::vector<base::Bytes> second = Cut(message);
  EXPECT_FALSE(peer_.Say(first[0]));
  for (size_t i = 1; i < second.size(); ++i) EXPECT_FALSE(peer_.Say(second[i]));
  EXPECT_EQ(host_.Invalid("fragment_exchange"), second.size() - 1);
}

TEST_F(HostileFragments, TheRestThatDoesNotComeIsWaitedForOnlySoLong) {
  ASSERT_TRUE(peer_.Connect());
  EXPECT_FALSE(peer_.Say(Cut(Large()).front()));
  const std::pair<TimerKind, uint64_t> id{TimerKind::kReassembly, host_.engine->IkeSas().front().responder_spi};
  ASSERT_EQ(host_.timers.count(id), 1u);
  clock_.AdvanceTo(clock_.Monotonic() + kReassemblyTimeout);
  host_.Handle(TimerFired{{id.first, id.second}});
  EXPECT_EQ(host_.Invalid("fragment_timeout"), 1u);
}

// What is inside counts only when it is whole: then it is judged as any message is.
TEST_F(HostileFragments, AWholeThatDoesNotDecodeEndsTheSa) {
  ASSERT_TRUE(peer_.Connect());
  const Message message = Large();
  EXPECT_FALSE(peer_.Say(Forge(message, 1, 2, {41, 0, 0}, wire::ikev2::PayloadType::kNotify)));
  const auto answer = peer_.Say(Forge(message, 2, 2, {1, 2, 3}));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->Has(NotifyType::kInvalidSyntax));
  EXPECT_TRUE(host_.engine->IkeSas().empty());
}

TEST_F(HostileFragments, EmptyFragmentsAreFragmentsToo) {
  ASSERT_TRUE(peer_.Connect());
  const Message message = peer_.Next(ExchangeType::kInformational, {});
  for (uint16_t number = 1; number < 255; ++number) EXPECT_FALSE(peer_.Say(Forge(message, number, 255, {})));
  const auto answer = peer_.Say(Forge(message, 255, 255, {}));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->payloads.empty());
}

TEST_F(HostileFragments, AStrangersFragmentsAreBoundedAndForgottenWithItsSa) {
  ASSERT_TRUE(peer_.Init());
  const Message message = peer_.Next(ExchangeType::kIkeAuth, {});
  for (uint16_t number = 1; number < 250; ++number) {
    EXPECT_FALSE(peer_.Say(Forge(message, number, 250, base::Bytes(1000, 1))));
  }
  EXPECT_EQ(host_.Invalid("fragment_too_large"), 249u - kMaxReassembled / 1000);
  EXPECT_EQ(host_.engine->half_open(), 1u);
}

}  // namespace
}  // namespace culvert::iked::testing
