// SPDX-License-Identifier: Apache-2.0
// A flood of first messages, from addresses that are not their senders' and from ones that are.
#include "services/iked/engine/attack.h"

#include "gtest/gtest.h"
#include "libs/wire/ikev2/message.h"
#include "libs/wire/ikev2/proposal_mapping.h"
#include "services/iked/engine/testing/mock_wire.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked::testing {
namespace {

using wire::ikev2::KePayload;
using wire::ikev2::Message;
using wire::ikev2::NoncePayload;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;

class Attack : public ::testing::Test {
 protected:
  static constexpr uint32_t kThreshold = 16;

  Attack() {
    EngineConfig config = WithSecret("key");
    config.cookie_threshold = kThreshold;
    config.half_open_limit = 2000;
    TunnelConfig any = Mirror(Tunnel());
    any.remote_endpoints.clear();
    host_.Configure(std::move(config), {any});
  }

  Message Init(uint64_t spi, base::Bytes cookie = {}, size_t nonce = 32) {
    Message message;
    message.header.initiator_spi = spi;
    message.header.exchange_type = static_cast<uint8_t>(wire::ikev2::ExchangeType::kIkeSaInit);
    message.header.flags = wire::kFlagInitiator;
    if (!cookie.empty()) message.payloads.push_back(NotifyPayload{.type = NotifyType::kCookie, .data = cookie});
    message.payloads.push_back(wire::ikev2::ToSaPayload(Tunnel().ike_proposals, {}));
    message.payloads.push_back(KePayload{31, base::Bytes(32, 9)});
    message.payloads.push_back(NoncePayload{base::Bytes(nonce, 5)});
    return message;
  }
  // The answer's octets; empty: none.
  base::Bytes Send(const base::Bytes& datagram, uint32_t from) {
    host_.Handle(Datagram{{host_.address, 500}, {base::IpAddress::V4(from), 500}, datagram, false});
    host_.HandleInbox();
    if (host_.outbox.empty()) return {};
    base::Bytes answer = *host_.outbox.front().bytes;
    host_.outbox.clear();
    return answer;
  }
  base::Bytes Send(const Message& message, uint32_t from) { return Send(EncodeMessage(message), from); }
  base::Bytes CookieIn(const base::Bytes& answer) {
    const auto message = wire::ikev2::DecodeMessage(answer);
    const NotifyPayload* cookie = message.ok() ? message->GetNotify(NotifyType::kCookie) : nullptr;
    return cookie == nullptr ? base::Bytes{} : cookie->data;
  }
  void Flood(uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) Send(Init(1 + next_), 0x0B000000 + (next_ << 8)), ++next_;
  }
  int Events() const {
    int events = 0;
    for (const Event& event : host_.events) events += event.type == EventType::kUnderAttack ? 1 : 0;
    return events;
  }
  // Time goes by, and timers with it.
  void Pass(absl::Duration duration) {
    const absl::Duration end = clock_.Monotonic() + duration;
    while (clock_.Monotonic() < end) {
      clock_.AdvanceTo(std::min(end, clock_.Monotonic() + absl::Seconds(1)));
      std::vector<TimerId> due;
      for (const auto& [id, timer] : host_.timers) {
        if (timer.second <= clock_.Monotonic()) due.push_back({id.first, id.second});
      }
      for (const TimerId& id : due) {
        host_.timers.erase({id.kind, id.object});
        host_.Handle(TimerFired{id});
      }
    }
  }

  VirtualClock clock_;
  Host host_{"b", "192.0.2.2", clock_, 2};
  uint32_t next_ = 0;
};

TEST_F(Attack, CookiesAreDemandedFromTheThresholdOn) {
  Flood(kThreshold);
  EXPECT_EQ(Events(), 0);
  EXPECT_FALSE(CookieIn(Send(Init(77777), 0x0A000001)).empty());
  EXPECT_EQ(Events(), 1);
  Flood(1000);
  EXPECT_EQ(host_.engine->half_open(), kThreshold);
  EXPECT_EQ(Events(), 1);
}

TEST_F(Attack, ACookieCostsNoMemoryAndAHandshakeOnlyWhenItReturns) {
  Flood(kThreshold);
  const base::Bytes cookie = CookieIn(Send(Init(77777), 0x0A000001));
  ASSERT_FALSE(cookie.empty());
  EXPECT_EQ(host_.engine->half_open(), kThreshold);
  EXPECT_EQ(host_.engine->IkeSas().size(), kThreshold);
  EXPECT_FALSE(CookieIn(Send(Init(77777, cookie), 0x0A000002)).empty());  // another's cookie
  EXPECT_EQ(host_.engine->half_open(), kThreshold);
  EXPECT_TRUE(CookieIn(Send(Init(77777, cookie), 0x0A000001)).empty());
  EXPECT_EQ(host_.engine->half_open(), kThreshold + 1);
}

TEST_F(Attack, ItEndsWhenAWholeWindowWasQuietAndNotBefore) {
  Flood(kThreshold + 100);
  ASSERT_EQ(Events(), 1);
  for (int i = 0; i < 6; ++i) {  // the half-open SAs run out, the flood goes on
    Pass(kAttackWindow);
    Flood(100);
    EXPECT_LE(host_.engine->half_open(), kThreshold);
  }
  EXPECT_EQ(Events(), 1);
  Pass(3 * kAttackWindow);
  EXPECT_EQ(Events(), 2);
  EXPECT_TRUE(CookieIn(Send(Init(88888), 0x0A000001)).empty());
}

// Cookies prove an address, and whoever has a site of them is served its share and no more.
TEST_F(Attack, OneSiteCannotTakeEverybodysPlace) {
  Flood(kThreshold);
  uint32_t admitted = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    const uint32_t from = 0x0A000000 + static_cast<uint32_t>(i % 256);
    const base::Bytes cookie = CookieIn(Send(Init(50000 + i), from));
    if (cookie.empty()) continue;
    const uint32_t before = host_.engine->half_open();
    Send(Init(50000 + i, cookie), from);
    admitted += host_.engine->half_open() - before;
  }
  EXPECT_EQ(admitted, 2000u / 16);
  EXPECT_GE(host_.Invalid("half_open_prefix_limit"), 1u);
  const base::Bytes cookie = CookieIn(Send(Init(99999), 0x0A000101));  // a neighbour's site
  ASSERT_FALSE(cookie.empty());
  const uint32_t before = host_.engine->half_open();
  Send(Init(99999, cookie), 0x0A000101);
  EXPECT_EQ(host_.engine->half_open(), before + 1);
}

// Whoever forges an address gains nothing by us (reflection).
TEST_F(Attack, NoAnswerToAnUnprovenAddressIsLargerThanItsQuestion) {
  for (const bool flooded : {false, true}) {
    if (flooded) Flood(kThreshold + 1);
    for (const size_t nonce : {24, 32, 256}) {  // half the key of PRF_HMAC_SHA2_384 at least (RFC 7296 2.10)
      const base::Bytes question = EncodeMessage(Init(100000 + next_++, {}, nonce));
      const base::Bytes answer = Send(question, 0x0A000001);
      EXPECT_FALSE(answer.empty());
      EXPECT_LE(answer.size(), question.size());
    }
    Message other = Init(200000 + next_++);
    other.payloads[1] = KePayload{14, {9}};
    EXPECT_LE(Send(other, 0x0A000001).size(), EncodeMessage(other).size());
    Message foreign = Init(200000 + next_++);
    foreign.payloads[0] = wire::ikev2::ToSaPayload(Ike({"aes128-sha1-modp1536"}), {});
    EXPECT_LE(Send(foreign, 0x0A000001).size(), EncodeMessage(foreign).size());
    Message bare = Init(200000 + next_++);
    bare.payloads = {NoncePayload{base::Bytes(16, 5)}};  // smaller than a cookie's answer
    EXPECT_TRUE(Send(bare, 0x0A000001).empty());
  }
}

}  // namespace
}  // namespace culvert::iked::testing
