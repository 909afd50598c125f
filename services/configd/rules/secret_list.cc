// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/secret_list.h"

#include <algorithm>
#include <utility>

namespace culvert::configd {

bool IsPpk(const config::v1::Configuration& configuration, absl::string_view secret) {
  return std::any_of(configuration.tunnels().begin(), configuration.tunnels().end(), [secret](const auto& tunnel) {
    return tunnel.authentication().has_ppk() && tunnel.authentication().ppk().id() == secret;
  });
}

std::vector<ipsec::SecretSelectors> SecretListOf(const config::v1::Configuration& configuration) {
  std::vector<ipsec::SecretSelectors> list;
  for (const config::v1::Secret& secret : configuration.secrets()) {
    if (IsPpk(configuration, secret.name())) continue;
    ipsec::SecretSelectors& entry = list.emplace_back();
    entry.name = secret.name();
    for (const std::string& text : secret.selectors()) {
      absl::StatusOr<ipsec::Identity> identity = ipsec::Identity::Parse(text);
      if (identity.ok()) entry.selectors.push_back(*std::move(identity));
    }
  }
  return list;
}

}  // namespace culvert::configd
