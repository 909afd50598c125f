// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/testing/bad_inputs.h"

namespace culvert::configd {
namespace {

const BadInput kInputs[] = {
    {R"(tunnels: [{name: t, profile: MODERN, custom_options: {updown: "/bin/sh -c id"}, remote: {endpoint: 192.0.2.2}}])",
     Code::OPTION_REFUSED, "tunnels[t].custom_options[updown]", "run a program"},
    {R"(tunnels: [{name: t, profile: MODERN, custom_options: {leftupdown: x}, remote: {endpoint: 192.0.2.2}}])",
     Code::OPTION_REFUSED, "tunnels[t].custom_options[leftupdown]", "remove it"},
    {R"(tunnels: [{name: t, profile: MODERN, custom_options: {include: /etc/passwd}, remote: {endpoint: 192.0.2.2}}])",
     Code::OPTION_REFUSED, "tunnels[t].custom_options[include]", "read a file"},
    {R"(tunnels: [{name: t, profile: MODERN, custom_options: {margintme: 9m}, remote: {endpoint: 192.0.2.2}}])",
     Code::UNKNOWN_OPTION, "tunnels[t].custom_options[margintme]", "did you mean \"margintime\"?"},
    {R"(tunnels: [{name: t, profile: MODERN, custom_options: {x;y: z}, remote: {endpoint: 192.0.2.2}}])",
     Code::UNKNOWN_OPTION, "tunnels[t].custom_options[0]", "no option"},
    {R"(tunnels: [{name: t, profile: MODERN, custom_options: {compress: "yes"}, remote: {endpoint: 192.0.2.2}}])",
     Code::BAD_OPTION_VALUE, "tunnels[t].custom_options[compress]", "compress"},
    {R"(tunnels: [{name: t, profile: MODERN, custom_options: {reqid: many}, remote: {endpoint: 192.0.2.2}}])",
     Code::BAD_OPTION_VALUE, "tunnels[t].custom_options[reqid]", "esp.reqid"},
    {R"(tunnels: [{name: t, profile: MODERN, custom_options: {margintime: 9x}, remote: {endpoint: 192.0.2.2}}])",
     Code::BAD_OPTION_VALUE, "tunnels[t].custom_options[margintime]", "ike.rekey_margin"},
    {R"(tunnels: [{name: t, profile: MODERN, custom_options: {margintime: 9m}, remote: {endpoint: 192.0.2.2}}])",
     Code::NOT_YET_SUPPORTED, "tunnels[t].custom_options[margintime]", "ike.rekey_margin"},
};

}  // namespace

std::span<const BadInput> OptionInputs() {
  return kInputs;
}

}  // namespace culvert::configd
