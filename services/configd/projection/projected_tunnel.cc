// SPDX-License-Identifier: Apache-2.0
#include "services/configd/projection/projected_tunnel.h"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

#include "libs/base/bytes.h"
#include "services/configd/projection/projected_authentication.h"

namespace culvert::configd {
namespace {

using config::v1::DatapathTunnel;
using config::v1::IkeTunnel;
using config::v1::Tunnel;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

void AddTexts(const std::vector<base::Prefix>& prefixes, Texts* texts) {
  for (const base::Prefix& prefix : prefixes) *texts->Add() = prefix.ToString();
}

void AddTexts(const std::vector<ipsec::Proposal>& proposals, Texts* texts) {
  for (const ipsec::Proposal& proposal : proposals) *texts->Add() = proposal.ToString();
}

void AddTexts(const std::vector<ParsedTunnel::Peer>& peers, Texts* texts) {
  for (const ParsedTunnel::Peer& peer : peers) *texts->Add() = peer.address ? peer.address->ToString() : peer.text;
}

// What both projections say about traffic and peers.
template <typename Projected>
void SetTraffic(const Tunnel& effective, const ParsedTunnel& parsed, Projected* tunnel) {
  tunnel->set_name(effective.name());
  tunnel->set_enabled(effective.enabled());
  if (parsed.local_address) tunnel->set_local_address(parsed.local_address->ToString());
  AddTexts(parsed.peers, tunnel->mutable_remote_endpoints());
  AddTexts(parsed.local_subnets, tunnel->mutable_local_subnets());
  AddTexts(parsed.remote_subnets, tunnel->mutable_remote_subnets());
  tunnel->set_local_protocol(effective.local().protocol());
  tunnel->set_local_port(effective.local().port());
  tunnel->set_remote_protocol(effective.remote().protocol());
  tunnel->set_remote_port(effective.remote().port());
  tunnel->set_esp_mode(effective.esp().mode());
  AddTexts(parsed.esp_proposals, tunnel->mutable_esp_proposals());
  tunnel->set_startup(effective.startup());
}

// SHA-256 of everything but the digest itself, cut to 128 bits. The messages have no maps, so that their serialization
// is the same each time.
template <typename Projected>
void SetDigest(Projected* tunnel) {
  const std::string bytes = tunnel->SerializeAsString();
  std::array<uint8_t, 32> digest;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) std::abort();
  tunnel->set_digest(base::ToHex(base::ByteView(digest).first(16)));
}

}  // namespace

config::v1::Identity IdentityOf(const ipsec::Identity& identity, absl::string_view text) {
  config::v1::Identity projected;
  projected.set_type(static_cast<config::v1::Identity::Type::Value>(identity.type));
  projected.set_data(identity.bytes.data(), identity.bytes.size());
  projected.set_text(text.empty() ? identity.ToString() : std::string(text));
  return projected;
}

IkeTunnel IkeTunnelOf(const Tunnel& effective, const ParsedTunnel& parsed,
                      const config::v1::Configuration& configuration) {
  IkeTunnel tunnel;
  SetTraffic(effective, parsed, &tunnel);
  tunnel.set_address_family(effective.local().address_family());
  *tunnel.mutable_local_identity() = IdentityOf(parsed.local_identity, effective.local().identifier());
  *tunnel.mutable_remote_identity() = IdentityOf(parsed.remote_identity, effective.remote().identifier());
  tunnel.set_child_sa_layout(effective.child_sa_layout());

  const auto& ike = effective.ike();
  tunnel.set_version(ike.version());
  tunnel.set_mode(ike.mode());
  tunnel.set_allow_ikev1_fallback(ike.allow_ikev1_fallback());
  tunnel.set_allow_weak_aggressive_psk(ike.allow_weak_aggressive_psk());
  AddTexts(parsed.ike_proposals, tunnel.mutable_ike_proposals());
  tunnel.set_ike_lifetime_seconds(static_cast<uint64_t>(ike.lifetime().seconds()));
  tunnel.set_ike_rekey_margin_seconds(static_cast<uint64_t>(ike.rekey_margin().seconds()));
  tunnel.set_rekey_jitter_percent(ike.rekey_jitter_percent());
  tunnel.set_retry_cap_seconds(static_cast<uint64_t>(ike.retry_cap().seconds()));
  tunnel.set_ike_dscp(ike.dscp());
  tunnel.set_ike_reauth(ike.reauth());
  tunnel.set_failback_seconds(static_cast<uint64_t>(effective.remote().failback().seconds()));
  tunnel.set_fragmentation(ike.fragmentation());

  const auto& esp = effective.esp();
  tunnel.set_esp_lifetime_seconds(static_cast<uint64_t>(esp.lifetime().seconds()));
  tunnel.set_esp_rekey_margin_seconds(static_cast<uint64_t>(esp.rekey_margin().seconds()));
  tunnel.set_esp_rekey_bytes(esp.rekey_bytes());
  tunnel.set_esp_rekey_packets(esp.rekey_packets());
  tunnel.set_esn(esp.esn());
  tunnel.set_replay_window(esp.replay_window());
  tunnel.set_copy_df(esp.copy_df());
  tunnel.set_copy_dscp(esp.copy_dscp());
  tunnel.set_ecn(esp.ecn());

  const auto& dpd = effective.dpd();
  tunnel.set_unique(effective.unique());
  tunnel.set_dpd_enabled(dpd.enabled());
  tunnel.set_dpd_delay_seconds(static_cast<uint64_t>(dpd.delay().seconds()));
  tunnel.set_dpd_timeout_seconds(static_cast<uint64_t>(dpd.timeout().seconds()));
  tunnel.set_dpd_action(dpd.action());
  tunnel.set_encapsulation(effective.encapsulation());
  tunnel.set_tfc(esp.tfc());
  tunnel.set_allow_tunnel_fallback(esp.allow_tunnel_fallback());
  tunnel.set_mobike(ike.mobike());
  tunnel.set_childless(ike.childless());
  *tunnel.mutable_virtual_ips() = effective.local().virtual_ips();
  *tunnel.mutable_virtual_ip_pools() = effective.remote().virtual_ip_pools();
  tunnel.set_inactivity_seconds(static_cast<uint64_t>(esp.inactivity().seconds()));
  *tunnel.mutable_authentication() = IkeAuthenticationOf(effective, configuration);
  if (effective.xauth().enabled()) *tunnel.mutable_xauth() = IkeXauthOf(effective.xauth());
  SetDigest(&tunnel);
  return tunnel;
}

DatapathTunnel DatapathTunnelOf(const Tunnel& effective, const ParsedTunnel& parsed,
                                const config::v1::Configuration& configuration) {
  DatapathTunnel tunnel;
  SetTraffic(effective, parsed, &tunnel);
  // A dead peer's traffic asks for it again, whatever the tunnel began with.
  const bool traps = effective.dpd().enabled() && effective.dpd().action() == config::v1::DpdAction::TRAP;
  if (traps && effective.startup() != config::v1::Startup::IGNORE) tunnel.set_startup(config::v1::Startup::ROUTE);
  tunnel.set_local_firewall(effective.local().firewall());
  tunnel.set_remote_firewall(effective.remote().firewall());
  tunnel.set_host_access_enabled(effective.host_access().enabled());
  *tunnel.mutable_host_access_services() = effective.host_access().services();
  *tunnel.mutable_passthrough_interfaces() = effective.passthrough().interfaces();
  *tunnel.mutable_passthrough_subnets() = effective.passthrough().subnets();
  tunnel.set_priority(effective.priority());
  tunnel.set_mark(effective.esp().mark());
  tunnel.set_reqid(effective.esp().reqid());
  tunnel.set_interface(effective.interface().name());
  for (const std::string& name : effective.remote().virtual_ip_pools()) {
    for (const config::v1::Pool& pool : configuration.pools()) {
      if (pool.name() == name) tunnel.mutable_virtual_ip_pool_ranges()->MergeFrom(pool.ranges());
    }
  }
  SetDigest(&tunnel);
  return tunnel;
}

config::v1::MetricsTunnel MetricsTunnelOf(const Tunnel& effective) {
  config::v1::MetricsTunnel tunnel;
  tunnel.set_name(effective.name());
  tunnel.set_enabled(effective.enabled());
  const auto& remote = effective.remote();
  tunnel.set_remote(remote.endpoints().empty() ? remote.endpoint() : remote.endpoints(0));
  tunnel.set_ike_version(config::v1::IkeVersion::Value_Name(effective.ike().version()));
  tunnel.set_local_id(effective.local().identifier());
  tunnel.set_remote_id(remote.identifier());
  return tunnel;
}

}  // namespace culvert::configd
