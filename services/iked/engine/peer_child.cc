// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/peer_child.h"

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_collision.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/timers.h"
#include "services/iked/engine/views.h"

namespace culvert::iked {
namespace {

constexpr size_t kMaxRemembered = 256;  // as many CHILD_SAs as an IKE SA may have

// What the deleted one was to replace carries on, unless something else does.
void CarryOnWithout(Core& core, IkeSa& sa, size_t pair, uint64_t replaces) {
  ChildSa* old = sa.FindChild(replaces);
  if (old == nullptr || !old->replaced || CarriesPair(sa, pair, replaces)) return;
  old->replaced = false;
  if (old->state == ChildState::kRekeyed) CarryOn(core, *old);
}

}  // namespace

void OnChildRekeyedByPeer(Core& core, IkeSa& sa, ChildSa& old, uint64_t fresh) {
  core.counters.Add("ipsec_rekeys_total", {sa.tunnel->name(), "child", "remote", "ok"});
  Announce(core, EventType::kChildSaRekeyed, sa, *sa.FindChild(fresh),
           absl::StrCat("CHILD_SA ", ChildName(sa, old), " was rekeyed by the peer."));
  core.Touch(sa);
  old.replaced = true;
  if (old.state == ChildState::kInstalled) old.state = ChildState::kRekeyed;  // a rekey of ours ends by itself
}

std::optional<uint32_t> OnChildDeletedByPeer(Core& core, IkeSa& sa, uint32_t spi, const Circumstance& here) {
  ChildSa* child = sa.FindChildByOutboundSpi(spi);
  if (child == nullptr || child->state == ChildState::kInstalling) {
    if (sa.own != nullptr && sa.own->deleted.size() < kMaxRemembered) sa.own->deleted.push_back(spi);
    return std::nullopt;
  }
  // Its own Delete is on its way from us: no answer is owed.
  const bool deleting = child->state == ChildState::kDeleting;
  const std::optional<uint32_t> answer = deleting ? std::nullopt : std::optional(child->spi_in);
  const size_t pair = child->pair;
  const uint64_t replaces = child->replaces;
  const bool needless = child->replaced || CarriesPair(sa, pair, child->id);
  RetireChild(core, sa, child->id, needless ? kRetireGrace : absl::ZeroDuration(), "The peer deleted it.");
  CarryOnWithout(core, sa, pair, replaces);
  if (needless || deleting || CarriesPair(sa, pair)) return answer;
  Report(core, sa.tunnel, PeerDeleted(here, "CHILD_SA"));
  ChildLost(core, *sa.tunnel);
  return answer;
}

}  // namespace culvert::iked
