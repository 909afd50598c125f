// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tests/diagnosis/misconfiguration.h"

namespace culvert::diagnosis {
namespace {

using iked::testing::InFlight;

constexpr size_t kMtu = 1500 - 20 - 8;

void NothingReachesTheResponder(MockWire& wire) {
  wire.passes = [&wire](InFlight& flight) { return flight.from != &wire.a; };
}

void NoAnswerReachesTheInitiator(MockWire& wire) {
  wire.passes = [&wire](InFlight& flight) { return flight.from != &wire.b; };
}

void Port4500IsFiltered(MockWire& wire) {
  wire.passes = [](InFlight& flight) { return flight.send.remote.port != 4500; };
}

void AuthIsLost(MockWire& wire) {
  wire.passes = [](InFlight& flight) { return flight.text.find("IKE_AUTH") == std::string::npos; };
}

void FragmentsAreDropped(MockWire& wire) {
  wire.passes = [](InFlight& flight) { return flight.send.bytes->size() <= kMtu; };
}

void OnceUp(MockWire& wire) {
  wire.Run();
  wire.a.events.clear();
  wire.b.events.clear();
}

void ThePathBreaks(MockWire& wire) {
  OnceUp(wire);
  wire.passes = [](InFlight&) { return false; };
}

void TheResponderIsTakenDown(MockWire& wire) {
  OnceUp(wire);
  wire.b.Handle(iked::Terminate{1, "to-a"});
}

void TheInitiatorsDatapathRefuses(MockWire& wire) {
  wire.a.install_status = absl::UnimplementedError("no such suite");
}

void TheRespondersDatapathRefuses(MockWire& wire) {
  wire.b.install_status = absl::UnimplementedError("no such suite");
}

void TheInitiatorsDatapathNeedsUdp(MockWire& wire) {
  iked::DatapathCapabilities udp_alone;
  udp_alone.raw_esp = false;
  udp_alone.prefers_udp = true;
  wire.a.Handle(iked::DatapathAttached{udp_alone});
}

// One half-open IKE SA is all that is allowed: a second call of another initiator's SPI finds no room.
void TooManyHalfOpen(MockWire& wire) {
  NoAnswerReachesTheInitiator(wire);
  wire.Run();
  iked::Send second = wire.history.front().send;
  base::Bytes bytes = *second.bytes;
  bytes[0] ^= 0xFF;
  second.bytes = std::make_shared<const base::Bytes>(std::move(bytes));
  wire.b.events.clear();
  wire.Inject(wire.b, second);
}

// As many as a tunnel takes: IKE_AUTH needs two packets.
std::string ManySubnets() {
  std::vector<std::string> subnets;
  for (int i = 0; i < 64; ++i) subnets.push_back(absl::StrFormat("'fd02:0:0:%x::/64'", i));
  return absl::StrCat("[", absl::StrJoin(subnets, ", "), "]");
}

const Misconfiguration kRows[] = {
    {"a firewall drops UDP 500 to the responder",
     {},
     {},
     Knows("NO_RESPONSE", "tunnels[to-b].remote.endpoint", "IKE_SA_INIT"),
     Nothing(),
     NothingReachesTheResponder},
    {"a firewall drops the responder's answers",
     {},
     {},
     Knows("NO_RESPONSE", "tunnels[to-b].remote.endpoint", "IKE_SA_INIT"),
     Knows("NO_RESPONSE", "tunnels[to-a].remote.endpoint", "never went on to IKE_AUTH"),
     NoAnswerReachesTheInitiator},
    {"a firewall passes UDP 500 and drops UDP 4500",
     {{"encapsulation", "FORCE"}},
     {},
     Knows("NO_RESPONSE", "tunnels[to-b].remote.endpoint", "answered IKE_SA_INIT"),
     Knows("NO_RESPONSE", "tunnels[to-a].remote.endpoint", "never went on to IKE_AUTH"),
     Port4500IsFiltered},
    {"IKE_AUTH is lost, however small",
     {},
     {},
     Knows("NO_RESPONSE", "tunnels[to-b].remote.endpoint", "answered IKE_SA_INIT"),
     Knows("NO_RESPONSE", "tunnels[to-a].remote.endpoint", "never went on to IKE_AUTH"),
     AuthIsLost},
    {"IP fragments are dropped, IKE_AUTH is large, and the responder's ike.fragmentation is NEVER",
     {{"local.subnets", "['fd01::/64']"}, {"remote.subnets", ManySubnets()}},
     {{"local.subnets", ManySubnets()}, {"remote.subnets", "['fd01::/64']"}, {"ike.fragmentation", "NEVER"}},
     Knows("EXCHANGE_TOO_LARGE", "tunnels[to-b].ike.fragmentation", "larger than a packet"),
     Knows("NO_RESPONSE", "tunnels[to-a].remote.endpoint", "never went on to IKE_AUTH"),
     FragmentsAreDropped},
    {"encapsulation is needed at the initiator and NEVER at the responder",
     {},
     {{"encapsulation", "NEVER"}},
     Knows("ENCAPSULATION_REFUSED", "tunnels[to-b].encapsulation"),
     Guesses("NO_RESPONSE", "tunnels[to-a].remote.endpoint"),
     TheInitiatorsDatapathNeedsUdp},
    {"the responder has no room for another half-open IKE SA",
     {},
     {{"gateway", "{ half_open_limit: 1, cookie_threshold: 1 }"}},
     Guesses("NO_RESPONSE", "tunnels[to-b].remote.endpoint"),
     Knows("LIMIT_REACHED", "gateway.half_open_limit"),
     TooManyHalfOpen},
    {"the path breaks under a tunnel that is up",
     {},
     {},
     Knows("DEAD_PEER", "tunnels[to-b].remote.endpoint"),
     Knows("DEAD_PEER", "tunnels[to-a].remote.endpoint"),
     ThePathBreaks},
    {"the responder takes the tunnel down", {}, {}, Knows("PEER_DELETED", ""), Nothing(), TheResponderIsTakenDown},
    {"the initiator's datapath refuses the CHILD_SA",
     {},
     {},
     Knows("INSTALL_FAILED", "tunnels[to-b].esp", "no such suite"),
     Knows("PEER_DELETED", "", "CHILD_SA"),
     TheInitiatorsDatapathRefuses},
    {"the responder's datapath refuses the CHILD_SA",
     {},
     {},
     Guesses("PEER_BUSY", ""),
     Knows("INSTALL_FAILED", "tunnels[to-a].esp", "no such suite"),
     TheRespondersDatapathRefuses},
};

}  // namespace

std::span<const Misconfiguration> NetworkRows() {
  return kRows;
}

}  // namespace culvert::diagnosis
