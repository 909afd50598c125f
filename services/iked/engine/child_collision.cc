// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/child_collision.h"

#include <algorithm>

#include "services/iked/engine/tasks.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {
namespace {

bool RekeyTheSame(const ChildSa& a, const ChildSa& b) {
  return a.replaces != 0 && a.replaces == b.replaces;
}

// Crossing requests for a new CHILD_SA count as well: RFC 7296 is silent about them, and its rule does no harm.
bool AreRivals(const ChildSa& a, const ChildSa& b) {
  if (a.ours == b.ours || !b.carries() || b.replaced || a.replaces == b.id) return false;
  return RekeyTheSame(a, b) || (a.pair == b.pair && a.local == b.local && a.remote == b.remote);
}

}  // namespace

void ResolveCollision(Core& core, IkeSa& sa, ChildSa& fresh) {
  const auto it = std::find_if(sa.children.begin(), sa.children.end(),
                               [&](const auto& other) { return other.get() != &fresh && AreRivals(fresh, *other); });
  if (it == sa.children.end()) return;
  ChildSa& rival = **it;
  // Where the peer has gone on to rekey what it made, the rule has been applied over there, and ours has lost.
  const bool gone_on = fresh.ours && fresh.replaces != 0 && rival.replaces != 0 && !RekeyTheSame(fresh, rival);
  ChildSa& loser = gone_on || fresh.lowest_nonce < rival.lowest_nonce ? fresh : rival;
  // A second CHILD_SA that the peer asked for on purpose is its own affair.
  if (!loser.ours && !RekeyTheSame(fresh, rival)) return;
  core.counters.Add("ipsec_rekey_collisions_total", {sa.tunnel->name(), "child"});
  loser.replaced = true;
  loser.state = ChildState::kRekeyed;
  core.Touch(sa);
  if (!loser.ours) return;
  // What both replace is deleted by the maker of the survivor; until then the peer may have nothing else.
  if (RekeyTheSame(fresh, rival)) {
    const Task old{Story::kDeleteChild, loser.replaces};
    std::erase(sa.queue, old);
    std::erase(sa.postponed, old);
  }
  Enqueue(core, sa, {Story::kDeleteChild, loser.id});
}

bool CarriesPair(const IkeSa& sa, size_t pair, uint64_t besides) {
  return std::any_of(sa.children.begin(), sa.children.end(), [&](const std::unique_ptr<ChildSa>& child) {
    return child->pair == pair && child->id != besides && child->carries();
  });
}

bool ServesPair(const IkeSa& sa, size_t pair) {
  return std::any_of(sa.children.begin(), sa.children.end(),
                     [&](const std::unique_ptr<ChildSa>& child) { return child->pair == pair && child->serves(); });
}

void CarryOn(Core& core, ChildSa& old) {
  old.replaced = false;
  old.state = ChildState::kInstalled;
  old.rekey_at = core.clock.BootTime() + core.Jittered(kRekeyRetry, kBackoffJitter);
  core.Arm(TimerKind::kChildRekey, old.id, old.rekey_at);
  core.Arm(TimerKind::kChildExpire, old.id, old.expire_at);
}

}  // namespace culvert::iked
