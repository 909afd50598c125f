// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/teardown.h"

#include <algorithm>

#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/ikev1/informational.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/succession.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/timers.h"
#include "services/iked/engine/unanswered.h"

namespace culvert::iked {
namespace {

void RetireChildren(Core& core, IkeSa& sa, const std::string& message, absl::Duration grace) {
  while (!sa.children.empty()) RetireChild(core, sa, sa.children.back()->id, grace, message);
}

}  // namespace

void DropIkeSa(Core& core, IkeSa& sa, TunnelReason why, const std::string& message) {
  RetireChildren(core, sa, message, absl::ZeroDuration());
  CloseCrossed(core, sa, message);
  if (!sa.half_open()) Announce(core, EventType::kIkeSaDeleted, sa, message);
  Tunnel* const tunnel = sa.tunnel;
  const bool was_carrying = sa.live();
  core.Destroy(sa);
  if (tunnel == nullptr) return;
  if (was_carrying) IkeSaLost(core, *tunnel, why);
  core.Touch(*tunnel);
}

void Abandon(Core& core, IkeSa& sa, TunnelReason why, Diagnosis diagnosis) {
  if (sa.initiator && sa.half_open()) return FailConnect(core, sa, why, std::move(diagnosis));
  const std::string message = diagnosis.summary;
  Report(core, sa.tunnel, std::move(diagnosis));
  DropIkeSa(core, sa, why, message);
}

void CloseIkeSa(Core& core, IkeSa& sa, const std::string& message, absl::Duration grace) {
  if (sa.state == IkeState::kDeleting || sa.state == IkeState::kGone) return;
  if (sa.ikev1 != nullptr) ikev1::TellOfChildren(core, sa);
  RetireChildren(core, sa, message, grace);
  CloseCrossed(core, sa, message);
  if (sa.half_open()) {
    Tunnel* const tunnel = sa.tunnel;
    core.Destroy(sa);  // the peer's half-open limit sees to its side
    if (tunnel != nullptr) core.Touch(*tunnel);
    return;
  }
  Announce(core, EventType::kIkeSaDeleted, sa, message);
  core.SetState(sa, IkeState::kDeleting);
  sa.peer.reset();
  sa.postponed.clear();
  sa.queue = {{Story::kDeleteIke}};
  // What is not on the wire ends here, and in IKEv1, which has no window, what is; but for a successor that the peer
  // has granted, which must be deleted as well.
  const bool granted = sa.own != nullptr && sa.own->task.story == Story::kRekeyIke && sa.own->transmissions > 0;
  if (sa.own != nullptr && ((sa.own->datagrams.empty() && !granted) || sa.ikev1 != nullptr)) {
    core.ReturnSpis(sa);
    sa.own.reset();
  } else if (sa.own != nullptr) {
    sa.own->give_up = std::min(sa.own->give_up, core.clock.Monotonic() + kDeleteTimeout);
  }
  if (sa.tunnel != nullptr) core.Touch(*sa.tunnel);
  StartNext(core, sa);
}

Closed CloseTunnel(Core& core, Tunnel& tunnel, const std::string& message) {
  Closed closed;
  const std::vector<uint64_t> spis = tunnel.ike_sas;  // closing changes the list
  for (const uint64_t spi : spis) {
    IkeSa* sa = core.FindIkeSa(spi);
    if (sa == nullptr || sa->state == IkeState::kDeleting) continue;
    closed.ike_sas += sa->half_open() ? 0 : 1;
    closed.child_sas += static_cast<uint32_t>(sa->children.size());
    CloseIkeSa(core, *sa, message);
  }
  return closed;
}

void OnUnanswered(Core& core, IkeSa& sa) {
  const int messages = sa.own->transmissions;
  if (sa.own->task.story == Story::kConnect) {
    if (sa.ikev1 != nullptr) return ikev1::OnUnanswered(core, sa);
    const Phase phase = sa.state == IkeState::kInitSent ? Phase::kIkeSaInit : Phase::kIkeAuth;
    const Silence silence{messages, sa.tunnel->port_unreachable, sa.own->datagrams.front()->size()};
    return FailConnect(core, sa, TunnelReason::kPeerSilent, NoResponse(At(core, sa, phase, Side::kInitiator), silence));
  }
  if (sa.state == IkeState::kDeleting || sa.state == IkeState::kRekeyed) {
    return DropIkeSa(core, sa, TunnelReason::kNone, "The peer did not answer our Delete.");
  }
  if (sa.ikev1 != nullptr && ikev1::OnQuickUnanswered(core, sa)) return;
  core.counters.Add("ipsec_dpd_timeouts_total", {sa.tunnel->name()});
  if (sa.own->task.story == Story::kLiveness) {
    core.counters.Add("ipsec_dpd_probes_total", {sa.tunnel->name(), "timeout"});
  }
  Abandon(core, sa, TunnelReason::kDeadPeer, DeadPeer(At(core, sa, Phase::kInformational, Side::kInitiator), messages));
}

void OnStayOver(Core& core, IkeSa& sa) {
  if (sa.state == IkeState::kRekeyed) {  // its rekeyer never deleted it
    return Enqueue(core, sa, {Story::kDeleteIke});
  }
  if (sa.ikev1 != nullptr && sa.initiator) return ikev1::OnUnanswered(core, sa);
  if (sa.state != IkeState::kRefused) {
    core.counters.Add("ipsec_ike_handshakes_total",
                      {sa.tunnel == nullptr ? "" : sa.tunnel->name(), "responder", "failed", "HALF_OPEN_TIMEOUT"});
    ReportFellSilent(core, sa);
  }
  DropIkeSa(core, sa, TunnelReason::kNone, "The peer did not complete the handshake.");
}

void OnIkeExpire(Core& core, IkeSa& sa) {
  if (!sa.live()) return;
  Diagnosis expired = LifetimeExpired(At(core, sa, Phase::kCreateChildSa, Side::kInitiator), "IKE SA");
  const std::string message = expired.summary;
  Tunnel& tunnel = *sa.tunnel;
  Report(core, &tunnel, std::move(expired));
  CloseIkeSa(core, sa, message);
  IkeSaLost(core, tunnel, TunnelReason::kNegotiationFailed);
}

}  // namespace culvert::iked
