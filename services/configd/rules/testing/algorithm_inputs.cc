// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/testing/bad_inputs.h"

namespace culvert::configd {
namespace {

constexpr auto kWarning = Severity::WARNING;
constexpr auto kInfo = Severity::INFO;

const BadInput kInputs[] = {
    {R"(tunnels: [{name: t, profile: MODERN, ike: {proposals: [aes256-sha256]}, remote: {endpoint: 192.0.2.2}}])",
     Code::BAD_PROPOSAL, "tunnels[t].ike.proposals[0]", "aes256-sha256"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {proposals: [""]}, remote: {endpoint: 192.0.2.2}}])",
     Code::BAD_PROPOSAL, "tunnels[t].ike.proposals[0]", "proposal"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {proposals: [aes265-sha256-modp2048]}, remote: {endpoint: 192.0.2.2}}])",
     Code::UNKNOWN_ALGORITHM, "tunnels[t].ike.proposals[0]", "did you mean aes256?"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {encryption: aes255}, remote: {endpoint: 192.0.2.2}}])",
     Code::UNKNOWN_ALGORITHM, "tunnels[t].ike.proposals[0]", "aes255"},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {proposals: [aes256gcm16-sha256-prfsha256]}, remote: {endpoint: 192.0.2.2}}])",
     Code::BAD_PROPOSAL, "tunnels[t].esp.proposals[0]", "prfsha256"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {proposals: [3des-sha1-modp2048]}, remote: {endpoint: 192.0.2.2}}])",
     Code::WEAK_ALGORITHM, "tunnels[t].ike.proposals", "3des is weak", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {proposals: [aes128-sha256-modp1024]}, remote: {endpoint: 192.0.2.2}}])",
     Code::WEAK_ALGORITHM, "tunnels[t].ike.proposals", "x25519", kWarning},
    {R"(tunnels: [{name: t, remote: {endpoint: 192.0.2.2}}])", Code::WEAK_ALGORITHM, "tunnels[t].ike.proposals",
     "profile's default", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1, proposals: [aes256gcm16-prfsha256-modp2048]}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].ike.proposals", "aes256gcm16"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1, proposals: [aes256-sha256-x25519]}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].ike.proposals", "x25519"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1, proposals: [aes256-sha256-x448]}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].ike.proposals", "x448"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1, proposals: [aes256-sha256-prfsha384-modp2048]}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].ike.proposals", "prfsha384"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1}, esp: {proposals: [aes256-sha256-modp2048, aes128-sha256-modp3072]}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].esp.proposals", "Quick Mode"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1}, esp: {proposals: [aes256-sha256-modp2048, aes128-sha256]}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].esp.proposals", "in none"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: AUTO}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].ike.proposals", "only IKEv2", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: AUTO, allow_ikev1_fallback: true, proposals: [aes256-sha256-modp2048]}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].esp.proposals", "aes256-sha256"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1}, esp: {proposals: [chacha20poly1305]}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].esp.proposals", "chacha20poly1305"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1, mode: AGGRESSIVE, proposals: [aes256-sha256-modp2048-modp3072]}, remote: {endpoint: 192.0.2.2}}])",
     Code::AGGRESSIVE_NEEDS_ONE_GROUP, "tunnels[t].ike.proposals", "MAIN"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {proposals: [aes256-sha256-modp2048], hash: sha256}, remote: {endpoint: 192.0.2.2}}])",
     Code::PROPOSAL_SPELLED_TWICE, "tunnels[t].ike.proposals", "one spelling"},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {proposals: [aes256-sha256], pfs_group: modp2048}, remote: {endpoint: 192.0.2.2}}])",
     Code::PROPOSAL_SPELLED_TWICE, "tunnels[t].esp.proposals", "one spelling"},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {proposals: [aes256-sha256-modp2048]}, remote: {endpoint: 192.0.2.2}}])",
     Code::PFS_NOT_NEGOTIATED_AT_FIRST, "tunnels[t].esp.proposals", "first rekey", kInfo},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1}, remote: {endpoint: 192.0.2.2}}])",
     Code::IKEV1_DEPRECATED, "tunnels[t].ike.version", "RFC 9395", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: AUTO}, remote: {endpoint: 192.0.2.2}}])",
     Code::IKEV1_DEPRECATED, "tunnels[t].ike.version", "IKEV2", kWarning},
};

}  // namespace

std::span<const BadInput> AlgorithmInputs() {
  return kInputs;
}

}  // namespace culvert::configd
