// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/secret_match.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace culvert::ipsec {
namespace {

bool IsAddress(const Identity& identity) {
  return identity.type == IdType::kIpv4 || identity.type == IdType::kIpv6;
}

bool EveryPeer(const SecretSelectors& secret) {
  return secret.selectors.empty() ||
         std::any_of(secret.selectors.begin(), secret.selectors.end(), [](const Identity& s) { return s.any(); });
}

bool HasName(const SecretSelectors& secret) {
  return std::any_of(secret.selectors.begin(), secret.selectors.end(),
                     [](const Identity& s) { return s.type == IdType::kDn; });
}

// A key that is equal exactly where Identity::Same is true; not for distinguished names.
std::string Key(const Identity& identity) {
  std::string key(base::AsText(identity.bytes));
  if (identity.type == IdType::kFqdn || identity.type == IdType::kEmail) absl::AsciiStrToLower(&key);
  return absl::StrCat(static_cast<int>(identity.type), ":", key.size(), ":", key);
}

std::string WholeListKey(std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return absl::StrJoin(keys, "");
}

Identity AddressIdentity(const base::IpAddress& address) {
  return address.is_none() ? Identity{} : Identity::Of(address);
}

bool SameKnown(const Identity& selector, const Identity& known) {
  return !known.any() && selector.Same(known);
}

bool IsOwn(const Identity& selector, const SecretQuery& query) {
  if (SameKnown(selector, AddressIdentity(query.local_address))) return true;
  return !query.addresses_only && SameKnown(selector, query.local);
}

struct Judgement {
  SecretFit fit = SecretFit::kNone;
  const Identity* selector = nullptr;
};

Judgement Judge(const SecretSelectors& secret, const SecretQuery& query) {
  if (EveryPeer(secret)) return {SecretFit::kEveryPeer};
  const Identity remote_address = AddressIdentity(query.remote_address);
  for (const Identity& selector : secret.selectors) {
    if (!query.addresses_only && SameKnown(selector, query.remote)) return {SecretFit::kRemoteIdentity, &selector};
    if (SameKnown(selector, remote_address)) return {SecretFit::kRemoteAddress, &selector};
  }
  if (std::all_of(secret.selectors.begin(), secret.selectors.end(),
                  [&](const Identity& s) { return IsOwn(s, query); })) {
    return {SecretFit::kOwn, &secret.selectors.front()};
  }
  if (query.addresses_only) {
    for (const Identity& selector : secret.selectors) {
      if (SameKnown(selector, query.remote)) return {SecretFit::kNotInMainMode, &selector};
    }
  }
  return {};
}

bool Matches(SecretFit fit) {
  return fit != SecretFit::kNone && fit != SecretFit::kNotInMainMode;
}

std::string Reason(const SecretSelectors& secret, const SecretQuery& query, const Judgement& judgement) {
  switch (judgement.fit) {
    case SecretFit::kEveryPeer:
      return secret.selectors.empty() ? "it has no selectors: any peer" : "selector %any: any peer";
    case SecretFit::kRemoteIdentity:
      return absl::StrCat("selector ", judgement.selector->ToString(), " equals the remote identity");
    case SecretFit::kRemoteAddress:
      return absl::StrCat("selector ", judgement.selector->ToString(), " equals the remote address");
    case SecretFit::kOwn:
      return absl::StrCat("selector ", judgement.selector->ToString(), " is our own: any peer");
    case SecretFit::kNotInMainMode:
      return absl::StrCat("selector ", judgement.selector->ToString(),
                          " equals the remote identity, but IKEv1 Main Mode looks up by addresses alone");
    case SecretFit::kNone:
      break;
  }
  if (query.addresses_only && std::none_of(secret.selectors.begin(), secret.selectors.end(), IsAddress)) {
    return "it has no address among its selectors, and IKEv1 Main Mode looks up by addresses alone";
  }
  return query.addresses_only ? "no selector equals the remote address"
                              : "no selector equals the remote identity or the remote address";
}

}  // namespace

SecretMatcher::SecretMatcher(std::vector<SecretSelectors> secrets) : secrets_(std::move(secrets)) {
  for (size_t i = 0; i < secrets_.size(); ++i) {
    if (EveryPeer(secrets_[i])) {
      if (!every_peer_) every_peer_ = i;
    } else if (HasName(secrets_[i])) {
      with_names_.push_back(i);
    } else {
      std::vector<std::string> keys;
      for (const Identity& selector : secrets_[i].selectors) keys.push_back(Key(selector));
      for (const std::string& key : keys) by_selector_.try_emplace(key, i);
      by_whole_list_.try_emplace(WholeListKey(std::move(keys)), i);
    }
  }
}

std::optional<size_t> SecretMatcher::FirstMatch(const SecretQuery& query) const {
  std::optional<size_t> first = every_peer_;
  const auto take = [&](const FirstIndex& map, const std::string& key) {
    const auto found = map.find(key);
    if (found != map.end() && (!first || found->second < *first)) first = found->second;
  };

  if (!query.addresses_only && !query.remote.any()) take(by_selector_, Key(query.remote));
  if (!query.remote_address.is_none()) take(by_selector_, Key(Identity::Of(query.remote_address)));

  std::vector<std::string> own;
  if (!query.addresses_only && !query.local.any()) own.push_back(Key(query.local));
  if (!query.local_address.is_none()) own.push_back(Key(Identity::Of(query.local_address)));
  for (const std::string& key : own) take(by_whole_list_, key);
  if (own.size() == 2) take(by_whole_list_, WholeListKey(own));

  for (size_t i : with_names_) {
    if (first && i > *first) break;
    if (Matches(Judge(secrets_[i], query).fit)) return i;
  }
  return first;
}

std::vector<SecretCandidate> SecretMatcher::Explain(const SecretQuery& query) const {
  std::vector<SecretCandidate> candidates;
  bool used = false;
  for (size_t i = 0; i < secrets_.size(); ++i) {
    const Judgement judgement = Judge(secrets_[i], query);
    const bool matches = Matches(judgement.fit);
    candidates.push_back({i, judgement.fit, matches, matches && !used, Reason(secrets_[i], query, judgement)});
    used = used || matches;
  }
  return candidates;
}

std::vector<ShadowedSecret> SecretMatcher::Shadowed(std::span<const Identity> own) const {
  absl::flat_hash_set<std::string> own_keys;
  std::vector<const Identity*> own_names;  // distinguished ones
  for (const Identity& o : own) {
    if (o.type == IdType::kDn) own_names.push_back(&o);
    if (o.type != IdType::kDn && !o.any()) own_keys.insert(Key(o));
  }
  const auto is_own = [&](const Identity& selector) {
    if (selector.type != IdType::kDn) return own_keys.contains(Key(selector));
    return std::any_of(own_names.begin(), own_names.end(), [&](const Identity* o) { return selector.Same(*o); });
  };
  // The first earlier secret that serves whoever `selector` names.
  const auto earlier = [&](const Identity& selector, size_t before) -> std::optional<size_t> {
    std::optional<size_t> by;
    if (selector.type != IdType::kDn) {
      const auto found = by_selector_.find(Key(selector));
      if (found != by_selector_.end()) by = found->second;
    }
    for (size_t i : with_names_) {
      if (i >= before || (by && i > *by)) break;
      const auto& others = secrets_[i].selectors;
      if (std::any_of(others.begin(), others.end(), [&](const Identity& s) { return s.Same(selector); })) by = i;
    }
    return by && *by < before ? by : std::nullopt;
  };

  std::vector<ShadowedSecret> shadowed;
  for (size_t i = 0; i < secrets_.size(); ++i) {
    const std::vector<Identity>& selectors = secrets_[i].selectors;
    if (every_peer_ && *every_peer_ < i) {
      const bool names_nobody = EveryPeer(secrets_[i]);
      shadowed.push_back({i, *every_peer_, names_nobody ? "%any" : selectors.front().ToString()});
      continue;
    }
    if (EveryPeer(secrets_[i])) continue;
    std::optional<ShadowedSecret> hidden;
    bool reachable = false;
    for (const Identity& selector : selectors) {
      if (is_own(selector)) continue;
      const std::optional<size_t> by = earlier(selector, i);
      if (!by) {
        reachable = true;
        break;
      }
      if (!hidden) hidden = ShadowedSecret{i, *by, selector.ToString()};
    }
    if (hidden && !reachable) shadowed.push_back(*hidden);
  }
  return shadowed;
}

}  // namespace culvert::ipsec
