// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/rules.h"

#include <deque>

#include "services/configd/profile/profile.h"
#include "services/configd/rules/rule.h"

namespace culvert::configd {
namespace {

// Owns what a TunnelView borrows.
struct Prepared {
  config::v1::Tunnel effective;
  ParsedTunnel parsed;
};

}  // namespace

std::vector<Problem> ValidateConfiguration(const config::v1::Configuration& configuration, const HostFacts* host) {
  Problems problems;
  std::deque<Prepared> prepared;  // addresses must stay
  std::vector<TunnelView> tunnels;
  tunnels.reserve(static_cast<size_t>(configuration.tunnels_size()));
  for (int i = 0; i < configuration.tunnels_size(); ++i) {
    const config::v1::Tunnel& typed = configuration.tunnels(i);
    std::string path = ElementPath("tunnels", typed.name(), static_cast<size_t>(i));
    Prepared& own = prepared.emplace_back();
    own.effective = EffectiveTunnel(typed);
    own.parsed = ParseTunnel(own.effective, path, &problems);
    tunnels.push_back({typed, own.effective, own.parsed, std::move(path), configuration, host});
    for (const auto& rule : TunnelRules()) rule.check(tunnels.back(), &problems);
  }
  const ConfigurationView view = {configuration, tunnels, host};
  for (const auto& rule : ConfigurationRules()) rule.check(view, &problems);
  return problems.Take();
}

}  // namespace culvert::configd
