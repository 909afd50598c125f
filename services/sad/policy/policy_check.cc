// SPDX-License-Identifier: Apache-2.0
#include "services/sad/policy/policy_check.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::sad {
namespace {

absl::Status Refuse(const ChildSaInfo& sa, absl::string_view why) {
  return absl::PermissionDeniedError(absl::StrCat("child SA ", sa.id, " of tunnel ", sa.tunnel, ": ", why));
}

// Where the tunnel names no subnets, its selector is the outer address of that side.
absl::Status CheckSide(const ChildSaInfo& sa, absl::string_view side, std::vector<ipsec::TrafficSelector> allowed,
                       const std::vector<ipsec::TrafficSelector>& wanted, const base::IpAddress& outer,
                       bool outer_counts) {
  if (wanted.empty())
    return absl::InvalidArgumentError(absl::StrCat("child SA ", sa.id, " has no ", side, " selector"));
  if (outer_counts && !outer.is_none()) allowed.push_back(ipsec::TrafficSelector::Of(base::Prefix::Host(outer)));
  if (ipsec::Covers(allowed, wanted)) return absl::OkStatus();
  return Refuse(sa, absl::StrCat(side, " selectors ", ipsec::ToString(wanted), " exceed ", ipsec::ToString(allowed)));
}

}  // namespace

absl::Status CheckChildSa(const Generation& generation, const ChildSaInfo& sa) {
  const Tunnel* tunnel = generation.Find(sa.tunnel);
  if (tunnel == nullptr) return Refuse(sa, absl::StrCat("not in generation ", generation.number()));
  if (!tunnel->enabled) return Refuse(sa, absl::StrCat("not enabled in generation ", generation.number()));
  if (!tunnel->suites.contains(sa.suite)) return Refuse(sa, absl::StrCat("suite ", sa.suite, " is in no proposal"));
  // The other way round is no loss: what may be protected without its header may be protected with it, which is what a
  // peer that refuses transport mode leaves us (esp.allow_tunnel_fallback).
  if (sa.mode == Mode::kTransport && tunnel->mode != Mode::kTransport)
    return Refuse(sa, "the tunnel has no transport mode");
  RETURN_IF_ERROR(CheckSide(sa, "local", tunnel->LocalSelectors(), sa.local_selectors, sa.path.local.address,
                            tunnel->local_subnets.empty()));
  return CheckSide(sa, "remote", tunnel->RemoteSelectors(), sa.remote_selectors, sa.path.remote.address,
                   tunnel->remote_subnets.empty() && tunnel->pool_ranges.empty());
}

}  // namespace culvert::sad
