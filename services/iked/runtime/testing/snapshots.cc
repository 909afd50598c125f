// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/testing/snapshots.h"

#include "libs/base/ip.h"

namespace culvert::iked::testing {
namespace {

void SetIdentity(const std::string& address, config::v1::Identity* out) {
  const base::IpAddress parsed = base::IpAddress::Parse(address).value();
  out->set_type(config::v1::Identity::Type::IPV4_ADDR);
  out->set_data(parsed.bytes().data(), parsed.size());
  out->set_text(address);
}

}  // namespace

config::v1::IkeTunnel Tunnel(const std::string& name, const std::string& local, const std::string& remote) {
  config::v1::IkeTunnel tunnel;
  tunnel.set_name(name);
  tunnel.set_enabled(true);
  tunnel.set_digest(name + local + remote);
  tunnel.set_local_address(local);
  tunnel.set_address_family(config::v1::AddressFamily::AUTO);
  tunnel.add_remote_endpoints(remote);
  SetIdentity(local, tunnel.mutable_local_identity());
  SetIdentity(remote, tunnel.mutable_remote_identity());
  tunnel.add_local_subnets("10.1.0.0/24");
  tunnel.add_remote_subnets("10.2.0.0/24");
  tunnel.set_child_sa_layout(config::v1::ChildSaLayout::AUTO);
  tunnel.set_version(config::v1::IkeVersion::IKEV2);
  tunnel.set_mode(config::v1::IkeMode::MAIN);
  tunnel.add_ike_proposals("aes128gcm16-prfsha256-x25519");
  tunnel.set_ike_lifetime_seconds(28800);
  tunnel.set_ike_rekey_margin_seconds(2880);
  tunnel.set_rekey_jitter_percent(10);
  tunnel.set_retry_cap_seconds(60);
  tunnel.set_esp_mode(config::v1::EspMode::TUNNEL);
  tunnel.add_esp_proposals("aes128gcm16");
  tunnel.set_esp_lifetime_seconds(3600);
  tunnel.set_esp_rekey_margin_seconds(360);
  tunnel.set_replay_window(1024);
  tunnel.set_esn(true);
  tunnel.set_startup(config::v1::Startup::START);
  tunnel.set_unique(config::v1::Unique::REPLACE);
  tunnel.set_fragmentation(config::v1::Fragmentation::AUTO);
  tunnel.set_encapsulation(config::v1::Encapsulation::AUTO);
  tunnel.mutable_authentication()->set_local(config::v1::AuthMethod::PSK);
  tunnel.mutable_authentication()->set_remote(config::v1::AuthMethod::PSK);
  return tunnel;
}

config::v1::IkeTunnel Mirrored(config::v1::IkeTunnel tunnel) {
  const std::string local = tunnel.local_address();
  tunnel.set_local_address(tunnel.remote_endpoints(0));
  tunnel.set_remote_endpoints(0, local);
  tunnel.mutable_local_identity()->Swap(tunnel.mutable_remote_identity());
  tunnel.mutable_local_subnets()->Swap(tunnel.mutable_remote_subnets());
  tunnel.set_startup(config::v1::Startup::ADD);
  return tunnel;
}

config::v1::IkeSnapshot Snapshot(uint64_t generation, const std::vector<config::v1::IkeTunnel>& tunnels,
                                 const std::string& psk) {
  config::v1::IkeSnapshot snapshot;
  snapshot.set_generation(generation);
  for (const config::v1::IkeTunnel& tunnel : tunnels) *snapshot.add_tunnels() = tunnel;
  config::v1::IkeSecret& secret = *snapshot.add_secrets();
  secret.set_name("shared");
  secret.set_psk(psk);
  return snapshot;
}

}  // namespace culvert::iked::testing
