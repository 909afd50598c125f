// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/lifetime.h"

#include <algorithm>

#include "services/iked/engine/child_life.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {

void BeginIkeLife(Core& core, IkeSa& sa) {
  const TunnelConfig& config = *sa.config;
  const absl::Duration now = core.clock.BootTime();
  absl::Duration lifetime = config.ike_lifetime;
  absl::Duration margin = config.ike_rekey_margin;
  if (sa.ikev1 != nullptr) {
    // RFC 2407 4.5.4: the shorter one holds. Who answered may begin the next Phase 1 as well, but gives the other time.
    lifetime = std::min(lifetime, sa.ikev1->lifetime);
    margin *= lifetime / config.ike_lifetime;
    if (!sa.dialed) margin /= 2;
  }
  sa.established = now;
  sa.rekey_at = now + SoftLifetime(core, lifetime, margin, config.rekey_jitter_percent);
  sa.expire_at = now + lifetime;
  core.Arm(TimerKind::kIkeRekey, sa.local_spi, sa.rekey_at);
}

// The end is armed only now: until then one timer is enough for an SA, and thousands of them are idle.
void OnIkeRekeyTimer(Core& core, IkeSa& sa) {
  core.Arm(TimerKind::kIkeExpire, sa.local_spi, sa.expire_at);
  if (!sa.live()) return;
  if (!sa.config->reauth) return Enqueue(core, sa, {Story::kRekeyIke});
  if (!sa.dialed) return;
  sa.tunnel->renew = true;
  core.Touch(*sa.tunnel);
}

void WatchLiveness(Core& core, IkeSa& sa) {
  core.Arm(TimerKind::kLiveness, sa.local_spi, sa.last_in + sa.config->dpd.delay);
}

void OnLivenessTimer(Core& core, IkeSa& sa) {
  if (!sa.live() || !sa.config->dpd.enabled) return;
  const absl::Duration now = core.clock.BootTime();
  // An exchange that is under way asks the same question, and gives up after the same time.
  if (sa.own != nullptr && !sa.own->datagrams.empty()) {
    return core.Arm(TimerKind::kLiveness, sa.local_spi, now + sa.config->dpd.delay);
  }
  if (now < sa.last_in + sa.config->dpd.delay) return WatchLiveness(core, sa);
  QueryUsage query{.ike_sa = sa.local_spi};
  for (const std::unique_ptr<ChildSa>& child : sa.children) query.child_sas.push_back(child->id);
  if (query.child_sas.empty()) return OnUsage(core, {sa.local_spi, std::nullopt});
  core.Emit(std::move(query));
}

void OnUsage(Core& core, const ChildSaUsage& usage) {
  IkeSa* sa = core.FindIkeSa(usage.ike_sa);
  if (sa == nullptr || !sa->live() || !sa->config->dpd.enabled) return;
  const absl::Duration now = core.clock.BootTime();
  if (usage.last_in) sa->last_in = std::clamp(*usage.last_in, sa->last_in, now);
  if (now < sa->last_in + sa->config->dpd.delay) return WatchLiveness(core, *sa);
  Enqueue(core, *sa, {Story::kLiveness});
}

}  // namespace culvert::iked
