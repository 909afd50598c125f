// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/engine.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/commands.h"
#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/failback.h"
#include "services/iked/engine/fragmentation.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/inactivity.h"
#include "services/iked/engine/lifetime.h"
#include "services/iked/engine/mobike.h"
#include "services/iked/engine/path.h"
#include "services/iked/engine/receive.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/snapshot.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/transitions.h"
#include "services/iked/engine/views.h"

namespace culvert::iked {
namespace {

// Timers of an IKE SA that is gone find nothing, as they should.
void OnIkeSaTimer(Core& core, TimerKind kind, IkeSa& sa) {
  switch (kind) {
    case TimerKind::kRetransmit:
      if (sa.ikev1 != nullptr) ikev1::RenewProbe(core, sa);
      if (!Retransmit(core, sa)) OnUnanswered(core, sa);
      return;
    case TimerKind::kHalfOpen:
      return OnStayOver(core, sa);
    case TimerKind::kIkeRekey:
      return OnIkeRekeyTimer(core, sa);
    case TimerKind::kIkeExpire:
      return OnIkeExpire(core, sa);
    case TimerKind::kLiveness:
      return OnLivenessTimer(core, sa);
    case TimerKind::kKeepalive:
      if (sa.live()) KeepNatAlive(core, sa);
      return;
    case TimerKind::kReassembly:
      return OnReassemblyOver(core, sa);
    case TimerKind::kTaskRetry:
      return OnTaskRetry(core, sa);
    default:
      return;
  }
}

void On(Core& core, TimerFired& fired) {
  switch (fired.id.kind) {
    case TimerKind::kChildRekey:
      return OnChildExpire(core, fired.id.object, /*hard=*/false);
    case TimerKind::kChildExpire:
      return OnChildExpire(core, fired.id.object, /*hard=*/true);
    case TimerKind::kInactivity:
      return OnInactivityTimer(core, fired.id.object);
    case TimerKind::kRetry:
      return OnRetry(core, fired.id.object);
    case TimerKind::kFailback:
      return OnFailback(core, fired.id.object);
    case TimerKind::kDrain:
      return FinishDrain(core, /*overdue=*/true);
    case TimerKind::kAttack:
      return OnAttackWindow(core);
    case TimerKind::kLease:
      core.spis.AskAgain();
      return core.LeaseMore();
    default:
      if (IkeSa* sa = core.FindIkeSa(fired.id.object)) OnIkeSaTimer(core, fired.id.kind, *sa);
  }
}

// Which of an exchange's computations it was that ended.
Trigger OwnTrigger(const IkeSa& sa) {
  constexpr StateSet kAuthenticating =
      In(IkeState::kSigning) | In(IkeState::kVerifying) | In(IkeState::kEapVerifying) | In(IkeState::kEapStepping);
  if ((In(sa.state) & kAuthenticating) != 0) return Trigger::kOwnComputed;
  const bool generated = sa.handshake != nullptr ? sa.handshake->ours == nullptr : sa.own->ours == nullptr;
  return generated ? Trigger::kOwnGenerated : Trigger::kOwnDerived;
}

void On(Core& core, JobDone& done) {
  IkeSa* sa = core.FindIkeSa(done.id.ike_sa);
  if (sa == nullptr) return;
  if (sa->ikev1 != nullptr) return ikev1::OnJobDone(core, *sa, done);
  Step step{.result = &done.result};
  if (sa->own != nullptr && sa->own->job == done.id.serial) {
    sa->own->job = 0;
    Dispatch(core, *sa, OwnTrigger(*sa), sa->own->task.story, step);
  } else if (sa->peer != nullptr && sa->peer->job == done.id.serial) {
    sa->peer->job = 0;
    Dispatch(core, *sa, Trigger::kPeerComputed, sa->peer->story, step);
  }
}

void TouchAll(Core& core) {
  for (const auto& [name, tunnel] : core.tunnels) core.Touch(*tunnel);
}

// Of negotiations that are not installed yet.
std::vector<uint32_t> SpisInUse(const IkeSa& sa) {
  std::vector<uint32_t> spis;
  const auto add = [&spis](const std::optional<ChildNegotiation>& negotiation) {
    if (negotiation && negotiation->spi_in != 0) spis.push_back(negotiation->spi_in);
  };
  if (sa.handshake != nullptr) add(sa.handshake->child);
  if (sa.own != nullptr) add(sa.own->child);
  if (sa.peer != nullptr) add(sa.peer->child);
  return spis;
}

void On(Core& core, DatapathAttached& attached) {
  core.datapath = std::move(attached.capabilities);
  core.spis.AskAgain();
  RepeatAddresses(core);  // before the CHILD_SAs that are narrowed to them
  ReconcileChildSas reconcile{.sequence = core.NextSequence()};
  reconcile.spis.assign(core.spis.at_hand().begin(), core.spis.at_hand().end());
  for (const auto& [spi, sa] : core.ike_sas()) {
    for (const std::unique_ptr<ChildSa>& child : sa->children) reconcile.child_sas.push_back(child->id);
    for (const uint32_t taken : SpisInUse(*sa)) reconcile.spis.push_back(taken);
  }
  core.Emit(std::move(reconcile));
  core.LeaseMore();
  TouchAll(core);
}

void On(Core& core, SpisLeased& leased) {
  const bool was_dry = core.spis.empty();
  core.spis.Give(leased.spis);
  if (was_dry) TouchAll(core);
}

void On(Core& core, PortUnreachable& unreachable) {
  for (Tunnel* tunnel : core.index.Named(unreachable.remote.address)) {
    if (tunnel->connecting != 0) tunnel->port_unreachable = true;
  }
}

void On(Core& core, Datagram& datagram) {
  Receive(core, datagram);
}
void On(Core& core, Initiate& command) {
  OnInitiate(core, command);
}
void On(Core& core, Terminate& command) {
  OnTerminate(core, command);
}
void On(Core& core, Rekey& command) {
  OnRekey(core, command);
}
void On(Core& core, Drain& command) {
  OnDrain(core, command);
}
void On(Core& core, Acquire& acquire) {
  OnAcquire(core, acquire);
}
void On(Core& core, ChildExpire& expire) {
  OnChildExpire(core, expire.child_sa, expire.hard);
}
void On(Core& core, NatMapping& mapping) {
  OnNatMapping(core, mapping);
}
void On(Core& core, FirstInbound& inbound) {
  if (IkeSa* sa = core.FindIkeSaOfChild(inbound.child_sa)) sa->last_in = core.clock.BootTime();
}
void On(Core& core, UnknownSpi&) {
  // Anybody can send ESP with an unknown SPI; it is counted, and proves nothing about any peer.
  CountInvalid(core, "unknown_esp_spi");
}
void On(Core& core, ChildSaUsage& usage) {
  usage.idle != 0 ? OnIdleUsage(core, usage) : OnUsage(core, usage);
}
void On(Core& core, SaResult& result) {
  OnSaResult(core, result);
}
void On(Core& core, PathResolved& resolved) {
  if (!OnMobikePath(core, resolved)) OnPathResolved(core, resolved);
}
void On(Core& core, SnapshotChanged& snapshot) {
  OnSnapshot(core, std::move(snapshot.config));
}
void On(Core& core, HostAddresses& addresses) {
  core.host_addresses = std::move(addresses.addresses);
  OnHostAddressesChanged(core);
  TouchAll(core);
}
void On(Core& core, DatapathDetached&) {
  core.datapath.reset();
  TouchAll(core);
}
void On(Core&, SendFailed&) {
  // The retransmission tries again; a lasting failure ends as the peer's silence.
}

}  // namespace

Engine::Engine(const base::Clock& clock, base::Rng& rng, uint64_t first_id)
    : core_(std::make_unique<Core>(clock, rng, first_id)) {}

Engine::~Engine() = default;

Effects Engine::Handle(Input input) {
  Core& core = *core_;
  std::visit([&core](auto& happened) { On(core, happened); }, input);
  core.Settle();
  FinishDrain(core, /*overdue=*/false);
  return core.TakeEffects();
}

uint64_t Engine::generation() const {
  return core_->config == nullptr ? 0 : core_->config->generation;
}

uint32_t Engine::half_open() const {
  return core_->half_open();
}

const Counters& Engine::counters() const {
  return core_->counters;
}

Holdings Engine::holdings() const {
  Holdings holdings{
      .ike_sas = core_->ike_sas().size(), .installations = core_->installs.size(), .spis = core_->spis.size()};
  for (const auto& [spi, sa] : core_->ike_sas()) holdings.child_sas += sa->children.size();
  return holdings;
}

std::vector<TunnelView> Engine::Tunnels(absl::string_view name) const {
  std::vector<TunnelView> views;
  const auto add = [&](const Tunnel& tunnel) {
    views.push_back(ViewOf(*core_, tunnel));
    views.back().ike_sas = IkeSas(tunnel.name());
  };
  if (!name.empty()) {
    if (const auto it = core_->tunnels.find(name); it != core_->tunnels.end()) add(*it->second);
    return views;
  }
  for (const auto& [tunnel_name, tunnel] : core_->tunnels) add(*tunnel);
  std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return views;
}

std::vector<IkeSaView> Engine::IkeSas(absl::string_view tunnel) const {
  std::vector<IkeSaView> views;
  if (!tunnel.empty()) {
    const auto it = core_->tunnels.find(tunnel);
    if (it == core_->tunnels.end()) return views;
    for (const uint64_t spi : it->second->ike_sas) {
      if (const IkeSa* sa = core_->FindIkeSa(spi)) views.push_back(ViewOf(*core_, *sa));
    }
  } else {
    for (const auto& [spi, sa] : core_->ike_sas()) views.push_back(ViewOf(*core_, *sa));
  }
  std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return views;
}

absl::StatusOr<std::vector<Diagnosis>> Engine::History(absl::string_view tunnel) const {
  const auto it = core_->tunnels.find(tunnel);
  if (it == core_->tunnels.end()) return absl::NotFoundError(absl::StrCat("no tunnel named ", tunnel));
  std::vector<Diagnosis> history;
  for (const std::shared_ptr<const Diagnosis>& diagnosis : it->second->history) history.push_back(*diagnosis);
  return history;
}

}  // namespace culvert::iked
