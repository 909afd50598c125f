// SPDX-License-Identifier: Apache-2.0
#include "services/sad/enforcer.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/daemon/log.h"

namespace culvert::sad {
namespace {

constexpr absl::Duration kRetry = absl::Seconds(1);
constexpr absl::Duration kNarrowSurvey = absl::Seconds(30);  // the kernel forgets what it learned of a path by itself
constexpr size_t kNarrowPaths = 4096;

PolicySet MakePolicies(const Generation& generation, const absl::flat_hash_map<std::string, uint32_t>& path_mtus) {
  PolicySet set{.generation = generation.number(), .policies = {}};
  for (const Tunnel& tunnel : generation.tunnels()) {
    if (!tunnel.enabled) continue;
    auto mtu = path_mtus.find(tunnel.name);
    set.policies.push_back({.tunnel = tunnel.name,
                            .local_selectors = tunnel.LocalSelectors(),
                            .remote_selectors = tunnel.RemoteSelectors(),
                            .acquire = tunnel.acquire,
                            .priority = tunnel.priority,
                            .path_mtu = mtu == path_mtus.end() ? 0 : mtu->second,
                            .forward_out = tunnel.forward_out,
                            .forward_in = tunnel.forward_in});
  }
  return set;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HostDuties>> HostDuties::Open(std::string guard_file) {
  ASSIGN_OR_RETURN(Host host, Host::Open());
  ASSIGN_OR_RETURN(Nftables nftables, Nftables::Open());
  ASSIGN_OR_RETURN(TableMonitor tables, TableMonitor::Open());
  return std::make_unique<HostDuties>(HostDuties{
      std::move(host), std::make_unique<Guard>(std::move(nftables), std::move(guard_file)), std::move(tables)});
}

Enforcer::Enforcer(Database& database, std::unique_ptr<HostDuties> duties)
    : database_(database), duties_(std::move(duties)), news_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  database_.SetNarrowPathSink([this](const base::IpAddress& remote) {
    absl::MutexLock lock(&news_mutex_);
    if (!narrow_news_.insert(remote).second) return;
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(news_.get(), &one, sizeof one);  // full: it is readable already
  });
}

Enforcer::~Enforcer() {
  database_.SetNarrowPathSink(nullptr);
}

absl::Status Enforcer::Apply(std::shared_ptr<const Generation> generation) {
  absl::MutexLock lock(&mutex_);
  absl::erase_if(virtual_ips_, [&](const auto& entry) { return generation->Find(entry.first) == nullptr; });
  generation_ = virtual_ips_.empty() ? std::move(generation) : generation->With(virtual_ips_);
  // Judge by it at once: iked has the same revision and may be negotiating already.
  database_.SetGeneration(generation_);
  status_ = Enforce();
  if (duties_ != nullptr && status_.ok()) {
    // The guard stands in the kernel; without the file it is only missing between the next boot and our start.
    if (absl::Status saved = duties_->guard->Save(); !saved.ok()) {
      daemon::LogWarning("the guard could not be written for the next boot", {{"error", saved}});
    }
  }
  return status_;
}

absl::Status Enforcer::SetVirtualIps(const std::string& tunnel, std::vector<base::IpAddress> addresses) {
  absl::MutexLock lock(&mutex_);
  if (generation_ == nullptr || generation_->Find(tunnel) == nullptr) {
    return absl::NotFoundError(absl::StrCat("no tunnel ", tunnel));
  }
  if (addresses.empty()) {
    virtual_ips_.erase(tunnel);
  } else {
    virtual_ips_[tunnel] = std::move(addresses);
  }
  generation_ = generation_->With(virtual_ips_);
  database_.SetGeneration(generation_);
  status_ = Enforce();
  return status_;
}

// The guard before everything, so that nothing new is ever unprotected; then the policies, so that the datapath knows
// what it is sent; the routes last. For what goes away the same order holds: while its route still stands, packets meet
// a datapath that drops them.
absl::Status Enforcer::Enforce() {
  if (duties_ != nullptr) RETURN_IF_ERROR(duties_->guard->Apply(generation_));
  return EnforceHost();
}

absl::Status Enforcer::EnforceHost() {
  HostPlan plan;
  if (duties_ != nullptr) {
    ASSIGN_OR_RETURN(HostState state, duties_->host.Survey(*generation_));
    ApplyNarrowPaths(&state);
    plan = MakePlan(*generation_, state);
  }
  if (policies_of_ != generation_ || plan.path_mtus != path_mtus_) {
    path_mtus_ = plan.path_mtus;
    policies_of_ = generation_;
    absl::Status sent = database_.SetPolicies(MakePolicies(*generation_, path_mtus_));
    // A datapath that is away gets them when it is back.
    if (!sent.ok() && !absl::IsUnavailable(sent)) return sent;
  }
  return duties_ == nullptr ? absl::OkStatus() : duties_->host.Apply(plan);
}

void Enforcer::Run(int stop_fd) {
  const base::SystemClock clock;
  const int host_fd = duties_ == nullptr ? -1 : duties_->host.monitor_fd();
  const int tables_fd = duties_ == nullptr ? -1 : duties_->tables.fd();
  // poll skips negative ones
  pollfd wait[] = {{stop_fd, POLLIN, 0}, {host_fd, POLLIN, 0}, {tables_fd, POLLIN, 0}, {news_.get(), POLLIN, 0}};
  while (true) {
    const absl::Duration next_grace = database_.Tick() - clock.Monotonic();
    const absl::Duration timeout = std::clamp(next_grace, absl::Milliseconds(10), kRetry);
    if (poll(wait, std::size(wait), static_cast<int>(absl::ToInt64Milliseconds(timeout))) < 0 && errno != EINTR) return;
    if (wait[0].revents != 0) return;
    if (wait[1].revents != 0) OnHostChanged();
    if (wait[2].revents != 0) OnTablesChanged();
    OnNarrowPaths();
    Retry();
  }
}

void Enforcer::OnHostChanged() {
  absl::MutexLock lock(&mutex_);
  if (!duties_->host.Changed()) return;
  TellAddresses();
  if (generation_ == nullptr || !status_.ok()) return;  // Retry() does it all
  status_ = EnforceHost();
  if (!status_.ok()) daemon::LogWarning("the host could not be followed", {{"error", status_}});
}

void Enforcer::OnNarrowPaths() {
  uint64_t count;
  const bool news = read(news_.get(), &count, sizeof count) > 0;
  const absl::Duration now = base::SystemClock().Monotonic();
  absl::flat_hash_set<base::IpAddress> remotes;
  if (news) {
    absl::MutexLock lock(&news_mutex_);
    remotes.swap(narrow_news_);
  }
  absl::MutexLock lock(&mutex_);
  if (!news && now < survey_again_) return;
  for (const base::IpAddress& remote : remotes) {
    if (narrow_.size() < kNarrowPaths) narrow_[remote] = database_.TunnelsTo(remote);
  }
  if (duties_ == nullptr || generation_ == nullptr || !status_.ok()) return;  // Retry() does it all
  status_ = EnforceHost();
  survey_again_ = narrow_.empty() ? absl::InfiniteDuration() : now + kNarrowSurvey;
}

void Enforcer::ApplyNarrowPaths(HostState* state) {
  absl::erase_if(narrow_, [&](const auto& path) {
    const uint32_t mtu = duties_->host.LearnedMtu(path.first);
    for (const std::string& tunnel : path.second) {
      const auto known = state->outer_mtus.find(tunnel);
      if (mtu != 0 && known != state->outer_mtus.end()) known->second = std::min(known->second, mtu);
    }
    return mtu == 0;
  });
}

void Enforcer::OnTablesChanged() {
  if (!duties_->tables.Drain()) return;
  const absl::StatusOr<bool> mended = duties_->guard->Mend();
  if (!mended.ok()) {
    daemon::LogError("the guard could not be mended", {{"error", mended.status()}});
    absl::MutexLock lock(&mutex_);
    if (generation_ != nullptr) status_ = mended.status();
  } else if (*mended) {
    daemon::LogWarning("another tool changed table inet culvert: mended");
  }
}

void Enforcer::Retry() {
  absl::MutexLock lock(&mutex_);
  if (generation_ == nullptr || status_.ok()) return;
  status_ = Enforce();
  if (status_.ok()) daemon::LogInfo("the configuration is in force", {{"generation", generation_->number()}});
}

absl::Status Enforcer::Clear() {
  absl::MutexLock lock(&mutex_);
  return duties_ == nullptr ? absl::OkStatus() : duties_->host.Clear();
}

void Enforcer::SetAddressSink(AddressSink sink) {
  absl::MutexLock lock(&mutex_);
  address_sink_ = std::move(sink);
  addresses_.reset();
  TellAddresses();
}

void Enforcer::TellAddresses() {
  if (!address_sink_) return;
  std::vector<base::IpAddress> now;
  if (duties_ != nullptr) {
    absl::StatusOr<std::vector<base::IpAddress>> listed = duties_->host.Addresses();
    if (!listed.ok()) return;
    now = *std::move(listed);
  }
  if (addresses_ == now) return;
  addresses_ = now;
  address_sink_(now);
}

}  // namespace culvert::sad
