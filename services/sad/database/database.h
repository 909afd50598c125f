// SPDX-License-Identifier: Apache-2.0
// The SA and policy database: judges what iked asks for, keeps the order of rekeys, drives one datapath, counts per
// tunnel, and brings a datapath that restarted back in line.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/clock.h"
#include "services/sad/database/child_sa_table.h"
#include "services/sad/database/spi_allocator.h"
#include "services/sad/database/tunnel_traffic.h"
#include "services/sad/datapath/port.h"
#include "services/sad/policy/tunnel.h"

namespace culvert::sad {

struct TunnelReport {
  std::string tunnel;
  TrafficTotals totals;
  uint32_t child_sas = 0;  // without the retiring ones
};
struct TrafficReport {
  std::vector<TunnelReport> tunnels;  // each of the generation, whether up or down
  std::map<std::string, uint64_t> unattributed_drops;
  uint64_t refused_operations = 0;
};
struct ListedChildSa {
  ChildSaInfo info;
  ChildSaCounters counters;
  bool retiring = false;
};

class Database final : public DatapathListener {
 public:
  // Borrows all three. Begins to listen to the datapath at Start().
  Database(Datapath& datapath, const base::Clock& clock, base::Rng& rng)
      : datapath_(datapath), clock_(clock), spis_(rng) {}

  void Start() { datapath_.Start(this); }

  // ---- configuration ----
  // From now on this generation judges. Pairs that it does not allow any more are retired at once: an administrator's
  // word holds even while iked is away.
  void SetGeneration(std::shared_ptr<const Generation> generation) ABSL_LOCKS_EXCLUDED(order_, mutex_);
  // Sends them to the datapath now, and again whenever it was restarted.
  absl::Status SetPolicies(PolicySet policies) ABSL_LOCKS_EXCLUDED(order_, mutex_);
  uint64_t generation() const ABSL_LOCKS_EXCLUDED(mutex_);  // 0: none yet
  bool WaitForGeneration(absl::Duration timeout) const ABSL_LOCKS_EXCLUDED(mutex_);

  // ---- iked ----
  absl::StatusOr<std::vector<uint32_t>> LeaseSpis(size_t count) ABSL_LOCKS_EXCLUDED(mutex_);
  // In order, one status each. Idempotent by content: the same install again is OK, another one under the same id is
  // ALREADY_EXISTS. Refused ones (PERMISSION_DENIED) never reach the datapath and are counted.
  std::vector<absl::Status> Apply(std::vector<SaOperation> operations) ABSL_LOCKS_EXCLUDED(order_, mutex_);
  // iked attached: these child SAs live and, unless empty, these leased SPIs are held. Every other child SA is retired,
  // every other lease taken back; a child SA that is not here any more is reported as expired.
  void Reconcile(std::span<const uint64_t> child_sas, std::span<const uint32_t> spis)
      ABSL_LOCKS_EXCLUDED(order_, mutex_);
  // Who gets the events; replaces the one before. Called one at a time; must not call back into the database.
  void SetEventSink(std::function<void(const DatapathEvent&)> sink) ABSL_LOCKS_EXCLUDED(sink_mutex_);

  // Who hears that the path to a peer is narrower than was thought. Called from the datapath's thread; must not block.
  void SetNarrowPathSink(std::function<void(const base::IpAddress& remote)> sink) ABSL_LOCKS_EXCLUDED(sink_mutex_);
  // Names of the tunnels whose packets go to that peer now.
  std::vector<std::string> TunnelsTo(const base::IpAddress& remote) const ABSL_LOCKS_EXCLUDED(mutex_);

  // ---- readers ----
  std::vector<ListedChildSa> List(absl::string_view tunnel) ABSL_LOCKS_EXCLUDED(mutex_);  // "": all
  TrafficReport ReadTraffic() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<Capabilities> Probe() { return datapath_.Probe(); }

  // Lets go of pairs whose grace ended. Returns when to call again at the latest.
  absl::Duration Tick() ABSL_LOCKS_EXCLUDED(order_, mutex_);

  // ---- DatapathListener ----
  void OnEvent(const DatapathEvent& event) override;
  void OnReady() override ABSL_LOCKS_EXCLUDED(order_, mutex_);

 private:
  absl::Status Admit(const ChildSa& sa, bool* forward) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Admit(const RetireChildSa& retire, bool* forward) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Admit(const UpdatePath& update, bool* forward) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeBack(uint64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);  // an admitted install that the datapath refused
  void Forget(uint64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);    // a pair that is gone
  std::vector<absl::Status> ApplyInOrder(std::vector<SaOperation> operations) ABSL_EXCLUSIVE_LOCKS_REQUIRED(order_)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void RetireAll(std::vector<uint64_t> ids) ABSL_EXCLUSIVE_LOCKS_REQUIRED(order_) ABSL_LOCKS_EXCLUDED(mutex_);
  void ReadCounters() ABSL_LOCKS_EXCLUDED(mutex_);

  Datapath& datapath_;
  const base::Clock& clock_;

  // Whoever changes what the datapath holds owns `order_` until the datapath answered; `mutex_` guards our own view of
  // it and is never held across a call, so that readers wait for nobody.
  absl::Mutex order_ ABSL_ACQUIRED_BEFORE(mutex_);
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Generation> generation_ ABSL_GUARDED_BY(mutex_);
  PolicySet policies_ ABSL_GUARDED_BY(order_);
  SpiAllocator spis_ ABSL_GUARDED_BY(mutex_);
  ChildSaTable table_ ABSL_GUARDED_BY(mutex_);
  TunnelTraffic traffic_ ABSL_GUARDED_BY(mutex_);
  bool adopted_ ABSL_GUARDED_BY(mutex_) = false;  // what the datapath held when we started is in the table
  uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;

  absl::Mutex sink_mutex_;
  std::function<void(const DatapathEvent&)> sink_ ABSL_GUARDED_BY(sink_mutex_);
  std::function<void(const base::IpAddress&)> narrow_path_sink_ ABSL_GUARDED_BY(sink_mutex_);
};

}  // namespace culvert::sad
