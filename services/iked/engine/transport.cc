// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/transport.h"

#include <algorithm>

namespace culvert::iked {
namespace {

bool IsOneHost(const std::vector<ipsec::TrafficSelector>& selectors) {
  return !selectors.empty() && std::all_of(selectors.begin(), selectors.end(), [&](const ipsec::TrafficSelector& s) {
    return s.first == s.last && s.first == selectors.front().first;
  });
}

bool Overlap(const std::vector<ipsec::TrafficSelector>& a, const std::vector<ipsec::TrafficSelector>& b) {
  return !ipsec::Narrow(a, b).empty();
}

}  // namespace

std::vector<ipsec::TrafficSelector> WithAddress(std::vector<ipsec::TrafficSelector> selectors,
                                                const base::IpAddress& address) {
  if (!IsOneHost(selectors) || address.is_none()) return selectors;
  for (ipsec::TrafficSelector& selector : selectors) selector.first = selector.last = address;
  return selectors;
}

void LookBehindNat(const IkeSa& sa, OfferedSelectors& offered, ChildNegotiation& negotiation) {
  const auto replace = [](std::vector<ipsec::TrafficSelector>& selectors, const base::IpAddress& address,
                          base::IpAddress& written) {
    if (!IsOneHost(selectors) || selectors.front().family() != address.family()) return;
    if (selectors.front().first == address) return;
    written = selectors.front().first;
    selectors = WithAddress(std::move(selectors), address);
  };
  if (sa.nat.remote) replace(offered.initiator, sa.remote.address, negotiation.written_remote);
  if (sa.nat.local) replace(offered.responder, sa.local.address, negotiation.written_local);
}

const IkeSa* FindLookalike(const Core& core, const IkeSa& sa, const ChildNegotiation& negotiation) {
  if (!sa.nat.remote) return nullptr;
  for (const auto& [spi, other] : core.ike_sas()) {
    const bool another_host = other->live() && other->remote.address == sa.remote.address &&
                              other->remote.port != sa.remote.port && !(other->remote_id == sa.remote_id);
    if (!another_host) continue;
    for (const std::unique_ptr<ChildSa>& child : other->children) {
      const bool alike =
          child->transport && Overlap(child->remote, negotiation.remote) && Overlap(child->local, negotiation.local);
      if (alike) return other.get();
    }
  }
  return nullptr;
}

}  // namespace culvert::iked
