// SPDX-License-Identifier: Apache-2.0
#include "services/espd/datapath.h"

#include <poll.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::espd {
namespace {

constexpr absl::Duration kFoldAfter = absl::Seconds(60);  // without a packet
constexpr absl::Duration kFoldInterval = absl::Seconds(15);

bool SameTraffic(const ChildSa& a, const ChildSa& b) {
  static_assert(std::has_unique_object_representations_v<cv_selector>);
  return std::equal(a.selectors.begin(), a.selectors.end(), b.selectors.begin(), b.selectors.end(),
                    [](const cv_selector& x, const cv_selector& y) { return std::memcmp(&x, &y, sizeof(x)) == 0; });
}

}  // namespace

Tunnel* Datapath::TunnelNamed(const std::string& name) {
  std::unique_ptr<Tunnel>& tunnel = tunnels_[name];
  if (!tunnel) {
    tunnel = std::make_unique<Tunnel>(next_tunnel_++, name);
    tunnel_of_id_[tunnel->id] = tunnel.get();
  }
  return tunnel.get();
}

absl::Status Datapath::Install(const ChildSaConfig& config) {
  const std::lock_guard lock(mutex_);
  if (pairs_.contains(config.id)) return absl::OkStatus();
  Tunnel* tunnel = TunnelNamed(config.tunnel);
  auto sa = ChildSa::Create(config, tunnel, crypto_);
  if (sa.ok() && !shared_.sas.Insert(sa->get())) {
    sa = absl::AlreadyExistsError(absl::StrCat("another pair holds the slot of SPI ", config.inbound.spi));
  }
  if (!sa.ok()) {
    DropIfUnused(tunnel);
    return sa.status();
  }
  (*sa)->SetPathMtu(tunnel->path_mtu);
  (*sa)->order = ++last_install_;
  Entry& entry = pairs_[config.id];
  entry.sa = *std::move(sa);
  entry.activation = config.activation;
  entry.replaces = config.replaces;
  pairs_of_[tunnel].push_back(config.id);
  // Without a pair to wait for there is nothing to wait for.
  const bool nothing_to_replace = config.activation == Activation::kOnRetire && !pairs_.contains(config.replaces);
  if (config.activation == Activation::kNow || nothing_to_replace) Activate(entry);
  return absl::OkStatus();
}

// Into the tunnel's list, which readers walk meanwhile: the newest stands first, so this is one step but where a
// rekey's pair had to wait for another.
void Datapath::Activate(Entry& entry) {
  if (entry.active || entry.retiring) return;
  entry.active = true;
  ChildSa* const sa = entry.sa.get();
  ChildSa* newer = nullptr;
  std::atomic<ChildSa*>* link = &sa->tunnel->active;
  for (ChildSa* at = link->load(); at != nullptr && at->order > sa->order; at = link->load()) {
    newer = at;
    link = &at->next_active;
  }
  ChildSa* const older = link->load();
  sa->newer_active = newer;
  sa->next_active.store(older);
  if (older != nullptr) older->newer_active = sa;
  link->store(sa, std::memory_order_release);
  shared_.version.fetch_add(1);
  shared_.WakeWorkers();
}

// Out of the list; who stands on it still finds the older ones.
void Datapath::Deactivate(Entry& entry) {
  if (!entry.active) return;
  entry.active = false;
  ChildSa* const sa = entry.sa.get();
  ChildSa* const older = sa->next_active.load();
  std::atomic<ChildSa*>& link = sa->newer_active != nullptr ? sa->newer_active->next_active : sa->tunnel->active;
  if (older != nullptr) older->newer_active = sa->newer_active;
  link.store(older, std::memory_order_release);
  // Before it is retired: caches that point there are void from here on.
  shared_.version.fetch_add(1);
}

absl::Status Datapath::Retire(uint64_t id, absl::Duration grace) {
  const std::lock_guard lock(mutex_);
  const auto found = pairs_.find(id);
  if (found == pairs_.end()) return absl::OkStatus();
  Entry& entry = found->second;
  const std::vector<uint64_t>& siblings = pairs_of_[entry.sa->tunnel];
  // What waits for the peer to be ready is ready now, unless another pair has taken over meanwhile: then it is one of
  // two rekeys that crossed, and the peer may not have it yet.
  const bool taken_over = std::any_of(siblings.begin(), siblings.end(), [&](uint64_t other_id) {
    const Entry& other = pairs_.at(other_id);
    return other_id != id && other.active && !other.retiring && SameTraffic(*other.sa, *entry.sa);
  });
  for (const uint64_t other_id : siblings) {
    Entry& other = pairs_.at(other_id);
    const auto before = pairs_.find(other.replaces);
    const bool next = other.replaces == id || before == pairs_.end() || before->second.retiring;
    if (next && other_id != id && !taken_over && SameTraffic(*other.sa, *entry.sa)) Activate(other);
  }
  // It goes on sending through the grace where nothing else would: the peer may still have it, and clear text is no
  // alternative.
  const auto carries = [&](uint64_t other_id) {
    const Entry& other = pairs_.at(other_id);
    return other_id != id && other.active && !other.retiring;
  };
  entry.retiring = true;
  if (grace <= absl::ZeroDuration()) {
    Remove(id);
    return absl::OkStatus();
  }
  if (std::any_of(siblings.begin(), siblings.end(), carries)) Deactivate(entry);
  gone_at_.emplace(clock_.BootTime() + grace, id);
  return absl::OkStatus();
}

void Datapath::Remove(uint64_t id) {
  const auto found = pairs_.find(id);
  Tunnel* tunnel = found->second.sa->tunnel;
  Deactivate(found->second);
  std::unique_ptr<ChildSa> sa = std::move(found->second.sa);
  pairs_.erase(found);
  std::vector<uint64_t>& siblings = pairs_of_[tunnel];
  std::erase(siblings, id);
  shared_.sas.Remove(sa.get());
  if (siblings.empty()) pairs_of_.erase(tunnel);
  shared_.quiescence.Retire(std::move(sa));
  DropIfUnused(tunnel);
}

// A tunnel lives while policies name it or pairs belong to it.
void Datapath::DropIfUnused(Tunnel* tunnel) {
  if (tunnel->in_policies || pairs_of_.contains(tunnel)) return;
  const auto found = tunnels_.find(tunnel->name);
  tunnel_of_id_.erase(tunnel->id);
  shared_.quiescence.Retire(std::move(found->second));
  tunnels_.erase(found);
}

absl::Status Datapath::UpdatePath(uint64_t id, const OuterPathConfig& path) {
  const std::lock_guard lock(mutex_);
  const auto found = pairs_.find(id);
  if (found == pairs_.end()) return absl::NotFoundError(absl::StrCat("no child SA ", id));
  if (path.remote.address.is_none() || path.local.address.family() != path.remote.address.family()) {
    return absl::InvalidArgumentError("outer addresses missing or of two families");
  }
  ChildSa& sa = *found->second.sa;
  std::unique_ptr<const OuterPath> old(sa.path.exchange(new OuterPath(path)));
  shared_.quiescence.Retire(std::move(old));
  sa.mapping_told = 0;
  sa.SetPathMtu(sa.tunnel->path_mtu);
  return absl::OkStatus();
}

void Datapath::SetPolicies(const std::vector<PolicyConfig>& policies) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, tunnel] : tunnels_) tunnel->in_policies = false;
  std::vector<Policy> rows;
  for (const PolicyConfig& config : policies) {
    Tunnel* tunnel = TunnelNamed(config.tunnel);
    tunnel->in_policies = true;
    tunnel->path_mtu = config.path_mtu;
    for (const cv_selector& s : config.selectors) rows.push_back({tunnel, s, config.priority, config.acquire});
  }
  for (auto& [id, entry] : pairs_) entry.sa->SetPathMtu(entry.sa->tunnel->path_mtu);
  std::unique_ptr<const PolicyTable> old(shared_.policies.exchange(new PolicyTable(rows)));
  shared_.version.fetch_add(1);
  if (old) shared_.quiescence.Retire(std::move(old));
  std::vector<Tunnel*> all;
  for (const auto& [name, tunnel] : tunnels_) all.push_back(tunnel.get());
  for (Tunnel* tunnel : all) DropIfUnused(tunnel);
}

void Datapath::Expire(absl::Duration now) {
  while (!gone_at_.empty() && gone_at_.begin()->first <= now) {
    const uint64_t id = gone_at_.begin()->second;
    gone_at_.erase(gone_at_.begin());
    if (pairs_.contains(id)) Remove(id);  // ids are never used again, so a second retirement is harmless
  }
  FoldIdle(now);
  shared_.quiescence.Reclaim();
}

// An expanded key is fifty times the key itself: only pairs in use have theirs.
void Datapath::FoldIdle(absl::Duration now) {
  if (now < fold_at_) return;
  fold_at_ = now + kFoldInterval;
  const int64_t used_ms = absl::ToInt64Milliseconds(now - kFoldAfter);
  const auto fold = [&](const EspCipher& cipher, const Traffic& traffic) {
    if (traffic.last_boottime_ms.load(std::memory_order_relaxed) >= used_ms) return;
    if (std::unique_ptr<ExpandedKey> key = cipher.Fold()) shared_.quiescence.Retire(std::move(key));
  };
  for (const auto& [id, entry] : pairs_) {
    fold(*entry.sa->opener, entry.sa->in);
    fold(*entry.sa->sealer, entry.sa->out);
  }
}

std::vector<Notice> Datapath::Poll(absl::Duration timeout) {
  pollfd news = {shared_.news.get(), POLLIN, 0};
  if (poll(&news, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) > 0) {
    uint64_t count;
    [[maybe_unused]] const ssize_t got = read(shared_.news.get(), &count, sizeof(count));
  }
  std::vector<Notice> notices;
  const std::lock_guard lock(mutex_);
  for (SharedState::PerWorker& worker : shared_.workers) {
    Event event;
    while (worker.events.Pop(&event)) {
      Notice notice = {event, ""};
      if (event.kind == Event::Kind::kFirstInbound) {
        const auto found = pairs_.find(event.child_sa);
        if (found != pairs_.end() && found->second.activation == Activation::kOnFirstInbound) Activate(found->second);
      }
      if (event.kind == Event::Kind::kAcquire) {
        const auto found = tunnel_of_id_.find(event.tunnel);
        if (found == tunnel_of_id_.end()) continue;  // gone meanwhile
        notice.tunnel = found->second->name;
      }
      notices.push_back(std::move(notice));
    }
  }
  Expire(clock_.BootTime());
  return notices;
}

void Datapath::ReadSas(const std::function<void(const ChildSaReading&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : pairs_) visit({id, entry.sa->in, entry.sa->out});
}

void Datapath::ReadTunnels(const std::function<void(const TunnelReading&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, tunnel] : tunnels_) {
    const ChildSa* newest = tunnel->active.load();
    const uint32_t mtu = newest != nullptr ? newest->inner_mtu.load() : 0;
    visit({name, tunnel->drops_out, mtu});
  }
}

std::vector<uint64_t> Datapath::Ids() const {
  const std::lock_guard lock(mutex_);
  std::vector<uint64_t> ids;
  for (const auto& [id, entry] : pairs_) ids.push_back(id);
  return ids;
}

}  // namespace culvert::espd
