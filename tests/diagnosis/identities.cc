// SPDX-License-Identifier: Apache-2.0
#include "tests/diagnosis/misconfiguration.h"

namespace culvert::diagnosis {
namespace {

// AUTHENTICATION_FAILED is all that a peer may say (RFC 7296 2.21.2): the initiator can only tell where to look.
const Said kRefused = Guesses("PEER_REFUSED_AUTHENTICATION", "secrets[psk-b].psk");

const Said kOtherKey = Knows("PSK_MISMATCH", "secrets[psk-a].psk", "gw-a.example");
const Said kOtherPeer = Knows("PEER_ID_MISMATCH", "tunnels[to-a].remote.identifier");
const Said kOtherSelf = Knows("PEER_ID_MISMATCH", "tunnels[to-a].local.identifier");

// The configuration's second tunnel to the same peer, under one identity.
constexpr char kTwin[] = R"([
  { name: to-b, enabled: true, profile: MODERN, local: { address: 192.0.2.1, identifier: gw-a.example, subnets: [10.1.0.0/24] },
    remote: { endpoint: 192.0.2.2, identifier: gw-b.example, subnets: [10.2.0.0/24] }, authentication: { psk: {} },
    ike: { proposals: [aes256gcm16-prfsha384-x25519] }, esp: { proposals: [aes256gcm16-x25519] } },
  { name: twin, enabled: true, profile: MODERN, local: { address: 192.0.2.1, identifier: gw-a.example, subnets: [10.3.0.0/24] },
    remote: { endpoint: 192.0.2.2, identifier: gw-b.example, subnets: [10.4.0.0/24] }, authentication: { psk: {} }, startup: ADD,
    ike: { proposals: [aes256gcm16-prfsha384-x25519] }, esp: { proposals: [aes256gcm16-x25519] } }])";

void ATwinComes(MockWire& wire) {
  wire.Run();
  wire.a.events.clear();
  wire.b.events.clear();
  wire.a.Handle(iked::Initiate{1, "twin"});
}

const Misconfiguration kRows[] = {
    {"the pre-shared keys differ", {}, {{"secrets[0].psk", "another key altogether"}}, kRefused, kOtherKey},
    {"one key has a trailing blank",
     {{"secrets[0].psk", R"("correct horse battery staple ")"}},
     {},
     kRefused,
     kOtherKey},
    {"one key has other capitals", {}, {{"secrets[0].psk", "Correct horse battery staple"}}, kRefused, kOtherKey},
    {"the key is hex at one side, and text at the other",
     {{"secrets[0].psk", "'0x00112233445566778899aabb'"}},
     {{"secrets[0].psk", "'00112233445566778899aabb'"}},
     kRefused,
     kOtherKey},
    {"the key is base64 at one side, and text at the other",
     {{"secrets[0].psk", "'0sAAECAwQFBgcICQoL'"}},
     {{"secrets[0].psk", "'AAECAwQFBgcICQoL'"}},
     kRefused,
     kOtherKey},
    {"the key was changed at one side alone", {{"secrets[0].psk", "the key of next year"}}, {}, kRefused, kOtherKey},
    {"the responder's secret is for another peer",
     {},
     {{"remote.endpoint", "any"}, {"remote.identifier", ""}, {"secrets[0].selectors", "[gw-c.example]"}},
     kRefused,
     Knows("NO_SECRET_FOR_PEER", "secrets")},
    {"the responder's secret is for another address of the peer",
     {},
     {{"remote.endpoint", "any"}, {"remote.identifier", ""}, {"secrets[0].selectors", "[198.51.100.7]"}},
     kRefused,
     Knows("NO_SECRET_FOR_PEER", "secrets")},
    {"an earlier secret for everybody hides the right one (responder)",
     {},
     {{"secrets",
       "[{ name: everybody, psk: another key altogether }, "
       "{ name: psk-a, psk: correct horse battery staple, selectors: [gw-a.example] }]"}},
     kRefused,
     Knows("PSK_MISMATCH", "secrets[everybody].psk")},
    {"an earlier secret for everybody hides the right one (initiator)",
     {{"secrets",
       "[{ name: everybody, psk: another key altogether }, "
       "{ name: psk-b, psk: correct horse battery staple, selectors: [gw-b.example] }]"}},
     {},
     Guesses("PEER_REFUSED_AUTHENTICATION", "secrets[everybody].psk"),
     Guesses("PSK_MISMATCH", "secrets[psk-a].psk")},
    {"the responder calls itself something else", {}, {{"local.identifier", "gw-x.example"}}, kRefused, kOtherSelf},
    {"the initiator asks for somebody else",
     {{"remote.identifier", "gw-c.example"}, {"secrets[0].selectors", ""}},
     {},
     kRefused,
     kOtherSelf},
    {"the responder expects somebody else",
     {},
     {{"remote.identifier", "gw-c.example"}, {"secrets[0].selectors", ""}},
     kRefused,
     kOtherPeer},
    {"the initiator's name is misspelt", {{"local.identifier", "gw-a.exmaple"}}, {}, kRefused, kOtherPeer},
    {"the initiator sends user@host, a host name is expected",
     {{"local.identifier", "gw-a@example"}},
     {},
     kRefused,
     kOtherPeer},
    {"the initiator has no identifier and sends its address", {{"local.identifier", ""}}, {}, kRefused, kOtherPeer},
    {"the initiator sends the right text as a key id",
     {{"local.identifier", "'keyid:gw-a.example'"}},
     {},
     kRefused,
     kOtherPeer},
    {"the initiator sends a distinguished name", {{"local.identifier", "'CN=gw-a.example'"}}, {}, kRefused, kOtherPeer},
    {"the responder expects an address, a name comes",
     {},
     {{"remote.identifier", "192.0.2.1"}, {"secrets[0].selectors", ""}},
     kRefused,
     kOtherPeer},
    {"the responder has no identifier and is its address, a name is asked for",
     {},
     {{"local.identifier", ""}},
     kRefused,
     kOtherSelf},
    {"the initiator expects a domain that the responder is not of",
     {{"remote.identifier", "'*.example.org'"}, {"secrets[0].selectors", ""}},
     {},
     Knows("PEER_ID_MISMATCH", "tunnels[to-b].remote.identifier", "got=gw-b.example"),
     Guesses("PEER_REFUSED_AUTHENTICATION", "tunnels[to-a].local.identifier")},
    {"the responder requires a post-quantum key, the initiator has none",
     {},
     {{"authentication.ppk", "{ id: quantum, required: true }"},
      {"secrets[1]", "{ name: quantum, psk: a key of the far future, selectors: [nobody.example] }"}},
     kRefused,
     Knows("PPK_MISSING", "tunnels[to-a].authentication.ppk")},
    {"the post-quantum keys differ",
     {{"authentication.ppk", "{ id: quantum, required: true }"},
      {"secrets[1]", "{ name: quantum, psk: a key of the far future, selectors: [nobody.example] }"}},
     {{"authentication.ppk", "{ id: quantum, required: true }"},
      {"secrets[1]", "{ name: quantum, psk: a key of another future, selectors: [nobody.example] }"}},
     kRefused,
     Guesses("PSK_MISMATCH", "secrets[psk-a].psk")},
    {"the post-quantum keys differ, and the initiator could do without",
     {{"authentication.ppk", "{ id: quantum, required: false }"},
      {"secrets[1]", "{ name: quantum, psk: a key of the far future, selectors: [nobody.example] }"}},
     {{"authentication.ppk", "{ id: quantum, required: false }"},
      {"secrets[1]", "{ name: quantum, psk: a key of another future, selectors: [nobody.example] }"}},
     kRefused,
     Knows("PPK_MISMATCH", "secrets[quantum].psk", "another key than ours")},
    {"the post-quantum key has another name at the responder",
     {{"authentication.ppk", "{ id: quantum, required: true }"},
      {"secrets[1]", "{ name: quantum, psk: a key of the far future, selectors: [nobody.example] }"}},
     {{"authentication.ppk", "{ id: lattice, required: true }"},
      {"secrets[1]", "{ name: lattice, psk: a key of the far future, selectors: [nobody.example] }"}},
     kRefused,
     Knows("PPK_MISMATCH", "tunnels[to-a].authentication.ppk.id", "quantum")},
    {"unique is KEEP, and a second peer comes with the identity of the first",
     {{"tunnels", kTwin}},
     {{"unique", "KEEP"}},
     Guesses("PEER_REFUSED_AUTHENTICATION", "secrets[psk-b].psk"),
     Knows("PEER_BUSY", "tunnels[to-a].unique", "gw-a.example"),
     ATwinComes},
};

}  // namespace

std::span<const Misconfiguration> IdentityRows() {
  return kRows;
}

}  // namespace culvert::diagnosis
