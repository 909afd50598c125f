// SPDX-License-Identifier: Apache-2.0
// Secrets and tunnels together: which secret serves whom, and which serve nobody.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/ipsec/secret_match.h"
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

}  // namespace

void CheckSecretOrder(const ConfigurationView& view, Problems* problems) {
  std::vector<ipsec::Identity> own;
  bool only_main_mode = !view.tunnels.empty();
  for (const TunnelView& tunnel : view.tunnels) {
    if (!tunnel.parsed.local_identity.any()) own.push_back(tunnel.parsed.local_identity);
    if (tunnel.parsed.local_address) own.push_back(ipsec::Identity::Of(*tunnel.parsed.local_address));
    only_main_mode = only_main_mode && (!UsesPsk(tunnel) || OnlyMainMode(tunnel));
  }
  const ipsec::SecretMatcher matcher(SecretListOf(view.configuration));
  const auto path = [&](size_t index) { return ElementPath("secrets", matcher.secrets()[index].name, index); };
  for (const ipsec::ShadowedSecret& shadowed : matcher.Shadowed(own)) {
    problems->Warning(Code::SECRET_SHADOWED, path(shadowed.secret),
                      absl::StrCat("never used: ", Quoted(matcher.secrets()[shadowed.by].name),
                                   " comes first and matches ", shadowed.selector, " too"),
                      "put the more specific secret first");
  }
  if (!only_main_mode) return;
  for (size_t i = 0; i < matcher.secrets().size(); ++i) {
    const auto& selectors = matcher.secrets()[i].selectors;
    const bool usable =
        selectors.empty() || std::any_of(selectors.begin(), selectors.end(), [](const auto& selector) {
          return selector.any() || selector.type == ipsec::IdType::kIpv4 || selector.type == ipsec::IdType::kIpv6;
        });
    if (usable) continue;
    problems->Warning(Code::SELECTOR_UNUSABLE_IKEV1_MAIN, FieldPath(path(i), "selectors"),
                      "IKEv1 main mode looks for addresses only, and there is none here",
                      "add the peer's address, or use IKEV2");
  }
}

void CheckSecretsServe(const ConfigurationView& view, Problems* problems) {
  const ipsec::SecretMatcher matcher(SecretListOf(view.configuration));
  for (const TunnelView& tunnel : view.tunnels) {
    if (!tunnel.effective.enabled() || !UsesPsk(tunnel) || MayBeServed(tunnel, matcher)) continue;
    problems->Error(Code::SECRET_MISSING, tunnel.Path("authentication"), "no secret matches the peer of this tunnel",
                    "add one to secrets whose selectors hold the remote identifier or address");
  }
}

}  // namespace culvert::configd
