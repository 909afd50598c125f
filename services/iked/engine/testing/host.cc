// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/testing/host.h"

#include "gtest/gtest.h"

namespace culvert::iked::testing {

namespace {
uint32_t FirstSpi(uint64_t seed) {
  return static_cast<uint32_t>(seed << 24 | 0x1000);
}
}  // namespace

Host::Host(std::string host_name, absl::string_view host_address, VirtualClock& c, uint64_t seed)
    : name(std::move(host_name)),
      address(*base::IpAddress::Parse(host_address)),
      clock(c),
      rng(seed),
      engine(std::make_unique<Engine>(clock, rng, seed * 1'000'000)),
      next_spi_(FirstSpi(seed)) {}

void Host::Configure(std::vector<TunnelConfig> tunnels, std::vector<std::pair<std::string, std::string>> secrets) {
  EngineConfig config;
  std::vector<ipsec::SecretSelectors> selectors;
  for (const auto& [selector, psk] : secrets) {
    SecretConfig secret{.name = selector.empty() ? "psk" : "psk-" + selector,
                        .psk = base::Secret::CopyOf(base::AsBytes(psk)),
                        .psk_previous = {}};
    selectors.push_back({secret.name, {}});
    if (!selector.empty()) selectors.back().selectors.push_back(*ipsec::Identity::Parse(selector));
    config.secrets.push_back(std::move(secret));
  }
  config.secret_matcher = ipsec::SecretMatcher(std::move(selectors));
  Configure(std::move(config), std::move(tunnels));
}

void Host::Configure(EngineConfig config, std::vector<TunnelConfig> tunnels) {
  config.generation = ++generation_;
  for (TunnelConfig& tunnel : tunnels)
    config.tunnels.push_back(std::make_shared<const TunnelConfig>(std::move(tunnel)));
  Configure(std::make_shared<const EngineConfig>(std::move(config)));
}

void Host::Configure(std::shared_ptr<const EngineConfig> config) {
  if (!attached_) {
    attached_ = true;
    Handle(HostAddresses{{address}});
    Handle(DatapathAttached{capabilities});
    HandleInbox();
  }
  Handle(SnapshotChanged{std::move(config)});
}

void Host::Restart() {
  engine = std::make_unique<Engine>(clock, rng, 500'000'000 + generation_);
  timers.clear();
  inbox.clear();
  outbox.clear();
  children.clear();
  attached_ = false;
}

void Host::Handle(Input input) {
  Effects effects = engine->Handle(std::move(input));
  for (Effect& effect : effects) Perform(effect);
}

void Host::HandleInbox() {
  while (!inbox.empty()) {
    Input input = std::move(inbox.front());
    inbox.pop_front();
    Handle(std::move(input));
  }
}

JobResult Host::Compute(const Job& job) {
  JobResult result = RunJob(job, rng);
  if (!first_shared.empty() || !result.ok()) return result;
  if (const auto* derived = std::get_if<DhDerived>(&*result)) first_shared = derived->shared.Clone();
  if (const auto* responded = std::get_if<DhResponded>(&*result)) first_shared = responded->shared.Clone();
  return result;
}

void Host::Perform(Effect& effect) {
  if (auto* send = std::get_if<Send>(&effect)) {
    outbox.push_back(std::move(*send));
  } else if (std::get_if<SendKeepalive>(&effect)) {
    ++keepalives;
  } else if (auto* compute = std::get_if<iked::Compute>(&effect)) {
    inbox.push_back(JobDone{compute->id, Compute(compute->job)});
  } else if (auto* lease = std::get_if<LeaseSpis>(&effect)) {
    ++leases;
    SpisLeased leased{lease->sequence, {}};
    for (uint32_t i = 0; i < lease->count; ++i) leased.spis.push_back(++next_spi_);
    inbox.push_back(std::move(leased));
  } else if (auto* install = std::get_if<InstallChildSa>(&effect)) {
    inbox.push_back(SaResult{install->sequence, install_status});
    const uint64_t id = install->id;
    if (install_status.ok()) children[id].sa = std::move(*install);
  } else if (auto* retire = std::get_if<RetireChildSa>(&effect)) {
    inbox.push_back(SaResult{retire->sequence, absl::OkStatus()});
    children[retire->id].retired = true;
    children[retire->id].grace = retire->grace;
  } else if (auto* update = std::get_if<UpdatePath>(&effect)) {
    inbox.push_back(SaResult{update->sequence, absl::OkStatus()});
    children[update->id].sa.path = update->path;
  } else if (auto* virtuals = std::get_if<SetVirtualIps>(&effect)) {
    inbox.push_back(SaResult{virtuals->sequence, absl::OkStatus()});
    virtual_ips[virtuals->tunnel] = virtuals->addresses;
  } else if (auto* query = std::get_if<QueryUsage>(&effect)) {
    ++usage_queries;
    inbox.push_back(ChildSaUsage{query->ike_sa, last_in, last_out, query->idle, counts});
  } else if (auto* arm = std::get_if<ArmTimer>(&effect)) {
    timers[{arm->id.kind, arm->id.object}] = {arm->clock, arm->when};
  } else if (auto* cancel = std::get_if<CancelTimer>(&effect)) {
    timers.erase({cancel->id.kind, cancel->id.object});
  } else if (auto* path = std::get_if<ResolvePath>(&effect)) {
    if (resolver_answers) Resolve(*path);
  } else if (auto* publish = std::get_if<Publish>(&effect)) {
    events.push_back(*publish->event);
  } else if (auto* command = std::get_if<CommandDone>(&effect)) {
    done.push_back(*command);
  }
}

void Host::Resolve(const ResolvePath& path) {
  PathResolved resolved{path.tunnel, path.attempt, std::vector<PathCandidate>{}};
  for (size_t i = 0; i < path.endpoints.size(); ++i) {
    const std::string& endpoint = path.endpoints[i];
    const auto known = names.find(endpoint);
    const std::vector<std::string> addresses =
        known == names.end() ? std::vector<std::string>{endpoint} : known->second;
    for (const std::string& text : addresses) {
      if (const auto remote = base::IpAddress::Parse(text); remote.ok()) {
        resolved.candidates->push_back({address, *remote, i});
      }
    }
  }
  if (resolved.candidates->empty()) resolved.candidates = absl::NotFoundError("NXDOMAIN");
  inbox.push_back(std::move(resolved));
}

TunnelView Host::Tunnel(absl::string_view tunnel) const {
  const std::vector<TunnelView> views = engine->Tunnels(tunnel);
  return views.empty() ? TunnelView{} : views.front();
}

IkeSaView Host::IkeSa() const {
  const std::vector<IkeSaView> views = engine->IkeSas();
  EXPECT_EQ(views.size(), 1u) << "at " << name;
  return views.empty() ? IkeSaView{} : views.front();
}

std::vector<const InstalledChild*> Host::LiveChildren() const {
  std::vector<const InstalledChild*> live;
  for (const auto& [id, child] : children) {
    if (!child.retired) live.push_back(&child);
  }
  return live;
}

const InstalledChild& Host::Child() const {
  static const InstalledChild none;
  const auto live = LiveChildren();
  EXPECT_EQ(live.size(), 1u) << "at " << name;
  return live.empty() ? none : *live.front();
}

const Diagnosis* Host::LastDiagnosis() const {
  for (auto it = events.rbegin(); it != events.rend(); ++it) {
    if (it->diagnosis) return &*it->diagnosis;
  }
  return nullptr;
}

bool Host::Saw(EventType type) const {
  for (const Event& event : events) {
    if (event.type == type) return true;
  }
  return false;
}

}  // namespace culvert::iked::testing
