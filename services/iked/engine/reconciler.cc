// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/reconciler.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_collision.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/failback.h"
#include "services/iked/engine/psk.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/timers.h"
#include "services/iked/engine/tunnel_state.h"
#include "services/iked/engine/version.h"

namespace culvert::iked {

using wire::ikev2::NotifyType;

namespace {

bool WantsUp(const Tunnel& tunnel) {
  const TunnelConfig& config = *tunnel.config;
  if (!config.enabled || tunnel.removed || tunnel.operator_down || config.serves_any_peer()) return false;
  if (config.startup == Startup::kIgnore && !tunnel.operator_up) return false;
  const bool always = tunnel.operator_up || config.startup == Startup::kStart;
  return tunnel.acquired || tunnel.restart || (always && !tunnel.parked);
}

IkeSa* LiveSa(const Core& core, const Tunnel& tunnel) {
  for (const uint64_t spi : tunnel.ike_sas) {
    IkeSa* sa = core.FindIkeSa(spi);
    if (sa != nullptr && sa->live()) return sa;
  }
  return nullptr;
}

bool HasSaIn(const Core& core, const Tunnel& tunnel, IkeState state) {
  return std::any_of(tunnel.ike_sas.begin(), tunnel.ike_sas.end(), [&](uint64_t spi) {
    const IkeSa* sa = core.FindIkeSa(spi);
    return sa != nullptr && sa->state == state;
  });
}

void BackOff(Core& core, Tunnel& tunnel, absl::Duration wait) {
  tunnel.next_attempt = core.clock.Monotonic() + core.Jittered(wait, kBackoffJitter);
  core.Arm(TimerKind::kRetry, tunnel.number, tunnel.next_attempt);
}

void EndBackoff(Core& core, Tunnel& tunnel) {
  if (!tunnel.backing_off()) return;
  tunnel.next_attempt = absl::InfiniteDuration();
  core.Cancel(TimerKind::kRetry, tunnel.number);
}

// 1 s, 2 s, 4 s … up to the tunnel's cap.
absl::Duration NextWait(const Tunnel& tunnel) {
  const double doublings = std::min<uint32_t>(tunnel.attempts - 1, 16);
  return std::min(tunnel.config->retry_cap, kFirstBackoff * std::exp2(doublings));
}

void FailRequests(Core& core, Tunnel& tunnel) {
  for (const uint64_t request : std::exchange(tunnel.requests, {})) {
    core.Emit(CommandDone{.request = request,
                          .status = absl::UnavailableError(tunnel.diagnosis->summary),
                          .diagnosis = tunnel.diagnosis});
  }
}

void GiveUpForNow(Core& core, Tunnel& tunnel, TunnelReason reason) {
  if (FailbackFailed(core, tunnel)) return;
  ++tunnel.attempts;
  tunnel.failure = reason;
  tunnel.acquired = false;
  tunnel.use_previous_psk = false;
  tunnel.candidates.clear();
  FailRequests(core, tunnel);
  BackOff(core, tunnel, NextWait(tunnel));
  core.Touch(tunnel);
}

bool NextCandidate(Core& core, Tunnel& tunnel) {
  if (tunnel.next_candidate >= tunnel.candidates.size()) return false;
  tunnel.ikev1_next = false;
  Connect(core, tunnel, tunnel.candidates[tunnel.next_candidate++]);
  return true;
}

// RFC 7296 leaves it to either side to ask for what is missing; with one side asking nothing is made twice. It is the
// side that dialed, or the one that has traffic waiting; the other asks when nothing has come of that.
void EnsureChildren(Core& core, IkeSa& sa) {
  if (sa.own != nullptr && sa.own->task.story == Story::kConnect) return;  // the first one is on its way
  Tunnel& tunnel = *sa.tunnel;
  const bool ours_to_ask = sa.dialed || tunnel.acquired || tunnel.restart;
  const size_t pairs = PairsOf(tunnel, sa).size();
  for (size_t pair = 0; pair < pairs; ++pair) {
    if (ServesPair(sa, pair)) continue;
    if (!ours_to_ask) return BackOff(core, tunnel, kFirstBackoff);
    Enqueue(core, sa, {.story = Story::kNewChild, .pair = pair});
  }
}

// The peer refused the current secret; the one before may still be the peer's.
bool TryPreviousSecret(Core& core, Tunnel& tunnel, const Diagnosis& diagnosis) {
  const bool about_key = diagnosis.code == DiagnosisCode::kPeerRefusedAuthentication ||
                         (diagnosis.code == DiagnosisCode::kPskMismatch && diagnosis.phase == Phase::kMainMode);
  if (!about_key || tunnel.use_previous_psk) return false;
  if (tunnel.next_candidate == 0 || tunnel.next_candidate > tunnel.candidates.size()) return false;
  const PathCandidate path = tunnel.candidates[tunnel.next_candidate - 1];
  if (tunnel.config->authentication.local != AuthKind::kPsk) return false;
  const ipsec::Identity local =
      tunnel.config->local_identity.any() ? ipsec::Identity::Of(path.local) : tunnel.config->local_identity;
  const SecretConfig* secret =
      FindSecret(*core.config, {local, tunnel.config->remote_identity, path.local, path.remote});
  if (secret == nullptr || secret->psk_previous.empty()) return false;
  tunnel.use_previous_psk = true;
  Connect(core, tunnel, path);
  return true;
}

// AUTO: where nobody answered in IKEv2, the same peer is called in IKEv1, if that is allowed.
bool TryOlderVersion(Core& core, Tunnel& tunnel, const Diagnosis& diagnosis) {
  if (tunnel.next_candidate == 0 || tunnel.next_candidate > tunnel.candidates.size()) return false;
  const PathCandidate path = tunnel.candidates[tunnel.next_candidate - 1];
  if (!FallBack(core, tunnel, diagnosis)) return false;
  Tell(core, tunnel, absl::StrCat(diagnosis.summary, " Trying IKEv1."));
  Connect(core, tunnel, path);
  return true;
}

bool IsSilence(const Diagnosis& diagnosis) {
  return diagnosis.code == DiagnosisCode::kNoResponse || diagnosis.code == DiagnosisCode::kPortUnreachable;
}

}  // namespace

bool Answers(const Tunnel& tunnel) {
  const TunnelConfig& config = *tunnel.config;
  return config.enabled && !tunnel.removed && !tunnel.operator_down && Unsupported(config).empty() &&
         (config.startup != Startup::kIgnore || tunnel.operator_up);
}

absl::string_view Unsupported(const TunnelConfig& config) {
  if (config.xauth != nullptr) return "XAUTH";
  const Authentication& authentication = config.authentication;
  const bool eap_alone = authentication.local == AuthKind::kEap && authentication.remote == AuthKind::kEap;
  if (eap_alone && (authentication.eap == nullptr || authentication.eap->method != EapMethod::kTls)) {
    return "EAP-MSCHAPv2 by both sides, which would let whoever answers guess at the password,";  // RFC 5998 4
  }
  return {};
}

std::optional<TunnelReason> Obstacle(const Core& core, const Tunnel& tunnel) {
  const TunnelConfig& config = *tunnel.config;
  if (!Unsupported(config).empty()) return TunnelReason::kNotSupported;
  const auto& addresses = core.host_addresses;
  if (!config.local_address.is_none() && !addresses.empty() &&
      std::find(addresses.begin(), addresses.end(), config.local_address) == addresses.end()) {
    return TunnelReason::kLocalAddressMissing;
  }
  if (!core.datapath || core.spis.empty()) return TunnelReason::kDatapathUnavailable;
  return std::nullopt;
}

void StartAttempt(Core& core, Tunnel& tunnel, size_t count) {
  tunnel.attempt = core.NextSerial();
  tunnel.port_unreachable = tunnel.ikev1_next = false;
  tunnel.candidates.clear();
  tunnel.next_candidate = 0;
  const TunnelConfig& config = *tunnel.config;
  const auto first = config.remote_endpoints.begin();
  std::vector<std::string> endpoints(first, first + static_cast<ptrdiff_t>(count));
  Tell(core, tunnel, absl::StrCat("looking for ", absl::StrJoin(endpoints, ", ")));
  core.Emit(ResolvePath{config.name, tunnel.attempt, std::move(endpoints), config.local_address, config.family});
}

void Reconcile(Core& core, Tunnel& tunnel) {
  if (tunnel.removed && tunnel.ike_sas.empty()) {
    ShowState(core, tunnel);
    core.EraseTunnel(tunnel);
    return;
  }
  const bool busy = tunnel.attempt != 0 || tunnel.connecting != 0 || tunnel.backing_off() || core.draining;
  if (!busy && (WantsUp(tunnel) || tunnel.renew) && !Obstacle(core, tunnel)) {
    IkeSa* sa = LiveSa(core, tunnel);
    if (sa != nullptr && !tunnel.renew) {
      EnsureChildren(core, *sa);
    } else if (tunnel.renew || !HasSaIn(core, tunnel, IkeState::kDeleting)) {
      StartAttempt(core, tunnel, tunnel.config->remote_endpoints.size());
    }
  }
  ShowState(core, tunnel);
}

void AttemptFailed(Core& core, Tunnel& tunnel, TunnelReason reason, Diagnosis diagnosis) {
  tunnel.attempt = 0;
  tunnel.connecting = 0;
  const bool retry_elsewhere = IsSilence(diagnosis);
  if (TryPreviousSecret(core, tunnel, diagnosis)) return core.Touch(tunnel);
  if (TryOlderVersion(core, tunnel, diagnosis)) return core.Touch(tunnel);
  Report(core, &tunnel, std::move(diagnosis));
  if (retry_elsewhere && NextCandidate(core, tunnel)) return core.Touch(tunnel);
  GiveUpForNow(core, tunnel, reason);
}

void AttemptSucceeded(Core& core, const IkeSa& sa) {
  Tunnel& tunnel = *sa.tunnel;
  if (tunnel.connecting == sa.local_spi) tunnel.connecting = 0;
  if (!sa.children.empty()) {
    tunnel.attempt = 0;  // the peer was quicker than the resolver
    EndBackoff(core, tunnel);
  }
  core.Touch(tunnel);
}

void ChildFailed(Core& core, IkeSa& sa, NotifyType notify, std::optional<Diagnosis> diagnosis) {
  Tunnel& tunnel = *sa.tunnel;
  if (diagnosis) Report(core, &tunnel, std::move(*diagnosis));
  const bool about_selectors = notify == NotifyType::kTsUnacceptable || notify == NotifyType::kSinglePairRequired;
  if (about_selectors && tunnel.config->layout == ChildSaLayout::kAuto && !tunnel.per_pair) {
    tunnel.per_pair = true;  // until the configuration changes: peers do not change their minds
    for (const uint64_t spi : tunnel.ike_sas) core.Touch(*core.FindIkeSa(spi));
    if (PairsOf(tunnel, sa).size() > 1) return core.Touch(tunnel);
  }
  if (tunnel.diagnosis == nullptr) return core.Touch(tunnel);
  GiveUpForNow(core, tunnel, TunnelReason::kNegotiationFailed);
}

void IkeSaLost(Core& core, Tunnel& tunnel, TunnelReason why) {
  core.Touch(tunnel);
  tunnel.renew = tunnel.renew && LiveSa(core, tunnel) != nullptr;
  if (LiveSa(core, tunnel) != nullptr || why == TunnelReason::kNone) return;
  tunnel.failure = why;
  if (why == TunnelReason::kDeadPeer) {
    const DpdAction action = tunnel.config->dpd.enabled ? tunnel.config->dpd.action : DpdAction::kRestart;
    tunnel.restart = action == DpdAction::kRestart;
    tunnel.parked = action != DpdAction::kRestart;
    return;  // at once, and by a fresh look at the peer's name
  }
  if (WantsUp(tunnel) && !tunnel.backing_off()) BackOff(core, tunnel, kFirstBackoff);
}

void ChildLost(Core& core, Tunnel& tunnel) {
  if (WantsUp(tunnel) && !tunnel.backing_off()) BackOff(core, tunnel, kFirstBackoff);
  core.Touch(tunnel);
}

void StopAttempt(Core& core, Tunnel& tunnel) {
  tunnel.attempt = 0;
  tunnel.failing_back = false;
  tunnel.candidates.clear();
  if (IkeSa* sa = core.FindIkeSa(tunnel.connecting)) core.Destroy(*sa);
  tunnel.connecting = 0;
  EndBackoff(core, tunnel);
  core.Touch(tunnel);
}

void OnPathResolved(Core& core, const PathResolved& resolved) {
  const auto it = core.tunnels.find(resolved.tunnel);
  if (it == core.tunnels.end()) return;
  Tunnel& tunnel = *it->second;
  if (tunnel.attempt == 0 || tunnel.attempt != resolved.attempt) return;
  tunnel.attempt = 0;
  const Circumstance here = At(core, tunnel, Phase::kResolve);
  if (!resolved.candidates.ok() || resolved.candidates->empty()) {
    const absl::Status status =
        resolved.candidates.ok() ? absl::NotFoundError("no address") : resolved.candidates.status();
    const bool no_route = absl::IsFailedPrecondition(status);
    return AttemptFailed(core, tunnel, no_route ? TunnelReason::kNoRoute : TunnelReason::kNameNotResolved,
                         no_route
                             ? NoRouteToPeer(here, status)
                             : NameNotResolved(here, absl::StrJoin(tunnel.config->remote_endpoints, ", "), status));
  }
  tunnel.candidates = *resolved.candidates;
  tunnel.next_candidate = 0;
  core.index.Remove(tunnel);
  tunnel.resolved.clear();
  for (const PathCandidate& candidate : tunnel.candidates) tunnel.resolved.push_back(candidate.remote);
  core.index.Add(tunnel);
  NextCandidate(core, tunnel);
  core.Touch(tunnel);
}

void OnRetry(Core& core, uint64_t tunnel_number) {
  Tunnel* tunnel = core.FindTunnel(tunnel_number);
  if (tunnel == nullptr || !tunnel->backing_off()) return;
  tunnel->next_attempt = absl::InfiniteDuration();
  tunnel->restart = tunnel->restart || (WantsUp(*tunnel) && LiveSa(core, *tunnel) != nullptr);
  core.Touch(*tunnel);
}

void OnAcquire(Core& core, const Acquire& acquire) {
  const auto it = core.tunnels.find(acquire.tunnel);
  if (it == core.tunnels.end()) return;
  Tunnel& tunnel = *it->second;
  // ADD starts nothing by itself; only where DPD found the peer dead does its traffic ask (dpd.action TRAP).
  if (tunnel.config->startup == Startup::kAdd && !tunnel.parked && tunnel.ike_sas.empty()) return;
  if (!Answers(tunnel) || tunnel.backing_off()) return;  // after a failure, traffic waits as well
  tunnel.acquired = true;
  core.Touch(tunnel);
}

}  // namespace culvert::iked
