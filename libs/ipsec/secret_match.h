// SPDX-License-Identifier: Apache-2.0
// Which configured pre-shared key serves a peer: the first secret in list order whose selectors fit, as the manual
// says. A selector fits when it equals the peer's identity or the peer's address. Imported files also name our own side
// ("192.0.2.1 192.0.2.2 : PSK …", "gw-a : PSK …"): a secret whose selectors are all our own serves any peer; beside
// another selector, one of our own is idle, so that two lines with the same left side stay two peers. IKEv1 Main Mode
// must choose before identities are seen (RFC 2409 5.4), so only addresses count there. Keys themselves are not here.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/ip.h"
#include "libs/ipsec/identity.h"

namespace culvert::ipsec {

struct SecretSelectors {
  std::string name;
  std::vector<Identity> selectors;  // none, or one that is any: every peer
};

// Unknown parts stay "any" and "none"; they equal no selector.
struct SecretQuery {
  Identity local;
  Identity remote;
  base::IpAddress local_address;
  base::IpAddress remote_address;
  bool addresses_only = false;  // IKEv1 Main Mode
};

enum class SecretFit {
  kNone,
  kEveryPeer,
  kRemoteIdentity,
  kRemoteAddress,
  kOwn,            // all selectors are our own identity or address
  kNotInMainMode,  // would fit, but identities are unseen in IKEv1 Main Mode
};

// One line of ExplainSecret.
struct SecretCandidate {
  size_t index = 0;
  SecretFit fit = SecretFit::kNone;
  bool matches = false;
  bool used = false;   // the first that matches
  std::string reason;  // "selector gw-b.example equals the remote identity"
};

// `secret` can never be used: every peer it names is served by an earlier one.
struct ShadowedSecret {
  size_t secret = 0;
  size_t by = 0;         // serves the first of them
  std::string selector;  // that one; "%any" where `secret` names nobody
};

class SecretMatcher {
 public:
  SecretMatcher() = default;
  explicit SecretMatcher(std::vector<SecretSelectors> secrets);

  // Index into the list; a few hash lookups, however long the list is.
  std::optional<size_t> FirstMatch(const SecretQuery& query) const;

  // Every secret in list order, with why it does or does not fit.
  std::vector<SecretCandidate> Explain(const SecretQuery& query) const;

  // In list order. `own`: the local identities and addresses of the tunnels, whose selectors name nobody.
  std::vector<ShadowedSecret> Shadowed(std::span<const Identity> own) const;

  const std::vector<SecretSelectors>& secrets() const { return secrets_; }

 private:
  using FirstIndex = absl::flat_hash_map<std::string, size_t>;

  std::vector<SecretSelectors> secrets_;
  std::optional<size_t> every_peer_;  // the first secret for every peer
  FirstIndex by_selector_;            // the first secret that holds a selector
  FirstIndex by_whole_list_;          // the first secret with exactly this set of selectors
  std::vector<size_t> with_names_;    // those with distinguished names, whose equality no hash key can tell
};

}  // namespace culvert::ipsec
