// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/testing/bad_inputs.h"

namespace culvert::configd {
namespace {

constexpr auto kWarning = Severity::WARNING;
constexpr auto kInfo = Severity::INFO;

const BadInput kInputs[] = {
    {R"(secrets: [{name: s, psk: four}])", Code::SECRET_LENGTH, "secrets[s].psk", "5 to 512"},
    {R"(secrets: [{name: s, psk: "0x01020304"}])", Code::SECRET_LENGTH, "secrets[s].psk", "4 octets"},
    {R"(secrets: [{name: s, psk: "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"}])",
     Code::SECRET_LENGTH, "secrets[s].psk", "513"},
    {R"(secrets: [{name: s, psk: "0x123"}])", Code::SECRET_ENCODING, "secrets[s].psk", "hexadecimal"},
    {R"(secrets: [{name: s, psk: "0s!!!!"}])", Code::SECRET_ENCODING, "secrets[s].psk", "base64"},
    {R"(secrets: [{name: s, psk: correcthorsebattery, psk_previous: "0xzz"}])", Code::SECRET_ENCODING,
     "secrets[s].psk_previous", "hexadecimal"},
    {R"(secrets: [{name: s, psk: password}])", Code::WEAK_SECRET, "secrets[s].psk", "openssl rand", kWarning},
    {R"(secrets: [{name: s, psk: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}])", Code::WEAK_SECRET, "secrets[s].psk", "guessed",
     kWarning},
    {R"(secrets: [{name: s, selectors: [gw-b.example]}])", Code::SECRET_VALUE_MISSING, "secrets[s].psk", "psk_file"},
    {R"(secrets: [{name: s, selectors: [gw-b.example]}])", Code::NOT_CHECKED, "secrets[s].psk", "keeps", kInfo, true},
    {R"(secrets: [{name: s, psk: correcthorsebattery, selectors: ["ipv4:x"]}])", Code::BAD_IDENTIFIER,
     "secrets[s].selectors[0]", "%any"},
    {R"(secrets: [{name: all-peers, psk: correcthorsebattery}, {name: one, psk: correcthorsebattery, selectors: [gw-b.example]}])",
     Code::SECRET_SHADOWED, "secrets[one]", "all-peers", kWarning},
    {R"(tunnels: [{name: t, enabled: true, profile: MODERN, remote: {endpoint: 192.0.2.2, identifier: gw-b.example}}]
)",
     Code::SECRET_MISSING, "tunnels[t].authentication", "secrets"},
    {R"(tunnels: [{name: t, enabled: true, profile: MODERN, remote: {endpoint: 192.0.2.2, identifier: gw-b.example}}]
secrets: [{name: s, psk: correcthorsebattery, selectors: [gw-c.example]}])",
     Code::SECRET_MISSING, "tunnels[t].authentication", "selectors"},
    {R"(tunnels: [{name: t, ike: {version: IKEV1, mode: MAIN}, remote: {endpoint: 192.0.2.2}}]
secrets: [{name: s, psk: correcthorsebattery, selectors: [gw-b.example]}])",
     Code::SELECTOR_UNUSABLE_IKEV1_MAIN, "secrets[s].selectors", "address", kWarning},
    {R"(tunnels: [{name: t, remote: {endpoint: 192.0.2.2}}, {name: u, profile: MODERN, remote: {endpoint: 192.0.2.3, identifier: gw-c.example}}]
secrets: [{name: s, psk: correcthorsebattery, selectors: [gw-b.example]}])",
     Code::SELECTOR_UNUSABLE_IKEV1_MAIN, "secrets[s].selectors", "IKEV2", kWarning},
    {R"(tunnels: [{name: t, enabled: true, remote: {endpoint: 192.0.2.2, identifier: gw-b.example}}]
secrets: [{name: s, psk: correcthorsebattery, selectors: [gw-b.example]}])",
     Code::SECRET_MISSING, "tunnels[t].authentication", "sees no identifier"},
    {R"(tunnels: [{name: t, ike: {mode: AGGRESSIVE}, remote: {endpoint: 192.0.2.2, identifier: gw-b.example}}]
secrets: [{name: s, psk: correcthorsebattery, selectors: [gw-b.example]}])",
     Code::WEAK_SECRET, "secrets[s].psk", "aggressive mode", kWarning},
    {R"(certificates: [{name: c}])", Code::REQUIRED, "certificates[c].certificate_pem", "certificate_file"},
    {R"(certificates: [{name: c, certificate_pem: hello}])", Code::BAD_CERTIFICATE, "certificates[c].certificate_pem",
     "PEM"},
};

}  // namespace

std::span<const BadInput> SecretInputs() {
  return kInputs;
}

}  // namespace culvert::configd
