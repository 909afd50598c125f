// SPDX-License-Identifier: Apache-2.0
#include "tests/diagnosis/misconfiguration.h"

namespace culvert::diagnosis {
namespace {

// Both gateways speak IKEv1, with a secret that Main Mode finds: one without selectors.
std::vector<Edit> Legacy(std::vector<Edit> more = {}, const char* ike = "mode: MAIN") {
  std::vector<Edit> edits = {
      {"ike", std::string("{ version: IKEV1, proposals: [aes128-sha256-modp2048], ") + ike + " }"},
      {"esp.proposals", "[aes128-sha256-modp2048]"},
      {"secrets[0].selectors", ""}};
  edits.insert(edits.end(), more.begin(), more.end());
  return edits;
}
std::vector<Edit> Aggressive(std::vector<Edit> more = {}) {
  return Legacy(std::move(more), "mode: AGGRESSIVE, allow_weak_aggressive_psk: true");
}

const Misconfiguration kRows[] = {
    {"the pre-shared keys differ (Main Mode)", Legacy(), Legacy({{"secrets[0].psk", "another key altogether"}}),
     Guesses("PSK_MISMATCH", "secrets[psk-b].psk"),
     Knows("PSK_MISMATCH", "secrets[psk-a].psk", "Message 5 of Main Mode does not decrypt")},
    {"the pre-shared keys differ (Aggressive Mode)", Aggressive(),
     Aggressive({{"secrets[0].psk", "another key altogether"}}), Knows("PSK_MISMATCH", "secrets[psk-b].psk", "HASH_R"),
     Guesses("NO_RESPONSE", "tunnels[to-a].remote.endpoint")},
    {"the responder's secret is for a name, which Main Mode does not see", Legacy(),
     Legacy({{"secrets[0].selectors", "[gw-a.example]"}, {"remote.endpoint", "any"}}),
     Guesses("PSK_MISMATCH", "secrets[psk-b].psk"), Knows("NO_SECRET_FOR_PEER", "secrets")},
    {"the IKE ciphers differ (IKEv1)", Legacy(), Legacy({{"ike.proposals", "[aes256-sha256-modp2048]"}}),
     Guesses("IKE_PROPOSAL_MISMATCH", "tunnels[to-b].ike.proposals"),
     Knows("IKE_PROPOSAL_MISMATCH", "tunnels[to-a].ike.proposals", "ENCR: ours aes256; theirs aes128")},
    {"the IKE groups differ (IKEv1)", Legacy(), Legacy({{"ike.proposals", "[aes128-sha256-modp3072]"}}),
     Guesses("IKE_PROPOSAL_MISMATCH", "tunnels[to-b].ike.proposals"),
     Knows("IKE_PROPOSAL_MISMATCH", "tunnels[to-a].ike.proposals", "DH: ours modp3072; theirs modp2048")},
    {"the ESP ciphers differ (IKEv1)", Legacy(), Legacy({{"esp.proposals", "[aes256-sha256-modp2048]"}}),
     Guesses("ESP_PROPOSAL_MISMATCH", "tunnels[to-b].esp.proposals"),
     Knows("ESP_PROPOSAL_MISMATCH", "tunnels[to-a].esp.proposals", "ENCR: ours aes256; theirs aes128")},
    {"the initiator has PFS, the responder none (IKEv1)", Legacy(), Legacy({{"esp.proposals", "[aes128-sha256]"}}),
     Guesses("ESP_PROPOSAL_MISMATCH", "tunnels[to-b].esp.proposals"),
     Knows("ESP_PROPOSAL_MISMATCH", "tunnels[to-a].esp.proposals", "DH: ")},
    {"the responder's subnet is wider (IKEv1 does not narrow)", Legacy(), Legacy({{"remote.subnets", "[10.1.0.0/16]"}}),
     Guesses("TRAFFIC_SELECTORS_UNACCEPTABLE", "tunnels[to-b].remote.subnets"),
     Knows("TRAFFIC_SELECTORS_UNACCEPTABLE", "tunnels[to-a].remote.subnets", "10.2.0.0/24 === 10.1.0.0/24")},
    {"the initiator is in aggressive mode, the responder in main mode", Aggressive(), Legacy(),
     Knows("MODE_MISMATCH", "tunnels[to-b].ike.mode"), Knows("MODE_MISMATCH", "tunnels[to-a].ike.mode")},
    {"the initiator is in main mode, the responder in aggressive mode", Legacy(), Aggressive(),
     Knows("MODE_MISMATCH", "tunnels[to-b].ike.mode"), Knows("MODE_MISMATCH", "tunnels[to-a].ike.mode")},
    {"the responder does not allow aggressive mode with a pre-shared key", Aggressive(), Legacy({}, "mode: AGGRESSIVE"),
     Guesses("PEER_REFUSED_AUTHENTICATION", "tunnels[to-b].authentication"),
     Knows("AGGRESSIVE_PSK_REFUSED", "tunnels[to-a].ike.allow_weak_aggressive_psk")},
    {"the initiator speaks IKEv2, the responder IKEv1", Legacy({{"ike.version", "IKEV2"}, {"ike.mode", ""}}), Legacy(),
     Knows("VERSION_MISMATCH", "tunnels[to-b].ike.version"),
     Knows("VERSION_MISMATCH", "tunnels[to-a].ike.version", "IKEv1")},
    {"the initiator speaks IKEv1, the responder IKEv2", Legacy(), Legacy({{"ike.version", "IKEV2"}, {"ike.mode", ""}}),
     Guesses("NO_RESPONSE", "tunnels[to-b].remote.endpoint"),
     Knows("VERSION_MISMATCH", "tunnels[to-a].ike.version", "IKEv1")},
};

}  // namespace

std::span<const Misconfiguration> Ikev1Rows() {
  return kRows;
}

}  // namespace culvert::diagnosis
