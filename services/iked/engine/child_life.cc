// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/child_life.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_collision.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/inactivity.h"
#include "services/iked/engine/path.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/timers.h"
#include "services/iked/engine/transitions.h"
#include "services/iked/engine/views.h"

namespace culvert::iked {
namespace {

// Ciphers with blocks of 64 bits leak after some 2^32 of them (Sweet32); we stop well before (RFC 8221 5).
constexpr uint64_t kSmallBlockBytes = uint64_t{1} << 30;
// Without extended sequence numbers an SA ends at 2^32 - 1 packets (RFC 4303 3.3.3).
constexpr uint64_t kShortSequencePackets = 0xFFFFFFFF;

struct Limit {
  uint64_t soft = 0;
  uint64_t hard = 0;
};

// A configured limit says when to rekey; a quarter more is left for doing so. A bound of nature is hard, and the rekey
// starts at three quarters of it.
Limit Bounded(uint64_t configured, uint64_t bound) {
  Limit limit{configured, configured == 0 ? 0 : configured + configured / 4};
  if (bound == 0) return limit;
  limit.soft = limit.soft == 0 ? bound / 4 * 3 : std::min(limit.soft, bound / 4 * 3);
  limit.hard = limit.hard == 0 ? bound : std::min(limit.hard, bound);
  return limit;
}

void SetLimits(const TunnelConfig& config, const ChildNegotiation& negotiation, InstallChildSa& install) {
  const ipsec::Suite& suite = negotiation.suite;
  const bool small_block = !suite.encr->aead && suite.encr->block_bytes == 8;
  uint64_t bound = small_block ? kSmallBlockBytes : 0;
  if (negotiation.life_bytes != 0 && (bound == 0 || negotiation.life_bytes < bound)) bound = negotiation.life_bytes;
  const Limit bytes = Bounded(config.esp_rekey_bytes, bound);
  const Limit packets = Bounded(config.esp_rekey_packets, suite.esn ? 0 : kShortSequencePackets);
  install.soft_bytes = bytes.soft;
  install.hard_bytes = bytes.hard;
  install.soft_packets = packets.soft;
  install.hard_packets = packets.hard;
}

void BeginLife(Core& core, IkeSa& sa, ChildSa& child) {
  const TunnelConfig& config = *sa.config;
  const absl::Duration now = core.clock.BootTime();
  child.state = ChildState::kInstalled;
  child.installed = now;
  const absl::Duration margin = config.esp_rekey_margin * (child.lifetime / config.esp_lifetime);
  child.rekey_at = now + SoftLifetime(core, child.lifetime, margin, config.rekey_jitter_percent);
  child.expire_at = now + child.lifetime;
  core.Arm(TimerKind::kChildRekey, child.id, child.rekey_at);
  WatchInactivity(core, sa, child);
  Announce(core, EventType::kChildSaInstalled, sa, child,
           absl::StrFormat("CHILD_SA %s is installed: %s, SPIs %08x in, %08x out.", ChildName(sa, child),
                           EspSuiteName(child.suite), child.spi_in, child.spi_out));
  ResolveCollision(core, sa, child);
}

}  // namespace

absl::Duration SoftLifetime(Core& core, absl::Duration lifetime, absl::Duration margin, uint32_t jitter_percent) {
  const absl::Duration latest = std::max(lifetime - margin, lifetime / 10);
  const absl::Duration jitter = lifetime * (std::min<uint32_t>(jitter_percent, 100) / 100.0);
  return std::max(latest - (jitter - core.Jittered(jitter, 1.0)), lifetime / 10);
}

uint64_t InstallChild(Core& core, IkeSa& sa, ChildNegotiation negotiation, bool initiator, crypto::ChildKeys keys,
                      Activation activation) {
  const base::Bytes& ni = initiator ? negotiation.own_nonce : negotiation.peer_nonce;
  const base::Bytes& nr = initiator ? negotiation.peer_nonce : negotiation.own_nonce;
  auto child = std::make_unique<ChildSa>();
  child->id = core.NextId();
  child->pair = negotiation.pair;
  child->spi_in = negotiation.spi_in;
  child->spi_out = negotiation.spi_out;
  child->suite = negotiation.suite;
  child->ours = initiator;
  child->first = sa.handshake != nullptr;
  child->replaces = negotiation.replaces;
  child->lowest_nonce = std::min(ni, nr);
  child->transport = negotiation.transport;
  child->lifetime = std::min(sa.config->esp_lifetime, negotiation.lifetime);
  child->local = negotiation.local;
  child->remote = negotiation.remote;

  InstallChildSa install;
  install.sequence = core.NextSequence();
  install.id = child->id;
  install.ike_sa = sa.id;
  install.tunnel = sa.config;
  install.outbound = {negotiation.spi_out, std::move(initiator ? keys.encr_i : keys.encr_r),
                      std::move(initiator ? keys.integ_i : keys.integ_r)};
  install.inbound = {negotiation.spi_in, std::move(initiator ? keys.encr_r : keys.encr_i),
                     std::move(initiator ? keys.integ_r : keys.integ_i)};
  install.suite = EspSuiteName(negotiation.suite);
  install.esn = negotiation.suite.esn;
  install.replay_window = sa.config->replay_window;
  if (core.datapath) install.replay_window = std::min(install.replay_window, core.datapath->max_replay_window);
  install.local_selectors = std::move(negotiation.local);
  install.remote_selectors = std::move(negotiation.remote);
  install.path = PathOf(sa);
  install.replaces = sa.FindChild(negotiation.replaces) == nullptr ? 0 : negotiation.replaces;
  install.activation = activation;
  install.nat_keepalive = sa.nat.local;
  install.transport = negotiation.transport;
  install.tfc = negotiation.tfc;
  SetLimits(*sa.config, negotiation, install);

  const uint64_t id = child->id;
  core.AddChild(sa, std::move(child));
  core.installs[install.sequence] = id;
  core.Emit(std::move(install));
  return id;
}

void OnSaResult(Core& core, const SaResult& result) {
  const auto it = core.installs.find(result.sequence);
  if (it == core.installs.end()) {
    if (!result.status.ok()) core.OnLeaseFailed(result.sequence);
    return;
  }
  const uint64_t id = it->second;
  core.installs.erase(it);
  IkeSa* sa = core.FindIkeSaOfChild(id);
  if (sa == nullptr) return;  // the SA left meanwhile, and its Retire is on its way
  ChildSa& child = *sa->FindChild(id);
  if (result.status.ok()) {
    BeginLife(core, *sa, child);
  } else {
    Report(core, sa->tunnel, InstallFailed(At(core, *sa, Phase::kInstall, Side::kInitiator), result.status));
  }
  core.Touch(*sa);
  if (sa->ikev1 != nullptr) return ikev1::OnInstalled(core, *sa, id, result.status);
  Step step{.installed = result.status};
  if (sa->own != nullptr && sa->own->installing == id) {
    Dispatch(core, *sa, Trigger::kOwnInstalled, sa->own->task.story, step);
  } else if (sa->peer != nullptr && sa->peer->installing == id) {
    Dispatch(core, *sa, Trigger::kPeerInstalled, sa->peer->story, step);
  }
}

void RetireChild(Core& core, IkeSa& sa, uint64_t child, absl::Duration grace, const std::string& message) {
  const std::unique_ptr<ChildSa> retired = core.TakeChild(sa, child);
  if (retired == nullptr) return;
  core.Emit(RetireChildSa{core.NextSequence(), child, grace});
  Announce(core, EventType::kChildSaDeleted, sa, *retired, message);
  if (sa.tunnel != nullptr) core.Touch(*sa.tunnel);
}

bool RetireIfDeleted(Core& core, IkeSa& sa, uint64_t fresh) {
  const std::vector<uint32_t>& deleted = sa.own->deleted;
  const ChildSa& child = *sa.FindChild(fresh);
  if (std::find(deleted.begin(), deleted.end(), child.spi_out) == deleted.end()) return false;
  RetireChild(core, sa, fresh, absl::ZeroDuration(), "The peer deleted it.");
  return true;
}

void OnChildExpire(Core& core, uint64_t id, bool hard) {
  IkeSa* sa = core.FindIkeSaOfChild(id);
  if (sa == nullptr) return;
  ChildSa& child = *sa->FindChild(id);
  if (!hard) core.Arm(TimerKind::kChildExpire, id, child.expire_at);  // as with IKE SAs, not before it is needed
  if (!sa->live()) return;
  if (!hard) {
    if (child.state == ChildState::kInstalled) Enqueue(core, *sa, {Story::kRekeyChild, id});
    return;
  }
  if (child.state == ChildState::kDeleting) return;
  // One that was replaced goes quietly; one that should have been is worth a word.
  if (child.state != ChildState::kRekeyed) {
    Report(core, sa->tunnel, LifetimeExpired(At(core, *sa, Phase::kCreateChildSa, Side::kInitiator), "CHILD_SA"));
  }
  Enqueue(core, *sa, {Story::kDeleteChild, id});
}

}  // namespace culvert::iked
