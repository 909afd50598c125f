// SPDX-License-Identifier: Apache-2.0
#include "services/sad/database/database.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/sad/policy/policy_check.h"

namespace culvert::sad {
namespace {

// A pair's counters are read this long before its grace ends, while the datapath still has them.
constexpr absl::Duration kLastReading = absl::Milliseconds(250);

bool ShortGrace(const SaOperation& operation) {
  const auto* retire = std::get_if<RetireChildSa>(&operation);
  return retire != nullptr && retire->grace <= kLastReading;
}

}  // namespace

// ---- configuration ----------------------------------------------------------------------------------------------

void Database::SetGeneration(std::shared_ptr<const Generation> generation) {
  absl::MutexLock order(&order_);
  std::vector<uint64_t> orphans;
  {
    absl::MutexLock lock(&mutex_);
    if (generation_ != nullptr) {
      for (const Tunnel& tunnel : generation_->tunnels()) {
        if (generation->Find(tunnel.name) == nullptr) traffic_.ForgetTunnel(tunnel.name);
      }
    }
    generation_ = std::move(generation);
    for (const auto& [id, entry] : table_.entries()) {
      if (!entry.retiring() && !CheckChildSa(*generation_, entry.info).ok()) orphans.push_back(id);
    }
  }
  RetireAll(std::move(orphans));
}

absl::Status Database::SetPolicies(PolicySet policies) {
  absl::MutexLock order(&order_);
  policies_ = std::move(policies);
  return datapath_.SetPolicies(policies_);
}

uint64_t Database::generation() const {
  absl::MutexLock lock(&mutex_);
  return generation_ == nullptr ? 0 : generation_->number();
}

bool Database::WaitForGeneration(absl::Duration timeout) const {
  auto has_one = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return generation_ != nullptr; };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&has_one), timeout);
}

// ---- iked -------------------------------------------------------------------------------------------------------

absl::StatusOr<std::vector<uint32_t>> Database::LeaseSpis(size_t count) {
  absl::MutexLock lock(&mutex_);
  return spis_.Lease(count);
}

std::vector<absl::Status> Database::Apply(std::vector<SaOperation> operations) {
  absl::MutexLock order(&order_);
  return ApplyInOrder(std::move(operations));
}

std::vector<absl::Status> Database::ApplyInOrder(std::vector<SaOperation> operations) {
  if (std::any_of(operations.begin(), operations.end(), ShortGrace)) ReadCounters();

  std::vector<absl::Status> results(operations.size());
  std::vector<SaOperation> admitted;
  std::vector<size_t> positions;  // of the admitted ones in `results`
  std::vector<uint64_t> installs(operations.size(), 0);
  admitted.reserve(operations.size());
  positions.reserve(operations.size());
  {
    absl::MutexLock lock(&mutex_);
    for (size_t i = 0; i < operations.size(); ++i) {
      bool forward = false;
      results[i] =
          std::visit([&](const auto& operation) ABSL_NO_THREAD_SAFETY_ANALYSIS { return Admit(operation, &forward); },
                     operations[i]);
      if (absl::IsPermissionDenied(results[i])) ++refused_;
      if (!forward) continue;
      if (const auto* sa = std::get_if<ChildSa>(&operations[i])) installs[i] = sa->info.id;
      positions.push_back(i);
      admitted.push_back(std::move(operations[i]));
    }
  }
  if (admitted.empty()) return results;

  std::vector<absl::Status> answers = datapath_.Apply(std::move(admitted));
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < answers.size(); ++i) {
    const size_t position = positions[i];
    if (!answers[i].ok() && installs[position] != 0) TakeBack(installs[position]);
    results[position] = std::move(answers[i]);
  }
  return results;
}

absl::Status Database::Admit(const ChildSa& sa, bool* forward) {
  const ChildSaInfo& info = sa.info;
  if (generation_ == nullptr) return absl::UnavailableError("no configuration yet");
  if (info.id == 0) return absl::InvalidArgumentError("a child SA needs an id");
  if (const ChildSaEntry* known = table_.Find(info.id); known != nullptr) {
    return known->info == info ? absl::OkStatus()
                               : absl::AlreadyExistsError(absl::StrCat("child SA ", info.id, " is another one"));
  }
  RETURN_IF_ERROR(CheckChildSa(*generation_, info));
  if (const ChildSaEntry* replaced = table_.Find(info.replaces);
      replaced != nullptr && replaced->info.tunnel != info.tunnel) {
    return absl::PermissionDeniedError(absl::StrCat("child SA ", info.id, " replaces one of ", replaced->info.tunnel));
  }
  if (!spis_.Use(info.spi_in).ok()) {
    return absl::PermissionDeniedError(absl::StrCat("child SA ", info.id, ": its inbound SPI was not leased"));
  }
  table_.Insert(info);
  traffic_.Begin(info.id, info.tunnel);
  *forward = true;
  return absl::OkStatus();
}

absl::Status Database::Admit(const RetireChildSa& retire, bool* forward) {
  ChildSaEntry* entry = table_.Find(retire.id);
  if (entry == nullptr) return absl::OkStatus();  // gone already, which is what was asked for
  table_.Retire(entry, clock_.Monotonic() + retire.grace);
  *forward = true;
  return absl::OkStatus();
}

absl::Status Database::Admit(const UpdatePath& update, bool* forward) {
  ChildSaEntry* entry = table_.Find(update.id);
  if (entry == nullptr) return absl::NotFoundError(absl::StrCat("no child SA ", update.id));
  if (entry->info.path == update.path) return absl::OkStatus();
  entry->info.path = update.path;
  *forward = true;
  return absl::OkStatus();
}

void Database::TakeBack(uint64_t id) {
  if (ChildSaEntry* entry = table_.Find(id); entry != nullptr) {
    spis_.Unuse(entry->info.spi_in);
    traffic_.End(id);
    table_.Erase(id);
  }
}

void Database::Forget(uint64_t id) {
  if (ChildSaEntry* entry = table_.Find(id); entry != nullptr) {
    spis_.Free(entry->info.spi_in);
    traffic_.End(id);
    table_.Erase(id);
  }
}

void Database::RetireAll(std::vector<uint64_t> ids) {
  if (ids.empty()) return;
  std::vector<SaOperation> operations;
  operations.reserve(ids.size());
  for (uint64_t id : ids) operations.push_back(RetireChildSa{id, absl::ZeroDuration()});
  // Where the datapath is away its answer does not matter: OnReady() retires whatever came back too much.
  ApplyInOrder(std::move(operations));
}

void Database::Reconcile(std::span<const uint64_t> child_sas, std::span<const uint32_t> spis) {
  std::vector<uint64_t> lost;
  {
    absl::MutexLock order(&order_);
    const absl::flat_hash_set<uint64_t> alive(child_sas.begin(), child_sas.end());
    std::vector<uint64_t> orphans;
    {
      absl::MutexLock lock(&mutex_);
      if (!spis.empty()) spis_.KeepLeases(spis);
      for (const auto& [id, entry] : table_.entries()) {
        if (!entry.retiring() && !alive.contains(id)) orphans.push_back(id);
      }
      for (uint64_t id : alive) {
        if (table_.Find(id) == nullptr) lost.push_back(id);
      }
    }
    RetireAll(std::move(orphans));
  }
  for (uint64_t id : lost) OnEvent(Expire{.child_sa = id, .hard = true});
}

void Database::SetNarrowPathSink(std::function<void(const base::IpAddress&)> sink) {
  absl::MutexLock lock(&sink_mutex_);
  narrow_path_sink_ = std::move(sink);
}

std::vector<std::string> Database::TunnelsTo(const base::IpAddress& remote) const {
  std::set<std::string> names;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, entry] : table_.entries()) {
    if (entry.info.path.remote.address == remote) names.insert(entry.info.tunnel);
  }
  return {names.begin(), names.end()};
}

void Database::SetEventSink(std::function<void(const DatapathEvent&)> sink) {
  absl::MutexLock lock(&sink_mutex_);
  sink_ = std::move(sink);
}

// ---- readers ----------------------------------------------------------------------------------------------------

void Database::ReadCounters() {
  // While the datapath is away the last reading stands.
  absl::StatusOr<CounterReading> reading = datapath_.ReadCounters();
  if (!reading.ok()) return;
  absl::MutexLock lock(&mutex_);
  traffic_.Observe(*reading);
}

std::vector<ListedChildSa> Database::List(absl::string_view tunnel) {
  ReadCounters();
  absl::MutexLock lock(&mutex_);
  std::vector<ListedChildSa> listed;
  for (const auto& [id, entry] : table_.entries()) {
    if (!tunnel.empty() && entry.info.tunnel != tunnel) continue;
    const ChildSaCounters* counters = traffic_.LastReading(id);
    listed.push_back({entry.info, counters != nullptr ? *counters : ChildSaCounters{.id = id}, entry.retiring()});
  }
  std::sort(listed.begin(), listed.end(), [](const auto& a, const auto& b) { return a.info.id < b.info.id; });
  return listed;
}

TrafficReport Database::ReadTraffic() {
  ReadCounters();
  absl::MutexLock lock(&mutex_);
  TrafficReport report{.tunnels = {}, .unattributed_drops = traffic_.unattributed(), .refused_operations = refused_};
  if (generation_ == nullptr) return report;
  absl::flat_hash_map<absl::string_view, uint32_t> pairs;
  for (const auto& [id, entry] : table_.entries()) {
    if (!entry.retiring()) ++pairs[entry.info.tunnel];
  }
  report.tunnels.reserve(generation_->tunnels().size());
  for (const Tunnel& tunnel : generation_->tunnels()) {
    auto it = pairs.find(tunnel.name);
    report.tunnels.push_back({tunnel.name, traffic_.Of(tunnel.name), it == pairs.end() ? 0 : it->second});
  }
  return report;
}

absl::Duration Database::Tick() {
  absl::Duration next;
  {
    absl::MutexLock lock(&mutex_);
    next = table_.NextGone();
  }
  if (next == absl::InfiniteDuration()) return next;
  if (next - clock_.Monotonic() <= kLastReading) ReadCounters();

  absl::MutexLock order(&order_);
  absl::MutexLock lock(&mutex_);
  const absl::Duration now = clock_.Monotonic();
  for (uint64_t id : table_.Gone(now)) Forget(id);
  next = table_.NextGone();
  return next - now > kLastReading ? next - kLastReading : next;
}

// ---- datapath ---------------------------------------------------------------------------------------------------

void Database::OnEvent(const DatapathEvent& event) {
  absl::MutexLock lock(&sink_mutex_);
  if (const auto* narrow = std::get_if<PathMtu>(&event)) {
    if (narrow_path_sink_) narrow_path_sink_(narrow->remote);
  } else if (sink_) {
    sink_(event);
  }
}

void Database::OnReady() {
  std::vector<uint64_t> lost;
  {
    absl::MutexLock order(&order_);
    absl::StatusOr<Inventory> inventory = datapath_.List();
    if (!inventory.ok()) return;  // away again: it will be ready another time

    std::vector<uint64_t> unwanted;
    {
      absl::MutexLock lock(&mutex_);
      absl::flat_hash_set<uint64_t> held;
      for (ChildSaInfo& info : inventory->sas) {
        const uint64_t id = info.id;
        held.insert(id);
        if (const ChildSaEntry* known = table_.Find(id); known != nullptr) {
          if (known->retiring()) unwanted.push_back(id);
          continue;
        }
        // At our own start these are what an earlier sad installed, and the first generation decides about those that
        // cannot be judged yet. Later they are installs whose answer was lost and retirements that were not heard.
        spis_.Adopt(info.spi_in);
        const bool allowed = !adopted_ && (generation_ == nullptr || CheckChildSa(*generation_, info).ok());
        traffic_.Begin(id, info.tunnel);
        table_.Insert(std::move(info));
        if (!allowed) unwanted.push_back(id);
      }
      adopted_ = true;
      std::vector<uint64_t> gone;
      for (const auto& [id, entry] : table_.entries()) {
        if (held.contains(id)) continue;
        gone.push_back(id);
        if (!entry.retiring()) lost.push_back(id);
      }
      for (uint64_t id : gone) Forget(id);
    }
    RetireAll(std::move(unwanted));
    if (policies_.generation != 0) datapath_.SetPolicies(policies_).IgnoreError();  // away again: see above
  }
  for (uint64_t id : lost) OnEvent(Expire{.child_sa = id, .hard = true});
}

}  // namespace culvert::sad
