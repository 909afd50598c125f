// SPDX-License-Identifier: Apache-2.0
// What a rule is, and the table of all of them.
#pragma once

#include <span>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "culvert/config/v1/config.pb.h"
#include "services/configd/form/problem.h"
#include "services/configd/rules/host_facts.h"
#include "services/configd/rules/parsed_tunnel.h"

namespace culvert::configd {

// One tunnel: as typed, as its profile completes it, and with its texts parsed. All are borrowed.
struct TunnelView {
  const config::v1::Tunnel& typed;
  const config::v1::Tunnel& effective;
  const ParsedTunnel& parsed;
  std::string path;  // "tunnels[to-b]"
  const config::v1::Configuration& configuration;
  const HostFacts* host;  // null: not on the box

  std::string Path(absl::string_view field) const { return FieldPath(path, field); }
  bool ikev1() const { return effective.ike().version() != config::v1::IkeVersion::IKEV2; }  // AUTO may speak it
  bool ikev2() const { return effective.ike().version() != config::v1::IkeVersion::IKEV1; }
  bool only_ikev2() const { return effective.ike().version() == config::v1::IkeVersion::IKEV2; }
};

// All tunnels and everything beside them.
struct ConfigurationView {
  const config::v1::Configuration& configuration;
  std::span<const TunnelView> tunnels;
  const HostFacts* host;
};

// A rule reports under its codes alone; a test holds each rule to that and each code to a rule or to the text reader.
template <typename View>
struct Rule {
  absl::string_view subject;
  void (*check)(const View& view, Problems* problems);
  std::vector<Code::Value> codes;
};

std::span<const Rule<TunnelView>> TunnelRules();
std::span<const Rule<ConfigurationView>> ConfigurationRules();

}  // namespace culvert::configd
