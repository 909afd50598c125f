// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/quick_crash.h"

#include <algorithm>

#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using wire::ikev2::Message;
using wire::ikev2::NotifyType;

class QuickCrash : public ::testing::Test {
 protected:
  static EngineConfig Config(absl::string_view key) {
    EngineConfig config = WithSecret("key");
    config.crash_key = base::Secret::CopyOf(base::AsBytes(key));
    return config;
  }
  static TunnelConfig Watched() {
    TunnelConfig tunnel = Tunnel();
    tunnel.dpd = {.enabled = true, .delay = absl::Seconds(30), .timeout = absl::Seconds(300)};
    return tunnel;
  }
  void Connect(absl::string_view key_of_b = "b's own") {
    wire_.b.Configure(Config(key_of_b), {Mirror(Watched())});
    wire_.a.Configure(Config("a's own"), {Watched()});
    wire_.Run();
    ASSERT_EQ(wire_.a.Tunnel().state, TunnelState::kUp);
    first_ = wire_.a.IkeSa().responder_spi;
  }
  void RestartB(absl::string_view key = "b's own") {
    wire_.b.Restart();
    wire_.b.Configure(Config(key), {Mirror(Watched())});
  }
  bool NewSaWithin(absl::Duration limit) {
    return wire_.Until(
        [&] { return wire_.a.Tunnel().state == TunnelState::kUp && wire_.a.IkeSa().responder_spi != first_; }, limit);
  }

  MockWire wire_;
  uint64_t first_ = 0;
};

TEST_F(QuickCrash, APeerThatForgotEverythingIsFoundAtTheFirstProbe) {
  Connect();
  RestartB();
  EXPECT_TRUE(NewSaWithin(absl::Seconds(35)));  // one delay of liveness, and no timeout
  ExpectCarries(wire_.a, wire_.b);
}

TEST_F(QuickCrash, WithoutAKeyItTakesTheTimeout) {
  Connect("");
  RestartB("");
  EXPECT_FALSE(NewSaWithin(absl::Seconds(300)));
  EXPECT_TRUE(NewSaWithin(absl::Seconds(60)));
}

TEST_F(QuickCrash, AnotherKeysTokenIsNotBelieved) {
  Connect();
  RestartB("another");
  EXPECT_FALSE(NewSaWithin(absl::Seconds(300)));
}

TEST_F(QuickCrash, TheTokenSurvivesARekeyByTheOtherSide) {
  Connect();
  wire_.a.Handle(Rekey{1, "t", Part::kIke});
  wire_.Run();
  first_ = wire_.a.IkeSa().responder_spi;
  RestartB();
  EXPECT_TRUE(NewSaWithin(absl::Seconds(35)));
}

// The answer to our rekey carries the peer's token; ours takes an exchange of its own.
TEST_F(QuickCrash, TheTokenSurvivesARekeyByItsMaker_Rfc6290_4_3) {
  Connect();
  wire_.b.Handle(Rekey{1, "t", Part::kIke});
  wire_.Run();
  EXPECT_EQ(Count(wire_.log, "b INFORMATIONAL request 0"), 1);
  first_ = wire_.a.IkeSa().responder_spi;
  RestartB();
  EXPECT_TRUE(NewSaWithin(absl::Seconds(35)));
}

// RFC 6290 9.1: nobody may get the token of an SA that lives, however the SPIs and flags are arranged.
TEST_F(QuickCrash, TheTokenOfALivingSaIsShownToNobody) {
  Connect();
  wire_.Advance(absl::Seconds(31));
  const auto probe = std::find_if(wire_.history.rbegin(), wire_.history.rend(), [&](const InFlight& flight) {
    return flight.from == &wire_.a && flight.text.find("INFORMATIONAL request") != std::string::npos;
  });
  ASSERT_NE(probe, wire_.history.rend());
  for (const uint8_t flags : {0x00, 0x08, 0x20, 0x28}) {
    for (const bool swapped : {false, true}) {
      Send altered = probe->send;
      auto bytes = std::make_shared<base::Bytes>(*probe->send.bytes);
      (*bytes)[19] = flags;
      if (swapped) std::swap_ranges(bytes->begin(), bytes->begin() + 8, bytes->begin() + 8);
      altered.bytes = bytes;
      wire_.Inject(wire_.b, altered);
      for (const Send& send : wire_.b.outbox) {
        EXPECT_EQ(send.bytes->at(16), 46) << "an answer in clear";  // SK
      }
      wire_.b.outbox.clear();
    }
  }
}

TEST_F(QuickCrash, StrangersAreToldOnlySoOften) {
  Connect();
  const Send request = wire_.history[2].send;
  RestartB();
  for (int i = 0; i < 1000; ++i) wire_.Inject(wire_.b, request);
  EXPECT_GE(wire_.b.outbox.size(), 1u);
  EXPECT_LE(wire_.b.outbox.size(), 20u);
}

}  // namespace
}  // namespace culvert::iked::testing
