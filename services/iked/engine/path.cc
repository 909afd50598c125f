// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/path.h"

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/mobike.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {
namespace {

bool FollowsPeer(const IkeSa& sa) {
  return sa.nat.detection && sa.nat.remote && !sa.nat.local;
}

void Move(Core& core, IkeSa& sa, const base::Endpoint& remote) {
  const std::string message = absl::StrCat("The peer's address changed from ", sa.remote.ToString(), " to ",
                                           remote.ToString(), " behind its NAT.");
  MovePath(core, sa, sa.local, remote);
  Announce(core, EventType::kNatMappingChanged, sa, message);
}

}  // namespace

OuterPath PathOf(const IkeSa& sa) {
  if (sa.mobike != nullptr && sa.mobike->proven) {
    return {sa.mobike->proven->local, sa.mobike->proven->remote, sa.nat.encapsulate()};
  }
  return {sa.local, sa.remote, sa.nat.encapsulate()};
}

void MovePath(Core& core, IkeSa& sa, const base::Endpoint& local, const base::Endpoint& remote) {
  sa.local = local;
  sa.remote = remote;
  for (const std::unique_ptr<ChildSa>& child : sa.children) {
    core.Emit(UpdatePath{core.NextSequence(), child->id, PathOf(sa)});
  }
}

void FollowPeer(Core& core, IkeSa& sa, const Datagram& datagram) {
  if (sa.state == IkeState::kAuthAwaited) {
    sa.local = datagram.local;
    sa.remote = datagram.remote;
    sa.nat_port = datagram.nat_port;
    return;
  }
  if (datagram.remote == sa.remote || !datagram.nat_port || !FollowsPeer(sa)) return;
  Move(core, sa, datagram.remote);
}

void OnNatMapping(Core& core, const NatMapping& event) {
  IkeSa* sa = core.FindIkeSaOfChild(event.child_sa);
  if (sa == nullptr || event.remote == sa->remote || !FollowsPeer(*sa)) return;
  Move(core, *sa, event.remote);
}

void KeepNatAlive(Core& core, IkeSa& sa) {
  core.Emit(SendKeepalive{sa.local, sa.remote});
  core.Arm(TimerKind::kKeepalive, sa.local_spi, core.clock.Monotonic() + kNatKeepalive);
}

}  // namespace culvert::iked
