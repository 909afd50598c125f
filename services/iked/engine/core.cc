// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/core.h"

#include <algorithm>

#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/timers.h"
#include "services/iked/engine/transitions.h"
#include "services/iked/engine/tunnel_state.h"

namespace culvert::iked {
namespace {

bool RunsOnBoottime(TimerKind kind) {
  switch (kind) {
    case TimerKind::kIkeRekey:
    case TimerKind::kIkeExpire:
    case TimerKind::kLiveness:
    case TimerKind::kChildRekey:
    case TimerKind::kChildExpire:
    case TimerKind::kInactivity:
      return true;
    default:
      return false;
  }
}

void AppendIdentity(std::string& key, const ipsec::Identity& identity) {
  key.push_back(static_cast<char>(identity.type));
  key.push_back(static_cast<char>(identity.bytes.size()));
  key.append(identity.bytes.begin(), identity.bytes.end());
}

}  // namespace

Core::Core(const base::Clock& c, base::Rng& r, uint64_t first_id)
    : clock(c), rng(r), cookies(r), notices(5, 20), rebuttals(10, 20), last_id_(first_id) {}

void Core::Arm(TimerKind kind, uint64_t object, absl::Duration when) {
  Emit(ArmTimer{{kind, object}, RunsOnBoottime(kind) ? TimerClock::kBoottime : TimerClock::kMonotonic, when});
}

IkeSa& Core::CreateIkeSa(bool initiator, uint64_t local_spi) {
  auto sa = std::make_unique<IkeSa>();
  sa->id = NextId();
  sa->local_spi = local_spi != 0 ? local_spi : NewIkeSpi();
  sa->initiator = sa->dialed = initiator;
  sa->last_in = clock.BootTime();
  IkeSa& created = *sa;
  ike_sas_.emplace(created.local_spi, std::move(sa));
  return created;
}

IkeSa* Core::FindIkeSa(uint64_t local_spi) const {
  const auto it = ike_sas_.find(local_spi);
  return it == ike_sas_.end() ? nullptr : it->second.get();
}

IkeSa* Core::FindIkeSaOfChild(uint64_t child) const {
  const auto it = child_owner_.find(child);
  return it == child_owner_.end() ? nullptr : FindIkeSa(it->second);
}

IkeSa* Core::FindInit(uint64_t initiator_spi, const base::Endpoint& remote) const {
  const auto it = inits_.find({initiator_spi, remote});
  return it == inits_.end() ? nullptr : FindIkeSa(it->second);
}

void Core::SetState(IkeSa& sa, IkeState state) {
  if (sa.state == state) return;
  const bool was_half_open = sa.state != IkeState::kNew && !sa.initiator && sa.half_open();
  const bool was_bounded = StayLimit(sa.state) != absl::InfiniteDuration();
  sa.state = state;
  Touch(sa);
  const bool is_half_open = !sa.initiator && sa.half_open();
  if (is_half_open != was_half_open) CountHalfOpen(sa, is_half_open ? 1 : -1);
  const absl::Duration limit = StayLimit(state);
  if (limit != absl::InfiniteDuration()) {
    Arm(TimerKind::kHalfOpen, sa.local_spi, clock.Monotonic() + limit);
  } else if (was_bounded) {
    Cancel(TimerKind::kHalfOpen, sa.local_spi);
  }
}

void Core::CountHalfOpen(const IkeSa& sa, int change) {
  half_open_ += static_cast<uint32_t>(change);
  const std::string key = PrefixKey(sa.init_remote.address);
  uint32_t& count = half_open_by_prefix_[key];
  count += static_cast<uint32_t>(change);
  if (count == 0) half_open_by_prefix_.erase(key);
}

uint32_t Core::half_open_of_prefix(const base::IpAddress& remote) const {
  const auto it = half_open_by_prefix_.find(PrefixKey(remote));
  return it == half_open_by_prefix_.end() ? 0 : it->second;
}

// A site's worth of addresses: /24, or /48 in IPv6 (RFC 6177).
std::string Core::PrefixKey(const base::IpAddress& address) {
  const base::ByteView bytes = address.bytes();
  return std::string(base::AsText(bytes.first(std::min<size_t>(bytes.size(), address.is_v4() ? 3 : 6))));
}

void Core::Destroy(IkeSa& sa) {
  if (sa.state == IkeState::kGone) return;
  for (const TimerKind kind : {TimerKind::kRetransmit, TimerKind::kIkeRekey, TimerKind::kIkeExpire,
                               TimerKind::kLiveness, TimerKind::kKeepalive, TimerKind::kTaskRetry}) {
    if (sa.established > -absl::InfiniteDuration() || kind == TimerKind::kRetransmit) Cancel(kind, sa.local_spi);
  }
  SetState(sa, IkeState::kGone);
  ReturnSpis(sa);
  ReleaseAddresses(*this, sa);
  if (const auto it = inits_.find({sa.remote_spi, sa.init_remote}); it != inits_.end() && it->second == sa.local_spi) {
    inits_.erase(it);
  }
  if (const auto it = same_peer_.find(PeerKey(sa.local_id, sa.remote_id)); it != same_peer_.end()) {
    std::erase(it->second, sa.local_spi);
    if (it->second.empty()) same_peer_.erase(it);
  }
  if (sa.tunnel != nullptr) {
    Recount(sa);
    std::erase(sa.tunnel->ike_sas, sa.local_spi);
    if (sa.tunnel->connecting == sa.local_spi) sa.tunnel->connecting = 0;
  }
  auto node = ike_sas_.extract(sa.local_spi);
  gone_.push_back(std::move(node.mapped()));
}

void Core::Settle() {
  while (!touched_.empty() || !touched_sas_.empty()) {  // reconciling may touch again
    for (const uint64_t spi : std::exchange(touched_sas_, {})) {
      IkeSa* sa = FindIkeSa(spi);
      if (sa == nullptr || sa->tunnel == nullptr) continue;
      Recount(*sa);
      Touch(*sa->tunnel);
    }
    if (touched_.empty()) break;
    Tunnel* tunnel = FindTunnel(touched_.extract(touched_.begin()).value());
    if (tunnel != nullptr) Reconcile(*this, *tunnel);
  }
  gone_.clear();
}

// A tunnel that serves any peer has thousands of IKE SAs: what they carry is summed up as it changes.
void Core::Recount(IkeSa& sa) {
  const auto count = [&sa](Coverage coverage) -> uint32_t* {
    if (coverage == Coverage::kNone) return nullptr;
    return coverage == Coverage::kAll ? &sa.tunnel->carried_whole : &sa.tunnel->carried_in_part;
  };
  if (uint32_t* before = count(sa.coverage)) --*before;
  sa.coverage = sa.live() ? CoverageOf(*sa.tunnel, sa) : Coverage::kNone;
  if (uint32_t* now = count(sa.coverage)) ++*now;
}

void Core::InsertTunnel(std::unique_ptr<Tunnel> tunnel) {
  index.Add(*tunnel);
  tunnels_by_number_[tunnel->number] = tunnel.get();
  tunnels[tunnel->name()] = std::move(tunnel);
}

void Core::EraseTunnel(Tunnel& tunnel) {
  index.Remove(tunnel);
  tunnels_by_number_.erase(tunnel.number);
  const std::string name = tunnel.name();
  tunnels.erase(name);
}

Tunnel* Core::FindTunnel(uint64_t number) const {
  const auto it = tunnels_by_number_.find(number);
  return it == tunnels_by_number_.end() ? nullptr : it->second;
}

void Core::BindTunnel(IkeSa& sa, Tunnel& tunnel) {
  sa.tunnel = &tunnel;
  sa.config = tunnel.config;
  tunnel.ike_sas.push_back(sa.local_spi);
}

std::string Core::PeerKey(const ipsec::Identity& local, const ipsec::Identity& remote) {
  std::string key;
  AppendIdentity(key, local);
  AppendIdentity(key, remote);
  return key;
}

void Core::RegisterPeer(IkeSa& sa) {
  same_peer_[PeerKey(sa.local_id, sa.remote_id)].push_back(sa.local_spi);
}

std::vector<IkeSa*> Core::SamePeer(const ipsec::Identity& local, const ipsec::Identity& remote) const {
  std::vector<IkeSa*> same;
  const auto it = same_peer_.find(PeerKey(local, remote));
  if (it == same_peer_.end()) return same;
  for (const uint64_t spi : it->second) {
    if (IkeSa* sa = FindIkeSa(spi)) same.push_back(sa);
  }
  std::sort(same.begin(), same.end(), [](const IkeSa* a, const IkeSa* b) { return a->id < b->id; });
  return same;
}

void Core::AddChild(IkeSa& sa, std::unique_ptr<ChildSa> child) {
  child_owner_[child->id] = sa.local_spi;
  sa.children.push_back(std::move(child));
  Touch(sa);
}

std::unique_ptr<ChildSa> Core::TakeChild(IkeSa& sa, uint64_t child) {
  const auto it =
      std::find_if(sa.children.begin(), sa.children.end(), [child](const auto& c) { return c->id == child; });
  if (it == sa.children.end()) return nullptr;
  std::unique_ptr<ChildSa> taken = std::move(*it);
  sa.children.erase(it);
  Touch(sa);
  child_owner_.erase(child);
  Cancel(TimerKind::kChildRekey, child);
  Cancel(TimerKind::kChildExpire, child);
  Cancel(TimerKind::kInactivity, child);
  return taken;
}

void Core::MoveChildren(IkeSa& from, IkeSa& to) {
  for (std::unique_ptr<ChildSa>& child : from.children) {
    child_owner_[child->id] = to.local_spi;
    to.children.push_back(std::move(child));
  }
  from.children.clear();
  Touch(from);
  Touch(to);
}

Encapsulation Core::EncapsulationOf(const TunnelConfig& tunnel) const {
  const bool prefers_udp = datapath && datapath->prefers_udp;
  return tunnel.encapsulation == Encapsulation::kAuto && prefers_udp ? Encapsulation::kForce : tunnel.encapsulation;
}

uint64_t Core::Ask(const IkeSa& sa, Priority priority, Job job) {
  const uint64_t serial = NextSerial();
  Compute compute{{sa.local_spi, serial}, priority, {}};  // job by assignment: GCC 12 warns of moves that it inlines
  compute.job = std::move(job);
  Emit(std::move(compute));
  return serial;
}

uint64_t Core::NewIkeSpi() {
  for (;;) {
    uint64_t spi = 0;
    rng.Fill({reinterpret_cast<uint8_t*>(&spi), sizeof(spi)});
    if (spi != 0 && !ike_sas_.contains(spi)) return spi;
  }
}

uint32_t Core::TakeSpi() {
  const uint32_t spi = spis.Take();
  LeaseMore();
  return spi;
}

void Core::ReturnSpis(const IkeSa& sa) {
  if (sa.handshake != nullptr && sa.handshake->child) spis.Return(sa.handshake->child->spi_in);
  if (sa.own != nullptr && sa.own->child) spis.Return(sa.own->child->spi_in);
}

void Core::LeaseMore() {
  if (!datapath) return;
  const uint32_t count = spis.Want();
  if (count == 0) return;
  lease_ = NextSequence();
  Emit(LeaseSpis{lease_, count});
}

void Core::OnLeaseFailed(uint64_t sequence) {
  if (sequence == lease_) Arm(TimerKind::kLease, 0, clock.Monotonic() + kLeaseRetry);
}

absl::Duration Core::Jittered(absl::Duration wait, double share) {
  uint32_t random = 0;
  rng.Fill({reinterpret_cast<uint8_t*>(&random), sizeof(random)});
  return wait * (1.0 - share * (random / 4294967296.0));
}

}  // namespace culvert::iked
