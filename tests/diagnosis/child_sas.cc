// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ike_header.h"
#include "libs/wire/ikev2/message.h"
#include "tests/diagnosis/misconfiguration.h"

namespace culvert::diagnosis {
namespace {

using iked::testing::InFlight;

// The initiator sees NO_PROPOSAL_CHOSEN, which says the same of ciphers.
const Said kNoneChosen = Guesses("ESP_PROPOSAL_MISMATCH", "tunnels[to-b].esp.proposals");

// Host to host.
constexpr char kTransport[] = "TRANSPORT";
const Edit kNoLocal = {"local.subnets", ""}, kNoRemote = {"remote.subnets", ""};

// What no honest peer does, or one with a configuration of its own mind.
void AnotherGroupIsWanted(MockWire& wire) {
  wire.passes = [&wire](InFlight& flight) {
    if (flight.from == &wire.a) return true;
    wire::ikev2::Message answer;
    answer.header = *wire::PeekHeader(*flight.send.bytes);
    answer.header.responder_spi = 0;
    answer.payloads.push_back(
        wire::ikev2::NotifyPayload{.type = wire::ikev2::NotifyType::kInvalidKePayload, .data = {0, 14}});
    flight.send.bytes = std::make_shared<const base::Bytes>(EncodeMessage(answer));
    return true;
  };
}

void RekeysAreLost(MockWire& wire) {
  wire.Run();
  wire.a.events.clear();
  wire.b.events.clear();
  wire.passes = [](InFlight& flight) { return flight.text.find("CREATE_CHILD_SA") == std::string::npos; };
}

const Misconfiguration kRows[] = {
    {"the initiator is in transport mode, the responder in tunnel mode",
     {{"esp.mode", kTransport}, kNoLocal, kNoRemote},
     {kNoLocal, kNoRemote},
     Knows("TRANSPORT_REFUSED", "tunnels[to-b].esp.mode"),
     Knows("TRANSPORT_REFUSED", "tunnels[to-a].esp.mode")},
    {"the initiator is in tunnel mode, the responder in transport mode",
     {kNoLocal, kNoRemote},
     {{"esp.mode", kTransport}, kNoLocal, kNoRemote},
     kNoneChosen,
     Knows("TRANSPORT_REFUSED", "tunnels[to-a].esp.mode")},
    {"the pool has no address of the family that is asked for",
     {{"local.virtual_ips", "[0.0.0.0]"}, kNoLocal},
     {{"remote.virtual_ip_pools", "[road]"}, kNoRemote, {"pools", "[{ name: road, ranges: ['fd03::/64'] }]"}},
     Knows("VIRTUAL_IP_MISSING", "tunnels[to-b].local.virtual_ips", "INTERNAL_ADDRESS_FAILURE"),
     Knows("ADDRESS_POOL_EMPTY", "pools", "road")},
    {"an address is asked for, and the responder has no pool",
     {{"local.virtual_ips", "[0.0.0.0]"}, kNoLocal},
     {},
     Knows("VIRTUAL_IP_MISSING", "tunnels[to-b].local.virtual_ips"),
     Knows("PEER_DELETED", "")},
    {"no address is asked for, and the responder serves none without",
     {},
     {{"remote.virtual_ip_pools", "[road]"}, kNoRemote, {"pools", "[{ name: road, ranges: [10.3.0.0/24] }]"}},
     Guesses("INVALID_MESSAGE", ""),
     Knows("VIRTUAL_IP_MISSING", "tunnels[to-a].remote.virtual_ip_pools")},
    {"the responder wants a group that is not offered",
     {},
     {},
     Knows("KE_GROUP_MISMATCH", "tunnels[to-b].ike.proposals", "modp2048"),
     Nothing(),
     AnotherGroupIsWanted},
    {"the path loses every rekey until the CHILD_SA's lifetime ends",
     {{"esp.lifetime", "60s"}, {"esp.rekey_margin", "10s"}},
     {},
     Knows("LIFETIME_EXPIRED", "tunnels[to-b].esp.lifetime"),
     Nothing(),
     RekeysAreLost},
};

}  // namespace

std::span<const Misconfiguration> ChildSaRows() {
  return kRows;
}

}  // namespace culvert::diagnosis
