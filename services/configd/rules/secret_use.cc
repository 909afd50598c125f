// SPDX-License-Identifier: Apache-2.0
// Secrets and tunnels together: which secret serves whom, and which serve nobody.
#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "libs/ipsec/secret_match.h"
#include "services/configd/rules/psk_text.h"
#include "services/configd/rules/secret_list.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

using config::v1::IkeMode;
using config::v1::IkeVersion;

bool UsesPsk(const TunnelView& tunnel) {
  const auto& authentication = tunnel.effective.authentication();
  return authentication.local().has_psk() || authentication.remote().has_psk();
}

bool OnlyMainMode(const TunnelView& tunnel) {
  return tunnel.effective.ike().version() == IkeVersion::IKEV1 && tunnel.effective.ike().mode() == IkeMode::MAIN;
}

// An identity that stands for many: which of them comes is known when it comes.
bool IsPattern(const ipsec::Identity& identity) {
  return identity.any() || std::find(identity.bytes.begin(), identity.bytes.end(), '*') != identity.bytes.end();
}

// What is known before a peer has spoken.
ipsec::SecretQuery QueryOf(const TunnelView& tunnel) {
  const ParsedTunnel& parsed = tunnel.parsed;
  ipsec::SecretQuery query;
  if (parsed.local_address) query.local_address = *parsed.local_address;
  query.local = parsed.local_identity.any() && parsed.local_address ? ipsec::Identity::Of(*parsed.local_address)
                                                                    : parsed.local_identity;
  query.remote = parsed.remote_identity;
  if (!parsed.peers.empty() && parsed.peers[0].address) query.remote_address = *parsed.peers[0].address;
  query.addresses_only = OnlyMainMode(tunnel);
  return query;
}

bool MayBeServed(const TunnelView& tunnel, const ipsec::SecretMatcher& matcher) {
  if (matcher.secrets().empty()) return false;
  const ipsec::SecretQuery query = QueryOf(tunnel);
  const bool peer_unknown = query.remote_address.is_none() && (query.addresses_only || IsPattern(query.remote));
  const bool identity_unknown = !query.addresses_only && IsPattern(query.remote);
  return peer_unknown || identity_unknown || matcher.FirstMatch(query).has_value();
}

// A secret whose selectors name nobody that Main Mode sees before it needs the key (RFC 2409 5.4).
bool HasNoAddress(const ipsec::SecretSelectors& secret) {
  return !secret.selectors.empty() &&
         std::none_of(secret.selectors.begin(), secret.selectors.end(), [](const ipsec::Identity& selector) {
           return selector.any() || selector.type == ipsec::IdType::kIpv4 || selector.type == ipsec::IdType::kIpv6;
         });
}

void CheckMainModeFinds(const ConfigurationView& view, const std::vector<ipsec::SecretSelectors>& secrets,
                        Problems* problems) {
  const auto any_tunnel = [&](const auto& condition) {
    return std::any_of(view.tunnels.begin(), view.tunnels.end(),
                       [&](const TunnelView& tunnel) { return UsesPsk(tunnel) && condition(tunnel); });
  };
  if (!any_tunnel(OnlyMainMode)) return;
  for (size_t i = 0; i < secrets.size(); ++i) {
    if (!HasNoAddress(secrets[i])) continue;
    const ipsec::SecretMatcher alone({secrets[i]});
    if (any_tunnel([&](const TunnelView& tunnel) { return !OnlyMainMode(tunnel) && MayBeServed(tunnel, alone); })) {
      continue;
    }
    problems->Warning(
        Code::SELECTOR_UNUSABLE_IKEV1_MAIN, FieldPath(ElementPath("secrets", secrets[i].name, i), "selectors"),
        "IKEv1 main mode looks for addresses only, and there is none here", "add the peer's address, or use IKEV2");
  }
}

}  // namespace

void CheckSecretOrder(const ConfigurationView& view, Problems* problems) {
  std::vector<ipsec::Identity> own;
  for (const TunnelView& tunnel : view.tunnels) {
    if (!tunnel.parsed.local_identity.any()) own.push_back(tunnel.parsed.local_identity);
    if (tunnel.parsed.local_address) own.push_back(ipsec::Identity::Of(*tunnel.parsed.local_address));
  }
  const ipsec::SecretMatcher matcher(SecretListOf(view.configuration));
  const auto path = [&](size_t index) { return ElementPath("secrets", matcher.secrets()[index].name, index); };
  for (const ipsec::ShadowedSecret& shadowed : matcher.Shadowed(own)) {
    problems->Warning(Code::SECRET_SHADOWED, path(shadowed.secret),
                      absl::StrCat("never used: ", Quoted(matcher.secrets()[shadowed.by].name),
                                   " comes first and matches ", shadowed.selector, " too"),
                      "put the more specific secret first");
  }
  CheckMainModeFinds(view, matcher.secrets(), problems);
}

// Aggressive Mode shows whoever asks a hash of the key, to guess at for as long as they like (RFC 2409 5.4).
void CheckAggressiveSecrets(const ConfigurationView& view, Problems* problems) {
  constexpr double kEnoughBits = 112;  // as the least that NIST SP 800-57 gives a key
  const ipsec::SecretMatcher matcher(SecretListOf(view.configuration));
  absl::flat_hash_set<std::string> told;
  for (const TunnelView& tunnel : view.tunnels) {
    if (!UsesPsk(tunnel) || !tunnel.ikev1() || tunnel.effective.ike().mode() != IkeMode::AGGRESSIVE) continue;
    const std::optional<size_t> used = matcher.FirstMatch(QueryOf(tunnel));
    if (!used) continue;
    const std::string& name = matcher.secrets()[*used].name;
    const auto& secrets = view.configuration.secrets();
    const auto secret = std::find_if(secrets.begin(), secrets.end(), [&](const auto& s) { return s.name() == name; });
    const absl::StatusOr<base::Secret> psk = DecodePsk(secret->psk());
    if (!secret->has_psk() || !psk.ok() || EstimatePskBits(psk->view()) >= kEnoughBits) continue;
    if (!told.insert(name).second) continue;
    problems->Warning(Code::WEAK_SECRET, FieldPath(ElementPath("secrets", name, *used), "psk"),
                      absl::StrCat("tunnel ", Quoted(tunnel.typed.name()),
                                   " shows a hash of it in aggressive mode, and it can be guessed"),
                      "use 32 random characters: openssl rand -base64 24; or mode MAIN");
  }
}

void CheckSecretsServe(const ConfigurationView& view, Problems* problems) {
  const ipsec::SecretMatcher matcher(SecretListOf(view.configuration));
  for (const TunnelView& tunnel : view.tunnels) {
    if (!tunnel.effective.enabled() || !UsesPsk(tunnel) || MayBeServed(tunnel, matcher)) continue;
    problems->Error(
        Code::SECRET_MISSING, tunnel.Path("authentication"), "no secret matches the peer of this tunnel",
        OnlyMainMode(tunnel)
            ? "add one to secrets whose selectors hold the remote address: IKEv1 main mode sees no identifier"
            : "add one to secrets whose selectors hold the remote identifier or address");
  }
}

}  // namespace culvert::configd
