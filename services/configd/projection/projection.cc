// SPDX-License-Identifier: Apache-2.0
#include "services/configd/projection/projection.h"

#include "services/configd/profile/profile.h"
#include "services/configd/projection/projected_certificates.h"
#include "services/configd/projection/projected_tunnel.h"
#include "services/configd/rules/psk_text.h"
#include "services/configd/rules/secret_list.h"

namespace culvert::configd {
namespace {

using config::v1::Configuration;

void SetPsk(absl::string_view text, std::string* octets) {
  const absl::StatusOr<base::Secret> psk = DecodePsk(text);
  if (psk.ok()) octets->assign(base::AsText(psk->view()).data(), psk->size());
}

config::v1::IkeSecret IkeSecretOf(const config::v1::Secret& secret) {
  config::v1::IkeSecret projected;
  projected.set_name(secret.name());
  SetPsk(secret.psk(), projected.mutable_psk());
  if (secret.has_psk_previous()) SetPsk(secret.psk_previous(), projected.mutable_psk_previous());
  for (const std::string& selector : secret.selectors()) {
    const absl::StatusOr<ipsec::Identity> identity = ipsec::Identity::Parse(selector);
    if (identity.ok()) *projected.add_selectors() = IdentityOf(*identity, selector);
  }
  return projected;
}

config::v1::IkePool IkePoolOf(const config::v1::Pool& pool) {
  config::v1::IkePool projected;
  projected.set_name(pool.name());
  *projected.mutable_ranges() = pool.ranges();
  *projected.mutable_dns() = pool.dns();
  return projected;
}

}  // namespace

Projections Project(const Configuration& configuration) {
  Projections all;
  Problems told_already;
  for (const config::v1::Tunnel& typed : configuration.tunnels()) {
    const config::v1::Tunnel effective = EffectiveTunnel(typed);
    const ParsedTunnel parsed = ParseTunnel(effective, "", &told_already);
    *all.ike.add_tunnels() = IkeTunnelOf(effective, parsed, configuration);
    *all.datapath.add_tunnels() = DatapathTunnelOf(effective, parsed, configuration);
    *all.metrics.add_tunnels() = MetricsTunnelOf(effective);
  }
  for (const config::v1::Secret& secret : configuration.secrets()) {
    if (!IsPpk(configuration, secret.name())) *all.ike.add_secrets() = IkeSecretOf(secret);
  }
  ProjectCertificates(configuration, &all.ike);
  ProjectCertificates(configuration, &all.metrics);
  for (const config::v1::Pool& pool : configuration.pools()) *all.ike.add_pools() = IkePoolOf(pool);
  const config::v1::Gateway gateway = EffectiveGateway(configuration.gateway());
  all.ike.set_half_open_limit(gateway.half_open_limit());
  all.ike.set_cookie_threshold(gateway.cookie_threshold());
  *all.ike.mutable_resolvers() = gateway.resolvers();
  *all.datapath.mutable_interfaces() = configuration.interfaces();
  if (gateway.has_host_firewall()) *all.datapath.mutable_host_firewall() = gateway.host_firewall();
  return all;
}

}  // namespace culvert::configd
