// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/from_snapshot.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/digest.h"
#include "services/iked/runtime/authentication_from_snapshot.h"
#include "services/iked/runtime/certificates_from_snapshot.h"

namespace culvert::iked {
namespace {

using TunnelMap = absl::flat_hash_map<absl::string_view, std::shared_ptr<const TunnelConfig>>;

absl::Status Annotate(const absl::Status& status, absl::string_view where) {
  return status.ok() ? status : absl::Status(status.code(), absl::StrCat(where, ": ", status.message()));
}

// The holder enums count from UNSPECIFIED = 0, which a snapshot never holds.
template <typename Enum, typename Value>
absl::Status Word(Value value, Enum last, absl::string_view field, Enum* out) {
  if (static_cast<int>(value) < 1 || static_cast<int>(value) > static_cast<int>(last)) {
    return absl::InvalidArgumentError(absl::StrCat(field, " is ", static_cast<int>(value)));
  }
  *out = static_cast<Enum>(value);
  return absl::OkStatus();
}

base::Family FamilyOf(config::v1::AddressFamily::Value family) {
  switch (family) {
    case config::v1::AddressFamily::IPV4:
      return base::Family::kIPv4;
    case config::v1::AddressFamily::IPV6:
      return base::Family::kIPv6;
    default:
      return base::Family::kNone;
  }
}

ipsec::Identity FromProto(const config::v1::Identity& identity) {
  return {static_cast<ipsec::IdType>(identity.type()), base::ToBytes(base::AsBytes(identity.data()))};
}

template <typename Texts>
absl::Status Prefixes(const Texts& texts, absl::string_view field, std::vector<base::Prefix>* out) {
  for (const std::string& text : texts) {
    auto prefix = base::Prefix::Parse(text);
    if (!prefix.ok()) return Annotate(prefix.status(), field);
    out->push_back(*prefix);
  }
  return absl::OkStatus();
}

template <typename Texts>
absl::Status Addresses(const Texts& texts, absl::string_view field, std::vector<base::IpAddress>* out) {
  for (const std::string& text : texts) {
    auto address = base::IpAddress::Parse(text);
    if (!address.ok()) return Annotate(address.status(), field);
    out->push_back(*address);
  }
  return absl::OkStatus();
}

absl::StatusOr<PoolConfig> FromProto(const config::v1::IkePool& in) {
  PoolConfig out{.name = in.name(), .ranges = {}, .dns = {}};
  for (const std::string& text : in.ranges()) {
    auto range = ipsec::TrafficSelector::Parse(text);
    if (!range.ok()) return Annotate(range.status(), "ranges");
    out.ranges.push_back(*range);
  }
  RETURN_IF_ERROR(Addresses(in.dns(), "dns", &out.dns));
  return out;
}

template <typename Texts>
absl::Status Proposals(ipsec::Protocol protocol, const Texts& texts, absl::string_view field,
                       std::vector<ipsec::Proposal>* out) {
  for (const std::string& text : texts) {
    auto proposal = ipsec::ParseProposal(protocol, text);
    if (!proposal.ok()) return Annotate(proposal.status(), field);
    out->push_back(*std::move(proposal));
  }
  return absl::OkStatus();
}

absl::StatusOr<TunnelConfig> FromProto(const config::v1::IkeTunnel& in) {
  TunnelConfig out;
  out.name = in.name();
  out.enabled = in.enabled();
  out.digest = in.digest();

  if (!in.local_address().empty()) {
    auto address = base::IpAddress::Parse(in.local_address());
    if (!address.ok()) return Annotate(address.status(), "local_address");
    out.local_address = *address;
  }
  out.family = FamilyOf(in.address_family());
  out.remote_endpoints = {in.remote_endpoints().begin(), in.remote_endpoints().end()};
  out.failback = absl::Seconds(in.failback_seconds());
  out.local_identity = FromProto(in.local_identity());
  out.remote_identity = FromProto(in.remote_identity());

  RETURN_IF_ERROR(Prefixes(in.local_subnets(), "local_subnets", &out.local_subnets));
  RETURN_IF_ERROR(Prefixes(in.remote_subnets(), "remote_subnets", &out.remote_subnets));
  out.local_protocol = static_cast<uint8_t>(in.local_protocol());
  out.local_port = static_cast<uint16_t>(in.local_port());
  out.remote_protocol = static_cast<uint8_t>(in.remote_protocol());
  out.remote_port = static_cast<uint16_t>(in.remote_port());
  RETURN_IF_ERROR(Addresses(in.virtual_ips(), "virtual_ips", &out.virtual_ips));
  out.virtual_ip_pools = {in.virtual_ip_pools().begin(), in.virtual_ip_pools().end()};
  RETURN_IF_ERROR(Word(in.child_sa_layout(), ChildSaLayout::kAuto, "child_sa_layout", &out.layout));

  RETURN_IF_ERROR(Word(in.version(), IkeVersion::kAuto, "version", &out.version));
  RETURN_IF_ERROR(Word(in.mode(), IkeMode::kAggressive, "mode", &out.ike_mode));
  out.allow_weak_aggressive_psk = in.allow_weak_aggressive_psk();
  out.allow_ikev1_fallback = in.allow_ikev1_fallback();
  RETURN_IF_ERROR(Proposals(ipsec::Protocol::kIke, in.ike_proposals(), "ike_proposals", &out.ike_proposals));
  out.ike_lifetime = absl::Seconds(in.ike_lifetime_seconds());
  out.ike_rekey_margin = absl::Seconds(in.ike_rekey_margin_seconds());
  out.rekey_jitter_percent = in.rekey_jitter_percent();
  out.retry_cap = absl::Seconds(in.retry_cap_seconds());
  out.reauth = in.ike_reauth();
  out.ike_dscp = static_cast<uint8_t>(in.ike_dscp());
  out.mobike = in.mobike();
  out.childless = in.childless();
  RETURN_IF_ERROR(Word(in.fragmentation(), Fragmentation::kNever, "fragmentation", &out.fragmentation));

  RETURN_IF_ERROR(Word(in.esp_mode(), EspMode::kTransport, "esp_mode", &out.mode));
  RETURN_IF_ERROR(Proposals(ipsec::Protocol::kEsp, in.esp_proposals(), "esp_proposals", &out.esp_proposals));
  out.esp_lifetime = absl::Seconds(in.esp_lifetime_seconds());
  out.esp_rekey_margin = absl::Seconds(in.esp_rekey_margin_seconds());
  out.esp_rekey_bytes = in.esp_rekey_bytes();
  out.esp_rekey_packets = in.esp_rekey_packets();
  out.esn = in.esn();
  out.replay_window = in.replay_window();
  out.copy_df = in.copy_df();
  out.copy_dscp = in.copy_dscp();
  out.ecn = in.ecn();
  out.tfc = in.tfc();
  out.inactivity = absl::Seconds(in.inactivity_seconds());
  out.allow_tunnel_fallback = in.allow_tunnel_fallback();

  RETURN_IF_ERROR(Word(in.startup(), Startup::kStart, "startup", &out.startup));
  RETURN_IF_ERROR(Word(in.unique(), Unique::kAllowAlways, "unique", &out.unique));
  out.dpd.enabled = in.dpd_enabled();
  if (in.dpd_enabled()) {
    out.dpd.delay = absl::Seconds(in.dpd_delay_seconds());
    out.dpd.timeout = absl::Seconds(in.dpd_timeout_seconds());
    RETURN_IF_ERROR(Word(in.dpd_action(), DpdAction::kRestart, "dpd_action", &out.dpd.action));
  }
  RETURN_IF_ERROR(Word(in.encapsulation(), Encapsulation::kNever, "encapsulation", &out.encapsulation));
  return out;
}

// A digest of everything but the subnets, which step aside meanwhile: there are secrets among the rest, and a copy
// would leave them behind. The message has no maps, so that its serialization is the same each time.
std::string FrameOf(config::v1::IkeTunnel* tunnel) {
  config::v1::IkeTunnel aside;
  const auto step = [&] {
    aside.mutable_local_subnets()->Swap(tunnel->mutable_local_subnets());
    aside.mutable_remote_subnets()->Swap(tunnel->mutable_remote_subnets());
    aside.mutable_digest()->swap(*tunnel->mutable_digest());
  };
  step();
  std::string octets = tunnel->SerializeAsString();
  step();
  const base::Bytes digest = crypto::Digest(crypto::Hash::kSha256, {base::AsBytes(octets)});
  TakeSecret(&octets);
  return base::ToHex(digest);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const EngineConfig>> FromSnapshot(config::v1::IkeSnapshot& snapshot,
                                                                 const EngineConfig* previous) {
  auto config = std::make_shared<EngineConfig>();

  std::vector<ipsec::SecretSelectors> selectors;
  for (config::v1::IkeSecret& secret : *snapshot.mutable_secrets()) {
    config->secrets.push_back(
        {secret.name(), TakeSecret(secret.mutable_psk()), TakeSecret(secret.mutable_psk_previous())});
    ipsec::SecretSelectors& entry = selectors.emplace_back();
    entry.name = secret.name();
    for (const config::v1::Identity& selector : secret.selectors()) entry.selectors.push_back(FromProto(selector));
  }
  config->secret_matcher = ipsec::SecretMatcher(std::move(selectors));

  ASSIGN_OR_RETURN(config->certificates, TakeCertificates(snapshot));

  TunnelMap known;
  if (previous != nullptr) {
    for (const auto& tunnel : previous->tunnels) known.emplace(tunnel->name, tunnel);
  }
  for (config::v1::IkeTunnel& tunnel : *snapshot.mutable_tunnels()) {
    std::string frame = FrameOf(&tunnel);  // before the secrets are taken out of it
    absl::StatusOr<Authentication> authentication = TakeAuthentication(*tunnel.mutable_authentication());
    absl::StatusOr<std::shared_ptr<const XauthConfig>> xauth = nullptr;
    if (tunnel.has_xauth()) xauth = TakeXauth(*tunnel.mutable_xauth());
    const auto same = known.find(tunnel.name());
    if (same != known.end() && !tunnel.digest().empty() && same->second->digest == tunnel.digest() &&
        same->second->enabled == tunnel.enabled()) {
      config->tunnels.push_back(same->second);
      continue;
    }
    auto made = FromProto(tunnel);
    if (made.ok() && !authentication.ok()) made = authentication.status();
    if (made.ok() && !xauth.ok()) made = xauth.status();
    if (!made.ok()) return Annotate(made.status(), absl::StrCat("tunnels[", tunnel.name(), "]"));
    made->authentication = *std::move(authentication);
    made->xauth = *std::move(xauth);
    made->frame = std::move(frame);
    config->tunnels.push_back(std::make_shared<const TunnelConfig>(*std::move(made)));
  }

  for (const config::v1::IkePool& pool : snapshot.pools()) {
    auto made = FromProto(pool);
    if (!made.ok()) return Annotate(made.status(), absl::StrCat("pools[", pool.name(), "]"));
    config->pools.push_back(*std::move(made));
  }
  config->crash_key = TakeSecret(snapshot.mutable_crash_key());
  config->generation = snapshot.generation();
  if (snapshot.half_open_limit() != 0) config->half_open_limit = snapshot.half_open_limit();
  if (snapshot.cookie_threshold() != 0) config->cookie_threshold = snapshot.cookie_threshold();
  return config;
}

}  // namespace culvert::iked
