// SPDX-License-Identifier: Apache-2.0
#include "services/configd/projection/projection.h"

#include "services/configd/profile/profile.h"
#include "services/configd/projection/projected_tunnel.h"
#include "services/configd/rules/psk_text.h"

namespace culvert::configd {
namespace {

using config::v1::Configuration;

// Calls `use(effective, parsed)` for each tunnel. Problems were told by validation.
template <typename Use>
void ForEachTunnel(const Configuration& configuration, Use use) {
  Problems told_already;
  for (const config::v1::Tunnel& typed : configuration.tunnels()) {
    const config::v1::Tunnel effective = EffectiveTunnel(typed);
    use(effective, ParseTunnel(effective, "", &told_already));
  }
}

void SetPsk(absl::string_view text, std::string* octets) {
  const absl::StatusOr<base::Secret> psk = DecodePsk(text);
  if (psk.ok()) octets->assign(base::AsText(psk->view()).data(), psk->size());
}

}  // namespace

config::v1::IkeSnapshot ProjectIke(const Configuration& configuration) {
  config::v1::IkeSnapshot snapshot;
  ForEachTunnel(configuration, [&](const config::v1::Tunnel& effective, const ParsedTunnel& parsed) {
    *snapshot.add_tunnels() = IkeTunnelOf(effective, parsed);
  });
  for (const config::v1::Secret& secret : configuration.secrets()) {
    config::v1::IkeSecret& projected = *snapshot.add_secrets();
    projected.set_name(secret.name());
    SetPsk(secret.psk(), projected.mutable_psk());
    if (secret.has_psk_previous()) SetPsk(secret.psk_previous(), projected.mutable_psk_previous());
    for (const std::string& selector : secret.selectors()) {
      const absl::StatusOr<ipsec::Identity> identity = ipsec::Identity::Parse(selector);
      if (identity.ok()) *projected.add_selectors() = IdentityOf(*identity, selector);
    }
  }
  const config::v1::Gateway gateway = EffectiveGateway(configuration.gateway());
  snapshot.set_half_open_limit(gateway.half_open_limit());
  snapshot.set_cookie_threshold(gateway.cookie_threshold());
  *snapshot.mutable_resolvers() = gateway.resolvers();
  return snapshot;
}

config::v1::DatapathSnapshot ProjectDatapath(const Configuration& configuration) {
  config::v1::DatapathSnapshot snapshot;
  ForEachTunnel(configuration, [&](const config::v1::Tunnel& effective, const ParsedTunnel& parsed) {
    *snapshot.add_tunnels() = DatapathTunnelOf(effective, parsed, configuration);
  });
  *snapshot.mutable_interfaces() = configuration.interfaces();
  if (configuration.gateway().has_host_firewall()) {
    *snapshot.mutable_host_firewall() = configuration.gateway().host_firewall();
  }
  return snapshot;
}

config::v1::MetricsSnapshot ProjectMetrics(const Configuration& configuration) {
  config::v1::MetricsSnapshot snapshot;
  for (const config::v1::Tunnel& typed : configuration.tunnels()) {
    *snapshot.add_tunnels() = MetricsTunnelOf(EffectiveTunnel(typed));
  }
  return snapshot;
}

}  // namespace culvert::configd
