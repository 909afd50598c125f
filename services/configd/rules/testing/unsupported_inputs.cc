// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/testing/bad_inputs.h"

namespace culvert::configd {
namespace {

const BadInput kInputs[] = {
    {R"(tunnels: [{name: t, profile: MODERN, local: {firewall: false}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_YET_SUPPORTED, "tunnels[t].local.firewall", "not there yet"},
    {R"(tunnels: [{name: t, profile: MODERN, remote: {endpoint: 192.0.2.2, firewall: false}}])",
     Code::NOT_YET_SUPPORTED, "tunnels[t].remote.firewall", "not there yet"},
    {R"(tunnels: [{name: t, profile: MODERN, ike: {version: IKEV1}, xauth: {enabled: true}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_YET_SUPPORTED, "tunnels[t].xauth", "not there yet"},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {mode: TRANSPORT}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_YET_SUPPORTED, "tunnels[t].esp.mode", "not there yet"},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {copy_df: false}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_YET_SUPPORTED, "tunnels[t].esp.copy_df", "not there yet"},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {mark: 1}, remote: {endpoint: 192.0.2.2}}])", Code::NOT_YET_SUPPORTED,
     "tunnels[t].esp.mark", "not there yet"},
    {R"(tunnels: [{name: t, profile: MODERN, esp: {reqid: 1}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_YET_SUPPORTED, "tunnels[t].esp.reqid", "not there yet"},
    {R"(tunnels: [{name: t, profile: MODERN, passthrough: {interfaces: [LAN]}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_YET_SUPPORTED, "tunnels[t].passthrough", "not there yet"},
    {R"(tunnels: [{name: t, profile: MODERN, host_access: {enabled: true}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_YET_SUPPORTED, "tunnels[t].host_access.enabled", "not there yet"},
    {R"(tunnels: [{name: t, profile: MODERN, priority: 1, remote: {endpoint: 192.0.2.2}}])", Code::NOT_YET_SUPPORTED,
     "tunnels[t].priority", "not there yet"},
    {R"(tunnels: [{name: t, profile: MODERN, interface: {name: ipsec0}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_YET_SUPPORTED, "tunnels[t].interface", "not there yet"},
    {R"(gateway: {log_level: DEBUG})", Code::NOT_YET_SUPPORTED, "gateway.log_level", "log level"},
    {R"(gateway: {host_firewall: {table: t, chain: c}})", Code::NOT_YET_SUPPORTED, "gateway.host_firewall", "firewall"},
};

}  // namespace

std::span<const BadInput> UnsupportedInputs() {
  return kInputs;
}

}  // namespace culvert::configd
