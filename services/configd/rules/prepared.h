// SPDX-License-Identifier: Apache-2.0
// A configuration made ready for the rules: profiles resolved, texts parsed.
#pragma once

#include <deque>
#include <vector>

#include "services/configd/rules/rule.h"

namespace culvert::configd {

// Borrows `configuration` and `host`; reports what cannot be parsed.
class PreparedConfiguration {
 public:
  PreparedConfiguration(const config::v1::Configuration& configuration, const HostFacts* host, Problems* problems);
  PreparedConfiguration(const PreparedConfiguration&) = delete;
  PreparedConfiguration& operator=(const PreparedConfiguration&) = delete;

  ConfigurationView view() const { return {configuration_, tunnels_, host_}; }

 private:
  struct Own {
    config::v1::Tunnel effective;
    ParsedTunnel parsed;
  };

  const config::v1::Configuration& configuration_;
  const HostFacts* host_;
  std::deque<Own> own_;  // whose addresses stay
  std::vector<TunnelView> tunnels_;
};

}  // namespace culvert::configd
