// SPDX-License-Identifier: Apache-2.0
// The tunnel of mock_wire.h as IKEv1 has it, and Quick Mode on the wire.
#pragma once

#include <vector>

#include "services/iked/engine/testing/mock_wire.h"

namespace culvert::iked::testing {

inline TunnelConfig Ikev1Tunnel(absl::string_view ike = "aes128-sha256-ecp256",
                                absl::string_view esp = "aes128-sha256-ecp256") {
  TunnelConfig tunnel = Tunnel(ike, esp);
  tunnel.version = IkeVersion::kIkev1;
  tunnel.local_identity = Id("192.0.2.1");
  tunnel.remote_identity = Id("192.0.2.2");
  return tunnel;
}

// 3 x 2 subnets.
inline TunnelConfig SixPairs() {
  TunnelConfig tunnel = Ikev1Tunnel();
  tunnel.frame = "frame";
  tunnel.local_subnets = Subnets({"10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24"});
  tunnel.remote_subnets = Subnets({"10.2.0.0/24", "10.2.1.0/24"});
  return tunnel;
}

inline bool IsQuick(const InFlight& flight) {
  return flight.text == "a QUICK" || flight.text == "b QUICK";
}

inline std::vector<InFlight> QuickMessages(const MockWire& wire) {
  std::vector<InFlight> quick;
  for (const InFlight& flight : wire.history) {
    if (IsQuick(flight)) quick.push_back(flight);
  }
  return quick;
}

}  // namespace culvert::iked::testing
