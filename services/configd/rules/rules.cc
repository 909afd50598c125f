// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/rules.h"

#include "services/configd/rules/prepared.h"

namespace culvert::configd {

std::vector<Problem> ValidateConfiguration(const config::v1::Configuration& configuration, const HostFacts* host) {
  Problems problems;
  const PreparedConfiguration prepared(configuration, host, &problems);
  const ConfigurationView view = prepared.view();
  for (const TunnelView& tunnel : view.tunnels) {
    for (const auto& rule : TunnelRules()) rule.check(tunnel, &problems);
  }
  for (const auto& rule : ConfigurationRules()) rule.check(view, &problems);
  return problems.Take();
}

}  // namespace culvert::configd
