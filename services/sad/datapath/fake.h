// SPDX-License-Identifier: Apache-2.0
// A datapath in memory, for tests and benches. It keeps the rules of the port (rekey order, grace, idempotence) and a
// transcript of what it was told; traffic, events, limits and restarts happen when the test says so.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/clock.h"
#include "services/sad/datapath/port.h"

namespace culvert::sad {

class FakeDatapath final : public Datapath {
 public:
  // Without a transcript it can run for ever (`--datapath fake`).
  explicit FakeDatapath(const base::Clock& clock, bool transcript = true) : clock_(clock), recording_(transcript) {}

  void Start(DatapathListener* listener) override;
  void Stop() override {}
  absl::StatusOr<Capabilities> Probe() override;
  std::vector<absl::Status> Apply(std::vector<SaOperation> operations) override;
  absl::Status SetPolicies(const PolicySet& policies) override;
  absl::StatusOr<Inventory> List() override;
  absl::StatusOr<CounterReading> ReadCounters() override;

  // ---- the test's side ----
  void Raise(const DatapathEvent& event) { listener_->OnEvent(event); }
  // Inner octets through the pair, one packet each way. The first inbound one activates a pair that waits for it.
  void Pass(uint64_t id, uint64_t bytes_in, uint64_t bytes_out);
  void SetAvailable(bool available);  // false: every call answers UNAVAILABLE
  // As if the process had been killed. With `journal` the pairs live on and their counters start anew; without, all is
  // lost.
  void Restart(bool journal);
  uint64_t ActiveOf(const std::string& tunnel) const;  // id of the pair that sends; 0: none
  PolicySet policies() const;
  std::vector<std::string> TakeTranscript();  // "install 1 NOW", "retire 1 5s", "policies 3: to-b"

 private:
  struct Entry {
    ChildSaInfo info;
    ChildSaCounters counters = {};
    bool active = false;
    absl::Duration gone_at = absl::InfiniteDuration();  // CLOCK_MONOTONIC; finite once retired
  };
  absl::Status ApplyOne(const ChildSa& sa) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ApplyOne(const RetireChildSa& retire) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ApplyOne(const UpdatePath& update) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Activate(uint64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Expire() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);  // drops what is past its grace

  template <typename... Words>
  void Note(const Words&... words) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const base::Clock& clock_;
  const bool recording_;
  DatapathListener* listener_ = nullptr;
  mutable absl::Mutex mutex_;
  bool available_ ABSL_GUARDED_BY(mutex_) = true;
  std::map<uint64_t, Entry> sas_ ABSL_GUARDED_BY(mutex_);
  PolicySet policies_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> transcript_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace culvert::sad
