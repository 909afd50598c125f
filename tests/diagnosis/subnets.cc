// SPDX-License-Identifier: Apache-2.0
#include "tests/diagnosis/misconfiguration.h"

namespace culvert::diagnosis {
namespace {

// TS_UNACCEPTABLE tells nothing more.
const Said kRefused = Guesses("TRAFFIC_SELECTORS_UNACCEPTABLE", "tunnels[to-b].remote.subnets");

Said Differs(std::string field, std::string words = "") {
  return Knows("TRAFFIC_SELECTORS_UNACCEPTABLE", "tunnels[to-a]." + field, std::move(words));
}
Said NarrowedTo(std::string field, std::string words) {
  return Knows("NARROWED", std::move(field), std::move(words));
}

const Misconfiguration kRows[] = {
    {"the responder has another network behind it",
     {},
     {{"local.subnets", "[10.9.0.0/24]"}},
     kRefused,
     Differs("local.subnets", "10.9.0.0/24")},
    {"the responder expects another network at the initiator",
     {},
     {{"remote.subnets", "[10.8.0.0/24]"}},
     kRefused,
     Differs("remote.subnets", "10.8.0.0/24")},
    {"the initiator has another network behind it",
     {{"local.subnets", "[10.7.0.0/24]"}},
     {},
     kRefused,
     Differs("remote.subnets", "10.7.0.0/24")},
    {"the initiator expects another network at the responder",
     {{"remote.subnets", "[10.6.0.0/24]"}},
     {},
     kRefused,
     Differs("local.subnets", "10.6.0.0/24")},
    {"local and remote are swapped at the responder",
     {},
     {{"local.subnets", "[10.1.0.0/24]"}, {"remote.subnets", "[10.2.0.0/24]"}},
     kRefused,
     Differs("local.subnets")},
    {"IPv4 networks at one side, IPv6 networks at the other",
     {},
     {{"local.subnets", "['fd02::/64']"}, {"remote.subnets", "['fd01::/64']"}},
     kRefused,
     Differs("local.subnets", "fd02::/64")},
    {"the responder has no subnets and stands for itself",
     {},
     {{"local.subnets", ""}},
     kRefused,
     Differs("local.subnets", "192.0.2.2/32")},
    {"the initiator has no subnets and stands for itself",
     {{"local.subnets", ""}},
     {},
     kRefused,
     Differs("remote.subnets", "192.0.2.1/32")},
    {"TCP at one side, UDP at the other",
     {{"local.protocol", "6"}, {"remote.protocol", "6"}},
     {{"local.protocol", "17"}, {"remote.protocol", "17"}},
     kRefused,
     Differs("local.protocol")},
    {"another port of the same protocol",
     {{"local.protocol", "6"}, {"remote.protocol", "6"}, {"remote.port", "443"}},
     {{"local.protocol", "6"}, {"remote.protocol", "6"}, {"local.port", "80"}},
     kRefused,
     Differs("local.port")},
    {"a wider network is asked for than the responder has",
     {{"remote.subnets", "[10.2.0.0/16]"}},
     {},
     NarrowedTo("tunnels[to-b].remote.subnets", "10.2.0.0/24 of"),
     Nothing()},
    {"everything is asked for, and the responder has one network",
     {{"remote.subnets", "[0.0.0.0/0]"}},
     {},
     NarrowedTo("tunnels[to-b].remote.subnets", "10.2.0.0/24 of"),
     Nothing()},
    {"one of two networks is unknown to the responder: the other works",
     {{"remote.subnets", "[10.2.0.0/24, 10.3.0.0/24]"}},
     {},
     kRefused,
     Differs("local.subnets", "10.3.0.0/24")},
    {"the responder expects a wider network than the initiator has",
     {},
     {{"remote.subnets", "[10.1.0.0/16]"}},
     Nothing(),
     NarrowedTo("tunnels[to-a].remote.subnets", "10.1.0.0/24 of")},
    {"a single host was entered where the network was meant",
     {{"local.subnets", "[10.1.0.1]"}},
     {},
     Nothing(),
     NarrowedTo("tunnels[to-a].remote.subnets", "10.1.0.1/32")},
};

}  // namespace

std::span<const Misconfiguration> SubnetRows() {
  return kRows;
}

}  // namespace culvert::diagnosis
