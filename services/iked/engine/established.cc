// SPDX-License-Identifier: Apache-2.0
// An IKE SA is authenticated: its life begins, and others of the same peer may end (RFC 7296 2.4, unique).
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/failback.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/ikev1/succession.h"
#include "services/iked/engine/lifetime.h"
#include "services/iked/engine/path.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {
namespace {

// Both sides began at once when each made an SA within this long of the other.
constexpr absl::Duration kCrossing = absl::Seconds(30);

// Of two SAs of one peer, the one that goes: the older, unless they crossed; then both sides must choose alike, and all
// they have in common are the SPIs.
IkeSa& Loser(IkeSa& newer, IkeSa& older) {
  const bool crossed = newer.initiator != older.initiator && newer.established - older.established < kCrossing;
  if (!crossed) return older;
  return newer.spi_i() < older.spi_i() ? newer : older;
}

void EnforceUnique(Core& core, IkeSa& sa) {
  if (sa.config->unique != Unique::kReplace && sa.config->unique != Unique::kKeep) return;
  for (IkeSa* other : core.SamePeer(sa.local_id, sa.remote_id)) {
    if (other == &sa || other->tunnel != sa.tunnel || !other->live()) continue;
    if (ikev1::IsSucceeded(sa) || ikev1::IsSucceeded(*other)) continue;
    IkeSa& loser = Loser(sa, *other);
    CloseIkeSa(core, loser, "Another IKE SA of the same peer takes over (unique).", kRetireGrace);
    if (&loser == &sa) return;
  }
}

// 2.8.3: the new IKE SA stands, now the one that it was to renew goes, whatever unique says.
void EndRenewal(Core& core, const IkeSa& sa) {
  Tunnel& tunnel = *sa.tunnel;
  if (!sa.live() || !sa.dialed || !std::exchange(tunnel.renew, false)) return;
  const std::vector<uint64_t> spis = tunnel.ike_sas;  // closing changes the list
  for (const uint64_t spi : spis) {
    IkeSa* other = core.FindIkeSa(spi);
    if (other == nullptr || other == &sa || !other->live()) continue;
    CloseIkeSa(core, *other, "It was authenticated anew (ike.reauth).", kRetireGrace);
  }
}

// The peer was quicker: our own attempt, unless it has shown its hand in IKE_AUTH, is moot.
void StopOwnAttempt(Core& core, const IkeSa& sa) {
  Tunnel& tunnel = *sa.tunnel;
  if (sa.config->unique == Unique::kAllow || sa.config->unique == Unique::kAllowAlways) return;
  IkeSa* attempt = core.FindIkeSa(tunnel.connecting);
  if (attempt == nullptr || attempt == &sa || attempt->state >= IkeState::kAuthSent) return;
  core.Destroy(*attempt);
  tunnel.connecting = 0;
}

void CountHandshake(Core& core, const IkeSa& sa) {
  const absl::Duration now = core.clock.Monotonic();
  core.counters.AddHandshake(sa.initiator, HandshakePhase::kIkeAuth, now - sa.handshake->init_done);
  core.counters.AddHandshake(sa.initiator, HandshakePhase::kTotal, now - sa.handshake->started);
  core.counters.Add("ipsec_ike_handshakes_total",
                    {sa.tunnel->name(), sa.initiator ? "initiator" : "responder", "established", ""});
}

// Encapsulation FORCE, and the peer detects no NATs.
Diagnosis WhyInClear(const Core& core, const IkeSa& sa) {
  return sa.ikev1 == nullptr
             ? EncapsulationRefused(At(core, sa, Phase::kIkeSaInit, Side::kResponder))
             : NatTraversalMissing(At(core, sa, Phase::kMainMode, Side::kResponder), "encapsulation is FORCE");
}

}  // namespace

void ApplyInitialContact(Core& core, const IkeSa& sa) {
  if (sa.config->unique == Unique::kAllowAlways) return;
  for (IkeSa* other : core.SamePeer(sa.local_id, sa.remote_id)) {
    // What began after this one is not what its sender forgot.
    if (other == &sa || other->id > sa.id || !other->live()) continue;
    DropIkeSa(core, *other, TunnelReason::kNone, "The peer has forgotten it (INITIAL_CONTACT).");
  }
}

void Established(Core& core, IkeSa& sa) {
  if (sa.ikev1 == nullptr) sa.tunnel->peer_spoke_ikev2 = true;
  CountHandshake(core, sa);
  BeginIkeLife(core, sa);
  if (sa.config->dpd.enabled) WatchLiveness(core, sa);
  if (sa.nat.local) KeepNatAlive(core, sa);
  if (sa.nat.detection == false && core.EncapsulationOf(*sa.config) == Encapsulation::kForce && !sa.initiator) {
    Report(core, sa.tunnel, WhyInClear(core, sa));
  }
  core.RegisterPeer(sa);
  Announce(core, EventType::kIkeSaEstablished, sa,
           absl::StrCat("IKE SA with ", sa.remote_id.ToString(), " at ", sa.remote.ToString(),
                        " is established: ", sa.suite()->ToString(), "."));
  if (sa.handshake->initial_contact) ApplyInitialContact(core, sa);
  const absl::Duration took = core.clock.Monotonic() - sa.handshake->started;
  sa.handshake.reset();
  if (sa.ikev1 != nullptr) ikev1::SucceedOthers(core, sa, took);
  AttemptSucceeded(core, sa);
  StopOwnAttempt(core, sa);
  EnforceUnique(core, sa);
  if (sa.initiator) SettleOnEndpoint(core, sa);
  EndRenewal(core, sa);
  if (sa.own != nullptr && sa.own->installing == 0 && sa.own->task.story == Story::kConnect) FinishOwn(core, sa);
}

}  // namespace culvert::iked
