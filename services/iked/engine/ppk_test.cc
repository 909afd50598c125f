// SPDX-License-Identifier: Apache-2.0
// RFC 8784 between two engines: who ends up with what, row by row of its tables.
#include "services/iked/engine/ppk.h"

#include "gtest/gtest.h"
#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {
namespace {

using wire::ikev2::NotifyType;

std::shared_ptr<const PpkConfig> Ppk(absl::string_view id, absl::string_view key, bool required = false) {
  return std::make_shared<const PpkConfig>(
      PpkConfig{std::string(id), base::Secret::CopyOf(base::AsBytes(key)), required});
}

// Configures both, each with its own PPK, and runs.
struct PpkWire : MockWire {
  PpkWire(std::shared_ptr<const PpkConfig> of_a, std::shared_ptr<const PpkConfig> of_b) {
    TunnelConfig tunnel = iked::testing::Tunnel();
    TunnelConfig mirror = Mirror(tunnel);
    tunnel.authentication.ppk = std::move(of_a);
    mirror.authentication.ppk = std::move(of_b);
    b.Configure({std::move(mirror)});
    a.Configure({std::move(tunnel)});
    Run();
  }
  bool up() const { return a.Tunnel().state == TunnelState::kUp && b.Tunnel().state == TunnelState::kUp; }
  bool Announced(size_t datagram) const {
    return wire::ikev2::DecodeMessage(*history[datagram].send.bytes)->Has(NotifyType::kUsePpk);
  }
};

constexpr absl::string_view kKey = "a key that no quantum computer finds";

TEST(Ppk, BothKnowItAndChildKeysAgree) {
  PpkWire wire(Ppk("quantum", kKey, true), Ppk("quantum", kKey, true));
  EXPECT_TRUE(wire.up());
  EXPECT_TRUE(wire.Announced(0) && wire.Announced(1));
  ExpectCarries(wire.a, wire.b);
}

// 3: what is mixed into SK_d lives on in the SA that takes over.
TEST(Ppk, OutlivesARekeyOfTheIkeSa) {
  PpkWire wire(Ppk("quantum", kKey), Ppk("quantum", kKey));
  wire.a.Handle(Rekey{1, "t", Part::kIke});
  wire.Run();
  wire.a.Handle(Rekey{2, "t", Part::kChild});
  wire.Run();
  wire.Advance(absl::Seconds(10));
  EXPECT_TRUE(wire.up());
  ExpectCarries(wire.a, wire.b);
}

TEST(Ppk, OptionalIsUsedByNobodyWhereOneSideHasNone) {
  for (const bool ours : {true, false}) {
    PpkWire wire(ours ? Ppk("quantum", kKey) : nullptr, ours ? nullptr : Ppk("quantum", kKey));
    EXPECT_TRUE(wire.up());
    EXPECT_FALSE(wire.Announced(1));
    ExpectCarries(wire.a, wire.b);
  }
}

// NO_PPK_AUTH stands in for AUTH where the responder does not know that PPK.
TEST(Ppk, OptionalUnderAnotherNameIsDoneWithout) {
  PpkWire wire(Ppk("quantum", kKey), Ppk("other", kKey));
  EXPECT_TRUE(wire.up());
  ExpectCarries(wire.a, wire.b);
}

TEST(Ppk, RequiredByTheInitiatorAndUnknownToThePeer) {
  PpkWire wire(Ppk("quantum", kKey, true), nullptr);
  EXPECT_FALSE(wire.up());
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPpkMissing);
  EXPECT_EQ(wire.a.LastDiagnosis()->field, "tunnels[t].authentication.ppk");
  EXPECT_EQ(wire.log.size(), 2u) << "nothing of IKE_AUTH was sent";
}

TEST(Ppk, RequiredByTheResponderAndNotOffered) {
  PpkWire wire(nullptr, Ppk("quantum", kKey, true));
  EXPECT_FALSE(wire.up());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kPpkMissing);
  EXPECT_EQ(wire.a.LastDiagnosis()->code, DiagnosisCode::kPeerRefusedAuthentication);
}

TEST(Ppk, RequiredUnderAnotherName) {
  PpkWire wire(Ppk("quantum", kKey), Ppk("other", kKey, true));
  EXPECT_FALSE(wire.up());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kPpkMismatch);
  EXPECT_EQ(wire.b.LastDiagnosis()->expected, "other");
  EXPECT_EQ(wire.b.LastDiagnosis()->received, "quantum");
}

// The initiator insists, and so sends no NO_PPK_AUTH to fall back on.
TEST(Ppk, AnInitiatorThatInsistsLeavesNoWayWithout) {
  PpkWire wire(Ppk("quantum", kKey, true), Ppk("other", kKey));
  EXPECT_FALSE(wire.up());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kPpkMismatch);
}

TEST(Ppk, AnotherKeyUnderTheSameNameIsToldFromAWrongPsk) {
  PpkWire wire(Ppk("quantum", kKey), Ppk("quantum", "something else"));
  EXPECT_FALSE(wire.up());
  EXPECT_EQ(wire.b.LastDiagnosis()->code, DiagnosisCode::kPpkMismatch);
  EXPECT_EQ(wire.b.LastDiagnosis()->field, "secrets[quantum].psk");
}

}  // namespace
}  // namespace culvert::iked::testing
