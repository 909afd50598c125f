// SPDX-License-Identifier: Apache-2.0
#include "services/sad/datapath/fake.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace culvert::sad {
namespace {

const char* Word(Activation activation) {
  switch (activation) {
    case Activation::kNow:
      return "NOW";
    case Activation::kOnFirstInbound:
      return "ON_FIRST_INBOUND";
    case Activation::kOnRetire:
      return "ON_RETIRE";
  }
  return "?";
}

const absl::Status& Away() {
  static const absl::Status status = absl::UnavailableError("the fake datapath is away");
  return status;
}

}  // namespace

template <typename... Words>
void FakeDatapath::Note(const Words&... words) {
  if (recording_) transcript_.push_back(absl::StrCat(words...));
}

void FakeDatapath::Start(DatapathListener* listener) {
  listener_ = listener;
  listener_->OnReady();
}

absl::StatusOr<Capabilities> FakeDatapath::Probe() {
  absl::MutexLock lock(&mutex_);
  if (!available_) return Away();
  return Capabilities{.name = "fake",
                      .raw_esp = true,
                      .udp_encapsulation = true,
                      .prefers_udp = false,
                      .suites = {"aes256gcm16", "aes128gcm16", "aes256-sha256", "aes128-sha256", "3des-sha1"},
                      .esn = true,
                      .max_replay_window = 4096};
}

std::vector<absl::Status> FakeDatapath::Apply(std::vector<SaOperation> operations) {
  absl::MutexLock lock(&mutex_);
  if (!available_) return std::vector<absl::Status>(operations.size(), Away());
  Expire();
  std::vector<absl::Status> results;
  results.reserve(operations.size());
  for (const SaOperation& operation : operations) {
    results.push_back(
        std::visit([this](const auto& o) ABSL_NO_THREAD_SAFETY_ANALYSIS { return ApplyOne(o); }, operation));
  }
  return results;
}

absl::Status FakeDatapath::ApplyOne(const ChildSa& sa) {
  const ChildSaInfo& info = sa.info;
  Note("install ", info.id, " ", Word(info.activation),
       info.replaces != 0 ? absl::StrCat(" replaces ", info.replaces) : "");
  if (!sas_.try_emplace(info.id, Entry{.info = info}).second) return absl::OkStatus();
  sas_[info.id].counters.id = info.id;
  // Without a predecessor there is nothing to wait for: the pair carries the traffic from now on.
  if (info.activation == Activation::kNow || !sas_.contains(info.replaces)) Activate(info.id);
  return absl::OkStatus();
}

absl::Status FakeDatapath::ApplyOne(const RetireChildSa& retire) {
  Note("retire ", retire.id, " ", absl::FormatDuration(retire.grace));
  auto it = sas_.find(retire.id);
  if (it == sas_.end()) return absl::OkStatus();
  for (auto& [id, entry] : sas_) {
    if (entry.info.replaces == retire.id && !entry.active) Activate(id);
  }
  it->second.active = false;
  it->second.gone_at = clock_.Monotonic() + retire.grace;
  Expire();
  return absl::OkStatus();
}

absl::Status FakeDatapath::ApplyOne(const UpdatePath& update) {
  Note("path ", update.id, " ", update.path.remote.ToString());
  auto it = sas_.find(update.id);
  if (it == sas_.end()) return absl::NotFoundError(absl::StrCat("no child SA ", update.id));
  it->second.info.path = update.path;
  return absl::OkStatus();
}

void FakeDatapath::Activate(uint64_t id) {
  Entry& entry = sas_[id];
  entry.active = true;
  if (auto replaced = sas_.find(entry.info.replaces); replaced != sas_.end()) replaced->second.active = false;
}

void FakeDatapath::Expire() {
  const absl::Duration now = clock_.Monotonic();
  std::erase_if(sas_, [now](const auto& item) { return item.second.gone_at <= now; });
}

absl::Status FakeDatapath::SetPolicies(const PolicySet& policies) {
  absl::MutexLock lock(&mutex_);
  if (!available_) return Away();
  policies_ = policies;
  Note("policies ", policies.generation, ": ",
       absl::StrJoin(policies.policies, " ",
                     [](std::string* out, const TunnelPolicy& policy) { absl::StrAppend(out, policy.tunnel); }));
  return absl::OkStatus();
}

absl::StatusOr<Inventory> FakeDatapath::List() {
  absl::MutexLock lock(&mutex_);
  if (!available_) return Away();
  Expire();
  Inventory inventory{.sas = {}, .policy_generation = policies_.generation};
  for (const auto& [id, entry] : sas_) inventory.sas.push_back(entry.info);
  return inventory;
}

absl::StatusOr<CounterReading> FakeDatapath::ReadCounters() {
  absl::MutexLock lock(&mutex_);
  if (!available_) return Away();
  Expire();
  CounterReading reading;
  for (const auto& [id, entry] : sas_) reading.sas.push_back(entry.counters);
  return reading;
}

void FakeDatapath::Pass(uint64_t id, uint64_t bytes_in, uint64_t bytes_out) {
  bool first = false;
  {
    absl::MutexLock lock(&mutex_);
    Entry& entry = sas_.at(id);
    first = bytes_in != 0 && entry.counters.packets_in == 0;
    if (first && entry.info.activation == Activation::kOnFirstInbound) Activate(id);
    entry.counters.bytes_in += bytes_in;
    entry.counters.packets_in += bytes_in != 0;
    entry.counters.bytes_out += bytes_out;
    entry.counters.packets_out += bytes_out != 0;
  }
  if (first) listener_->OnEvent(FirstInbound{id});
}

void FakeDatapath::SetAvailable(bool available) {
  absl::MutexLock lock(&mutex_);
  available_ = available;
}

void FakeDatapath::Restart(bool journal) {
  {
    absl::MutexLock lock(&mutex_);
    policies_ = {};
    if (!journal) sas_.clear();
    for (auto& [id, entry] : sas_) entry.counters = {.id = id};
  }
  listener_->OnReady();
}

uint64_t FakeDatapath::ActiveOf(const std::string& tunnel) const {
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, entry] : sas_) {
    if (entry.active && entry.info.tunnel == tunnel) return id;
  }
  return 0;
}

PolicySet FakeDatapath::policies() const {
  absl::MutexLock lock(&mutex_);
  return policies_;
}

std::vector<std::string> FakeDatapath::TakeTranscript() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(transcript_, {});
}

}  // namespace culvert::sad
