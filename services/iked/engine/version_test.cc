// SPDX-License-Identifier: Apache-2.0
// Which version of IKE two gateways end up with (fields.md 4).
#include "services/iked/engine/version.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

TunnelConfig Speaking(IkeVersion version, bool fallback = false) {
  TunnelConfig tunnel = Tunnel("aes128-sha256-ecp256", "aes128-sha256");
  tunnel.version = version;
  tunnel.allow_ikev1_fallback = fallback;
  return tunnel;
}

bool Established(const Host& host) {
  const std::vector<IkeSaView> sas = host.engine->IkeSas();
  return !sas.empty() && sas.back().state == "ESTABLISHED";
}

bool Said(const MockWire& wire, absl::string_view line) {
  return Count(wire.log, line) > 0;
}

struct Pairing : MockWire {
  Pairing(TunnelConfig of_a, TunnelConfig of_b) {
    b.Configure({Mirror(of_b)});
    a.Configure({std::move(of_a)});
    Run();
  }
};

TEST(Version, AutoCallsInIkev2) {
  Pairing wire(Speaking(IkeVersion::kAuto, true), Speaking(IkeVersion::kAuto));
  EXPECT_TRUE(Established(wire.a));
  EXPECT_EQ(wire.log.size(), 4u);
}

TEST(Version, AutoAnswersIkev1) {
  Pairing wire(Speaking(IkeVersion::kIkev1), Speaking(IkeVersion::kAuto));
  EXPECT_TRUE(Established(wire.a));
  EXPECT_TRUE(Said(wire, "b MAIN"));
}

TEST(Version, AutoFallsBackWhereThePeerSaysSo) {
  Pairing wire(Speaking(IkeVersion::kAuto, true), Speaking(IkeVersion::kIkev1));
  EXPECT_TRUE(Established(wire.a));
  EXPECT_TRUE(Said(wire, "a IKE_SA_INIT request 0"));
  EXPECT_TRUE(Said(wire, "a MAIN"));
}

TEST(Version, AutoFallsBackAfterTheWholeScheduleOfSilence) {
  MockWire wire;
  wire.passes = [](const InFlight& flight) { return flight.text.find("IKE_SA_INIT") == std::string::npos; };
  wire.b.Configure({Mirror(Speaking(IkeVersion::kAuto))});
  wire.a.Configure({Speaking(IkeVersion::kAuto, true)});
  wire.Advance(absl::Seconds(15));
  EXPECT_FALSE(Said(wire, "a MAIN"));
  EXPECT_TRUE(wire.Until([&] { return Established(wire.a); }, absl::Seconds(10)));
  EXPECT_GE(Count(wire.log, "a IKE_SA_INIT request 0"), 5);
}

TEST(Version, AutoDoesNotFallBackUnlessAllowed) {
  Pairing wire(Speaking(IkeVersion::kAuto), Speaking(IkeVersion::kIkev1));
  wire.Advance(absl::Minutes(2));
  EXPECT_FALSE(Said(wire, "a MAIN"));
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kVersionMismatch);
}

TEST(Version, APeerThatSpokeIkev2IsNotDowngraded) {
  Pairing wire(Speaking(IkeVersion::kAuto, true), Speaking(IkeVersion::kAuto));
  ASSERT_TRUE(Established(wire.a));
  wire.passes = [](const InFlight& flight) { return flight.text.find(" MAIN") != std::string::npos; };
  wire.a.Handle(Terminate{.request = 1, .tunnel = "t"});
  wire.Advance(absl::Seconds(10));
  wire.a.Handle(Initiate{.request = 2, .tunnel = "t"});
  wire.Advance(absl::Minutes(2));
  EXPECT_FALSE(Said(wire, "a MAIN"));
  EXPECT_TRUE(std::any_of(wire.a.events.begin(), wire.a.events.end(), [](const Event& event) {
    return event.diagnosis && event.diagnosis->code == DiagnosisCode::kDowngradeRefused;
  }));
}

TEST(Version, Ikev1AloneSaysSoToACallInIkev2) {
  Pairing wire(Speaking(IkeVersion::kIkev2), Speaking(IkeVersion::kIkev1));
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kVersionMismatch);
  ASSERT_NE(wire.b.LastDiagnosis(), nullptr);
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kVersionMismatch);
}

}  // namespace
}  // namespace culvert::iked::testing
