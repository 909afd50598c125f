// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/cookie.h"

#include "gtest/gtest.h"
#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/testing/virtual_world.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {
namespace {

using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;

class CookieTest : public ::testing::Test {
 protected:
  testing::SeededRng rng_{1};
  CookieJar jar_{rng_};
  const base::Bytes nonce_ = base::Bytes(32, 7);
  const base::IpAddress peer_ = *base::IpAddress::Parse("192.0.2.1");
  const absl::Duration now_ = absl::Hours(5);
};

TEST_F(CookieTest, IsGoodForItsPeerNonceAndSpiAlone) {
  const base::Bytes cookie = jar_.Bake(now_, nonce_, peer_, 42);
  EXPECT_LE(cookie.size(), 64u);  // RFC 7296 2.6
  EXPECT_TRUE(jar_.Accept(now_, cookie, nonce_, peer_, 42));
  EXPECT_FALSE(jar_.Accept(now_, cookie, nonce_, peer_, 43));
  EXPECT_FALSE(jar_.Accept(now_, cookie, nonce_, *base::IpAddress::Parse("192.0.2.3"), 42));
  EXPECT_FALSE(jar_.Accept(now_, cookie, base::Bytes(32, 8), peer_, 42));
  base::Bytes forged = cookie;
  forged.back() ^= 1;
  EXPECT_FALSE(jar_.Accept(now_, forged, nonce_, peer_, 42));
  EXPECT_FALSE(jar_.Accept(now_, {}, nonce_, peer_, 42));
}

TEST_F(CookieTest, OutlivesOneChangeOfTheSecretAndNotTwo) {
  const base::Bytes cookie = jar_.Bake(now_, nonce_, peer_, 42);
  const absl::Duration later = now_ + kCookieSecretLife;
  EXPECT_TRUE(jar_.Accept(later, cookie, nonce_, peer_, 42));
  EXPECT_FALSE(jar_.Accept(later + kCookieSecretLife, cookie, nonce_, peer_, 42));
}

TEST_F(CookieTest, ARestInBetweenDoesNotKeepItAlive) {
  const base::Bytes cookie = jar_.Bake(now_, nonce_, peer_, 42);
  EXPECT_FALSE(jar_.Accept(now_ + absl::Hours(1), cookie, nonce_, peer_, 42));
}

base::Bytes Init(std::vector<wire::ikev2::Payload> payloads) {
  wire::ikev2::Message message;
  message.header.initiator_spi = 42;
  message.header.exchange_type = 34;
  message.header.flags = wire::kFlagInitiator;
  message.payloads = std::move(payloads);
  return EncodeMessage(message);
}

TEST(PeekInit, FindsTheCookieInFrontAndTheNonceAnywhere) {
  const NotifyPayload cookie{.type = NotifyType::kCookie, .data = {1, 2, 3}};
  const wire::ikev2::NoncePayload nonce{base::Bytes(16, 9)};
  const base::Bytes in_front = Init({cookie, wire::ikev2::KePayload{31, {1}}, nonce});
  ASSERT_TRUE(PeekInit(in_front));
  EXPECT_EQ(base::ToBytes(PeekInit(in_front)->cookie), cookie.data);
  EXPECT_EQ(base::ToBytes(PeekInit(in_front)->nonce), nonce.data);
  const base::Bytes behind = Init({nonce, cookie});
  EXPECT_TRUE(PeekInit(behind)->cookie.empty());  // RFC 7296 2.6: it is the first payload
}

TEST(PeekInit, EveryTruncationIsSafe) {
  const base::Bytes whole = Init(
      {NotifyPayload{.type = NotifyType::kCookie, .data = {1, 2, 3}}, wire::ikev2::NoncePayload{base::Bytes(16, 9)}});
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(PeekInit(base::ByteView(whole).first(size))) << size;
}

}  // namespace
}  // namespace culvert::iked
