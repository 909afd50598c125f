// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/prepared.h"

#include <utility>

#include "services/configd/profile/profile.h"

namespace culvert::configd {

PreparedConfiguration::PreparedConfiguration(const config::v1::Configuration& configuration, const HostFacts* host,
                                             Problems* problems)
    : configuration_(configuration), host_(host) {
  tunnels_.reserve(static_cast<size_t>(configuration.tunnels_size()));
  for (int i = 0; i < configuration.tunnels_size(); ++i) {
    const config::v1::Tunnel& typed = configuration.tunnels(i);
    std::string path = ElementPath("tunnels", typed.name(), static_cast<size_t>(i));
    Own& own = own_.emplace_back();
    own.effective = EffectiveTunnel(typed);
    own.parsed = ParseTunnel(own.effective, path, problems);
    tunnels_.push_back({typed, own.effective, own.parsed, std::move(path), configuration, host});
  }
}

}  // namespace culvert::configd
