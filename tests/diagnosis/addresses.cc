// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ike_header.h"
#include "libs/wire/ikev2/message.h"
#include "tests/diagnosis/misconfiguration.h"

namespace culvert::diagnosis {
namespace {

// A responder that serves nobody at our address says NO_PROPOSAL_CHOSEN, as most do.
const Said kStranger = Guesses("IKE_PROPOSAL_MISMATCH", "tunnels[to-b].ike.proposals");

// What the host's routing table says has arrived, and is read next.
void NoRoute(MockWire& wire) {
  for (iked::Input& input : wire.a.inbox) {
    if (auto* resolved = std::get_if<iked::PathResolved>(&input)) {
      resolved->candidates = absl::FailedPreconditionError("network is unreachable");
    }
  }
}

void NobodyListens(MockWire& wire) {
  wire.passes = [&wire](iked::testing::InFlight& flight) {
    if (flight.from == &wire.a) wire.a.Handle(iked::PortUnreachable{flight.send.remote});
    return false;
  };
}

void ANatBeforeTheInitiator(MockWire& wire) {
  wire.nat_address = *base::IpAddress::Parse("203.0.113.7");
}

void AnOperatorHoldsTheResponder(MockWire& wire) {
  wire.b.Handle(iked::Terminate{1, "to-a"});
}

// What an IKEv1 daemon sends first, as far as a gateway that speaks IKEv2 looks at it.
void TheInitiatorSpeaksIkev1(MockWire& wire) {
  wire.passes = [&wire](iked::testing::InFlight& flight) {
    base::Bytes old = *flight.send.bytes;
    if (flight.from == &wire.a) old[17] = 0x10;  // RFC 2408 3.1: the version
    flight.send.bytes = std::make_shared<const base::Bytes>(std::move(old));
    return true;
  };
}

void TheResponderSpeaksIkev1(MockWire& wire) {
  wire.passes = [&wire](iked::testing::InFlight& flight) {
    if (flight.from == &wire.a) return true;
    wire::ikev2::Message refusal;
    refusal.header = *wire::PeekHeader(*flight.send.bytes);
    refusal.header.responder_spi = 0;
    refusal.payloads.push_back(wire::ikev2::NotifyPayload{.type = wire::ikev2::NotifyType::kInvalidMajorVersion});
    flight.send.bytes = std::make_shared<const base::Bytes>(EncodeMessage(refusal));
    return true;
  };
}

const Misconfiguration kRows[] = {
    {"the initiator calls an address where nobody is",
     {{"remote.endpoint", "192.0.2.3"}},
     {},
     Knows("NO_RESPONSE", "tunnels[to-b].remote.endpoint", "192.0.2.3:500"),
     Nothing()},
    {"no IKE daemon runs at the responder",
     {},
     {},
     Knows("PORT_UNREACHABLE", "tunnels[to-b].remote.endpoint"),
     Nothing(),
     NobodyListens},
    {"the responder's name does not exist",
     {{"remote.endpoint", "gw-b.exmaple"}},
     {},
     Knows("NAME_NOT_RESOLVED", "tunnels[to-b].remote.endpoint", "gw-b.exmaple"),
     Nothing()},
    {"the initiator has no route",
     {},
     {},
     Knows("NO_ROUTE_TO_PEER", "tunnels[to-b].remote.endpoint"),
     Nothing(),
     NoRoute},
    {"the responder's tunnel names another peer",
     {},
     {{"remote.endpoint", "198.51.100.9"}},
     kStranger,
     Knows("NO_TUNNEL_FOR_PEER", "tunnels[to-a].remote.endpoint", "192.0.2.1")},
    {"the initiator comes from behind a NAT, the responder names its inner address",
     {},
     {},
     kStranger,
     Knows("NO_TUNNEL_FOR_PEER", "tunnels[to-a].remote.endpoint", "203.0.113.7"),
     ANatBeforeTheInitiator},
    {"the responder has no tunnel at all",
     {},
     {{"tunnels", "[]"}},
     kStranger,
     Knows("NO_TUNNEL_FOR_PEER", "tunnels[].remote.endpoint")},
    {"the responder is called at an address that is not its tunnel's",
     {},
     {{"local.address", "192.0.2.22"}},
     kStranger,
     Knows("NO_TUNNEL_FOR_PEER", "tunnels[to-a].local.address", "192.0.2.22")},
    {"the responder's tunnel is disabled",
     {},
     {{"enabled", "false"}},
     kStranger,
     Knows("TUNNEL_DISABLED", "tunnels[to-a].enabled")},
    {"the responder's tunnel waits for an operator (startup IGNORE)",
     {},
     {{"startup", "IGNORE"}},
     kStranger,
     Knows("TUNNEL_HELD_DOWN", "tunnels[to-a].startup")},
    {"an operator took the responder's tunnel down",
     {},
     {},
     kStranger,
     Knows("TUNNEL_HELD_DOWN", "tunnels[to-a]"),
     AnOperatorHoldsTheResponder},
    {"the initiator speaks IKEv1",
     {},
     {},
     Guesses("NO_RESPONSE", "tunnels[to-b].remote.endpoint"),
     Knows("VERSION_MISMATCH", "tunnels[to-a].ike.version", "IKEv1"),
     TheInitiatorSpeaksIkev1},
    {"the responder speaks IKEv1",
     {},
     {},
     Knows("VERSION_MISMATCH", "tunnels[to-b].ike.version"),
     Guesses("NO_RESPONSE", "tunnels[to-a].remote.endpoint"),
     TheResponderSpeaksIkev1},
};

}  // namespace

std::span<const Misconfiguration> AddressRows() {
  return kRows;
}

}  // namespace culvert::diagnosis
