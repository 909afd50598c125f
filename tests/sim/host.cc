// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/host.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/iked/engine/testing/mock_wire.h"
#include "tests/sim/fast_dh.h"

namespace culvert::sim {
namespace {

// Every SPI and every id tells its host, and is never used twice.
constexpr uint32_t kSpis = 0x10000000;
constexpr uint64_t kIds = 1'000'000'000;
constexpr uint64_t kIdsOfALife = 1'000'000;

base::IpAddress AddressOf(int host) {
  return *base::IpAddress::Parse(host == 0 ? "192.0.2.1" : "192.0.2.2");
}

iked::TunnelConfig TunnelOf(int host, const Schedule& schedule, uint64_t generation) {
  iked::TunnelConfig tunnel =
      iked::testing::Tunnel("aes128gcm16-prfsha256-x25519", schedule.pfs ? "aes128gcm16-x25519" : "aes128gcm16");
  if (schedule.pairs == 2) tunnel.local_subnets = iked::testing::Subnets({"10.1.0.0/24", "10.3.0.0/24"});
  tunnel.layout = iked::ChildSaLayout::kPerPair;
  tunnel.retry_cap = absl::Seconds(8);
  tunnel.dpd = {.enabled = !schedule.gentle, .delay = absl::Seconds(5), .timeout = absl::Seconds(15)};
  if (host == 1) tunnel = iked::testing::Mirror(tunnel);
  if (schedule.both_dial) tunnel.startup = iked::Startup::kStart;
  const Lifetimes& lifetimes = schedule.lifetimes[host];
  tunnel.ike_lifetime = lifetimes.ike;
  tunnel.ike_rekey_margin = lifetimes.ike_margin;
  tunnel.esp_lifetime = lifetimes.esp;
  tunnel.esp_rekey_margin = lifetimes.esp_margin;
  tunnel.reauth = schedule.reauth;
  tunnel.digest = absl::StrCat(generation);
  return tunnel;
}

bool IsLifetime(iked::TimerKind kind) {
  using enum iked::TimerKind;
  return kind == kIkeRekey || kind == kIkeExpire || kind == kChildRekey || kind == kChildExpire;
}

}  // namespace

Host::Host(int index, const Schedule& schedule, Agenda& agenda, KeyLedger& ledger, Transmit transmit, Violated violated,
           Note note)
    : index_(index),
      schedule_(schedule),
      agenda_(agenda),
      ledger_(ledger),
      transmit_(std::move(transmit)),
      violated_(std::move(violated)),
      note_(std::move(note)),
      rng_(schedule.seed * 2 + static_cast<uint64_t>(index)),
      next_spi_(kSpis * static_cast<uint32_t>(index + 1)),
      ageless_from_(schedule.lives == absl::ZeroDuration() ? absl::InfiniteDuration() : agenda.now() + schedule.lives) {
}

void Host::Start() {
  ++life_;
  engine_ = std::make_unique<iked::Engine>(agenda_.clock(), rng_,
                                           kIds * static_cast<uint64_t>(index_ + 1) + kIdsOfALife * life_);
  Handle(iked::HostAddresses{{AddressOf(index_)}});
  Handle(iked::DatapathAttached{});
  Configure();
}

void Host::Crash() {
  engine_.reset();
  timers_.clear();
  leased_ = installed_ = 0;
  jobs_ = 0;
}

void Host::Configure() {
  iked::EngineConfig config = iked::testing::WithSecret("correct horse battery staple");
  config.generation = ++generation_;
  config.tunnels.push_back(std::make_shared<const iked::TunnelConfig>(TunnelOf(index_, schedule_, generation_)));
  Handle(iked::SnapshotChanged{std::make_shared<const iked::EngineConfig>(std::move(config))});
}

void Host::Handle(iked::Input input) {
  iked::Effects effects = engine_->Handle(std::move(input));
  for (iked::Effect& effect : effects) Perform(effect);
}

void Host::Inbound(uint32_t spi) {
  uint64_t id = 0;
  if (datapath_.Inbound(spi, &id) && up()) Handle(iked::FirstInbound{id});
}

void Host::ReachLimit(bool hard) {
  const std::map<uint64_t, Pair> pairs = datapath_.pairs();  // what follows may change them
  for (const auto& [id, pair] : pairs) Handle(iked::ChildExpire{id, hard});
}

absl::Duration Host::NextMove() const {
  absl::Duration next = absl::InfiniteDuration();
  for (const auto& [id, when] : timers_) {
    if (id.first == iked::TimerKind::kLiveness || (IsLifetime(id.first) && IsAgeless())) continue;
    next = std::min(next, when);
  }
  return next;
}

void Host::Later(absl::Duration at, std::function<void()> what) {
  agenda_.Post(at, [this, life = life_, then = std::move(what)] {
    if (up() && life == life_) then();
  });
}

void Host::AtSad(std::function<void()> what) {
  sad_free_at_ = std::max(sad_free_at_, agenda_.now()) + agenda_.Some(schedule_.datapath);
  Later(sad_free_at_, std::move(what));
}

void Host::Perform(iked::Effect& effect) {
  std::visit([this](auto& e) { Perform(e); }, effect);
}

void Host::Perform(iked::Compute& compute) {
  ++jobs_;
  auto result = std::make_shared<iked::JobResult>(RunFastJob(compute.job, rng_));
  Later(agenda_.now() + agenda_.Some(schedule_.jobs), [this, id = compute.id, result] {
    --jobs_;
    Handle(iked::JobDone{id, std::move(*result)});
  });
}

void Host::Perform(iked::LeaseSpis& lease) {
  AtSad([this, lease] {
    iked::SpisLeased leased{lease.sequence, {}};
    for (uint32_t i = 0; i < lease.count; ++i) leased.spis.push_back(++next_spi_);
    leased_ += lease.count;
    Handle(std::move(leased));
  });
}

void Host::Perform(iked::InstallChildSa& install) {
  ++installed_;
  AtSad([this, sa = std::make_shared<iked::InstallChildSa>(std::move(install))] {
    if (!ledger_.Enter(index_, true, sa->inbound) || !ledger_.Enter(index_, false, sa->outbound)) {
      violated_(absl::StrCat("a key of CHILD_SA ", sa->id, " is in use elsewhere"));
    }
    if (agenda_.Happens(schedule_.install_fails)) {
      return Handle(iked::SaResult{sa->sequence, absl::UnavailableError("the datapath is full")});
    }
    note_(absl::StrFormat("installs %d: in %x, out %x, replaces %d", sa->id, sa->inbound.spi, sa->outbound.spi,
                          sa->replaces));
    if (auto wrong = datapath_.Install(*sa)) violated_(*std::move(wrong));
    Handle(iked::SaResult{sa->sequence, absl::OkStatus()});
  });
}

void Host::Perform(iked::RetireChildSa& retire) {
  AtSad([this, retire] {
    note_(absl::StrCat("retires ", retire.id, ", grace ", absl::FormatDuration(retire.grace)));
    datapath_.Retire(retire.id, agenda_.now(), retire.grace);
    Handle(iked::SaResult{retire.sequence, absl::OkStatus()});
  });
}

void Host::Perform(iked::UpdatePath& update) {
  AtSad([this, sequence = update.sequence] { Handle(iked::SaResult{sequence, absl::OkStatus()}); });
}

void Host::Perform(iked::ReconcileChildSas& reconcile) {
  AtSad([this, reconcile] {
    datapath_.RetireAllBut({reconcile.child_sas.begin(), reconcile.child_sas.end()});
    Handle(iked::SaResult{reconcile.sequence, absl::OkStatus()});
  });
}

void Host::Perform(iked::QueryUsage& query) {
  AtSad([this, spi = query.ike_sa, idle = query.idle] { Handle(iked::ChildSaUsage{.ike_sa = spi, .idle = idle}); });
}

void Host::Perform(iked::ArmTimer& arm) {
  timers_[{arm.id.kind, arm.id.object}] = arm.when;
  if (arm.when == absl::InfiniteDuration()) return;
  agenda_.SetTimer(arm.when, [this, arm, life = life_] {
    if (!up() || life != life_) return;
    const auto it = timers_.find({arm.id.kind, arm.id.object});
    if (it == timers_.end() || it->second != arm.when) return;  // cancelled, or moved
    timers_.erase(it);
    if (IsLifetime(arm.id.kind) && IsAgeless()) return;
    Handle(iked::TimerFired{arm.id});
  });
}

void Host::Perform(iked::CancelTimer& cancel) {
  timers_.erase({cancel.id.kind, cancel.id.object});
}

void Host::Perform(iked::Publish& publish) {
  const iked::Event& event = *publish.event;
  note_(event.message);
  const bool expired = event.diagnosis && event.diagnosis->code == iked::DiagnosisCode::kLifetimeExpired;
  if (expired && schedule_.gentle) violated_(absl::StrCat("a lifetime came to its hard end: ", event.message));
}

void Host::Perform(iked::ResolvePath& path) {
  Later(agenda_.now() + agenda_.Some(schedule_.jobs), [this, tunnel = path.tunnel, attempt = path.attempt] {
    Handle(iked::PathResolved{tunnel, attempt,
                              std::vector<iked::PathCandidate>{{AddressOf(index_), AddressOf(1 - index_)}}});
  });
}

}  // namespace culvert::sim
