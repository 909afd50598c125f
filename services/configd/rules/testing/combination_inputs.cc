// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/testing/bad_inputs.h"

namespace culvert::configd {
namespace {

constexpr auto kWarning = Severity::WARNING;

const BadInput kInputs[] = {
    {R"(tunnels: [{name: t, profile: MODERN, ike: {mode: MAIN}, remote: {endpoint: 192.0.2.2}}])",
     Code::IGNORED_IN_IKEV2, "tunnels[t].ike.mode", "no modes", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {allow_weak_aggressive_psk: false}, remote: {endpoint: 192.0.2.2}}])",
     Code::IGNORED_IN_IKEV2, "tunnels[t].ike.allow_weak_aggressive_psk", "leave it out", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1, mobike: true}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].ike.mobike", "IKEV2"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1}, authentication: {eap: {}}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].authentication.eap", "IKEV2"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1}, authentication: {local: {x509: {}}, remote: {psk: {}}}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_IN_IKEV1, "tunnels[t].authentication", "same way"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {allow_ikev1_fallback: true}, remote: {endpoint: 192.0.2.2}}])",
     Code::CONFLICT, "tunnels[t].ike.allow_ikev1_fallback", "AUTO"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1, mode: AGGRESSIVE}, remote: {endpoint: 192.0.2.2}}])",
     Code::WEAK_AGGRESSIVE_PSK, "tunnels[t].ike.mode", "MAIN", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, authentication: {psk: {}, x509: {}}, remote: {endpoint: 192.0.2.2}}])",
     Code::CONFLICT, "tunnels[t].authentication", "keep one"},
    {R"(tunnels: [{name: t, profile: MODERN, authentication: {x509: {}}, remote: {endpoint: 192.0.2.2}}])",
     Code::CA_MISSING, "tunnels[t].authentication", "x509.ca"},
    {R"(tunnels: [{name: t, profile: MODERN, xauth: {enabled: true}, remote: {endpoint: 192.0.2.2}}])",
     Code::XAUTH_WITH_IKEV2, "tunnels[t].xauth.enabled", "authentication.eap"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1}, xauth: {enabled: true, role: CLIENT}, remote: {endpoint: 192.0.2.2}}])",
     Code::REQUIRED, "tunnels[t].xauth.password", "password"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1}, xauth: {enabled: true, role: SERVER}, remote: {endpoint: 192.0.2.2}}])",
     Code::REQUIRED, "tunnels[t].xauth.users", "users"},
    {R"(tunnels: [{name: t, profile: MODERN, authentication: {eap: {}}, remote: {endpoint: 192.0.2.2}}])",
     Code::CONFLICT, "tunnels[t].authentication", "eap.method to TLS"},
    {R"(tunnels: [{name: t, profile: MODERN, authentication: {local: {eap: {}}, remote: {psk: {}}}, remote: {endpoint: 192.0.2.2}}])",
     Code::REQUIRED, "tunnels[t].eap.password", "password"},
    {R"(tunnels: [{name: t, profile: MODERN, authentication: {local: {psk: {}}, remote: {eap: {}}}, remote: {endpoint: 192.0.2.2}}])",
     Code::REQUIRED, "tunnels[t].eap.users", "users"},
    {R"(tunnels: [{name: t, profile: MODERN, eap: {users: [{name: bob}]}, remote: {endpoint: 192.0.2.2}}])",
     Code::REQUIRED, "tunnels[t].eap.users[bob].password", "password"},
    {R"(tunnels: [{name: t, profile: MODERN, startup: START, remote: {endpoint: any}}])",
     Code::ANY_REMOTE_CANNOT_INITIATE, "tunnels[t].startup", "ADD"},
    {R"(tunnels: [{name: t, profile: MODERN, startup: ROUTE, remote: {endpoint: any}}])",
     Code::ANY_REMOTE_CANNOT_INITIATE, "tunnels[t].startup", "ROUTE"},
    {R"(tunnels: [{name: t, profile: MODERN, dpd: {action: RESTART}, remote: {endpoint: any}}])",
     Code::ANY_REMOTE_CANNOT_INITIATE, "tunnels[t].dpd.action", "CLEAR"},
    {R"(tunnels: [{name: t, profile: MODERN, dpd: {delay: 30s, timeout: 59s}, remote: {endpoint: 192.0.2.2}}])",
     Code::DPD_TIMEOUT_TOO_SHORT, "tunnels[t].dpd.timeout", "60s"},
    {R"(tunnels: [{name: t, profile: MODERN, dpd: {delay: 2h}, remote: {endpoint: 192.0.2.2}}])", Code::OUT_OF_RANGE,
     "tunnels[t].dpd.delay", "3600s"},
    {R"(tunnels: [{name: t, profile: MODERN, dpd: {delay: 0s}, remote: {endpoint: 192.0.2.2}}])", Code::OUT_OF_RANGE,
     "tunnels[t].dpd.delay", "1s"},
    {R"(tunnels: [{name: t, profile: MODERN, dpd: {enabled: false}, remote: {endpoint: 192.0.2.2}}])",
     Code::NO_DEAD_PEER_DETECTION, "tunnels[t].dpd.enabled", "true", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {lifetime: 29s}, remote: {endpoint: 192.0.2.2}}])",
     Code::OUT_OF_RANGE, "tunnels[t].ike.lifetime", "30s to 5793d"},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {lifetime: 5794d}, remote: {endpoint: 192.0.2.2}}])",
     Code::OUT_OF_RANGE, "tunnels[t].esp.lifetime", "30s to 5793d"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {lifetime: 8d}, remote: {endpoint: 192.0.2.2}}])",
     Code::LIFETIME_UNUSUAL, "tunnels[t].ike.lifetime", "7d", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {lifetime: 25h}, remote: {endpoint: 192.0.2.2}}])",
     Code::LIFETIME_UNUSUAL, "tunnels[t].esp.lifetime", "24h", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {lifetime: 60s}, remote: {endpoint: 192.0.2.2}}])",
     Code::LIFETIME_UNUSUAL, "tunnels[t].esp.lifetime", "5m", kWarning},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {lifetime: 10m, rekey_margin: 10m}, remote: {endpoint: 192.0.2.2}}])",
     Code::OUT_OF_RANGE, "tunnels[t].ike.rekey_margin", "less than the lifetime"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {dscp: 64}, remote: {endpoint: 192.0.2.2}}])", Code::OUT_OF_RANGE,
     "tunnels[t].ike.dscp", "0 to 63"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {rekey_jitter_percent: 101}, remote: {endpoint: 192.0.2.2}}])",
     Code::OUT_OF_RANGE, "tunnels[t].ike.rekey_jitter_percent", "100"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {retry_cap: 0s}, remote: {endpoint: 192.0.2.2}}])",
     Code::OUT_OF_RANGE, "tunnels[t].ike.retry_cap", "1s to 24h"},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {replay_window: 4097}, remote: {endpoint: 192.0.2.2}}])",
     Code::OUT_OF_RANGE, "tunnels[t].esp.replay_window", "4096"},
    {R"(tunnels: [{name: t, profile: MODERN, local: {protocol: 256}, remote: {endpoint: 192.0.2.2}}])",
     Code::OUT_OF_RANGE, "tunnels[t].local.protocol", "0 to 255"},
    {R"(tunnels: [{name: t, profile: MODERN, local: {protocol: 17, port: 65536}, remote: {endpoint: 192.0.2.2}}])",
     Code::OUT_OF_RANGE, "tunnels[t].local.port", "65535"},
    {R"(tunnels: [{name: t, profile: MODERN, local: {port: 1701}, remote: {endpoint: 192.0.2.2}}])", Code::CONFLICT,
     "tunnels[t].local.port", "no ports"},
    {R"(tunnels: [{name: t, profile: MODERN, local: {protocol: 17}, remote: {endpoint: 192.0.2.2, protocol: 6}}])",
     Code::CONFLICT, "tunnels[t].remote.protocol", "no packet has two"},
    {R"(gateway: {half_open_limit: 0})", Code::OUT_OF_RANGE, "gateway.half_open_limit", "1000000"},
    {R"(gateway: {half_open_limit: 10})", Code::CONFLICT, "gateway.cookie_threshold", "half_open_limit"},
};

}  // namespace

std::span<const BadInput> CombinationInputs() {
  return kInputs;
}

}  // namespace culvert::configd
