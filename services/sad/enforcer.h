// SPDX-License-Identifier: Apache-2.0
// Makes a generation real, in an order that never leaks, and keeps it real while the host changes under it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/unique_fd.h"
#include "services/sad/database/database.h"
#include "services/sad/guard/guard.h"
#include "services/sad/guard/table_monitor.h"
#include "services/sad/host/host.h"

namespace culvert::sad {

// What of the host sad looks after. Absent with a datapath that carries nothing (`--datapath fake`).
struct HostDuties {
  Host host;
  std::unique_ptr<Guard> guard;
  TableMonitor tables;

  // `guard_file`: see Guard.
  static absl::StatusOr<std::unique_ptr<HostDuties>> Open(std::string guard_file);
};

class Enforcer {
 public:
  // Borrows the database.
  Enforcer(Database& database, std::unique_ptr<HostDuties> duties);
  ~Enforcer();

  // On failure the parts that were reached stay, and Run() tries again until it succeeds.
  absl::Status Apply(std::shared_ptr<const Generation> generation) ABSL_LOCKS_EXCLUDED(mutex_);

  // iked's word: these addresses are the tunnel's as long as its peer grants them. Replaces what it had; none: taken
  // off. NOT_FOUND: no such tunnel in this generation. The tunnel's selectors may then be narrowed to them.
  absl::Status SetVirtualIps(const std::string& tunnel, std::vector<base::IpAddress> addresses)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Until `stop_fd` is readable: follows links, addresses and routes, mends the guard, ends graces, repeats what
  // failed.
  void Run(int stop_fd) ABSL_LOCKS_EXCLUDED(mutex_);

  // A clean stop: routes and rules go, the guard stays.
  absl::Status Clear() ABSL_LOCKS_EXCLUDED(mutex_);

  // The gateway's own addresses, now and whenever they change. Replaces the one before.
  using AddressSink = std::function<void(const std::vector<base::IpAddress>&)>;
  void SetAddressSink(AddressSink sink) ABSL_LOCKS_EXCLUDED(mutex_);

  // Null where there is no guard.
  Guard* guard() { return duties_ == nullptr ? nullptr : duties_->guard.get(); }

 private:
  absl::Status Enforce() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status EnforceHost() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellAddresses() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnHostChanged() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnTablesChanged() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnNarrowPaths() ABSL_LOCKS_EXCLUDED(mutex_);
  void ApplyNarrowPaths(HostState* state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Retry() ABSL_LOCKS_EXCLUDED(mutex_);

  Database& database_;
  const std::unique_ptr<HostDuties> duties_;

  absl::Mutex mutex_;
  std::shared_ptr<const Generation> generation_ ABSL_GUARDED_BY(mutex_);  // with the virtual addresses
  Generation::VirtualIps virtual_ips_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);  // of the last attempt
  absl::flat_hash_map<std::string, uint32_t> path_mtus_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Generation> policies_of_ ABSL_GUARDED_BY(mutex_);  // that the database was given
  AddressSink address_sink_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::vector<base::IpAddress>> addresses_ ABSL_GUARDED_BY(mutex_);  // as last told

  // Peers behind a path that is narrower than our interface, with the tunnels that go there.
  absl::flat_hash_map<base::IpAddress, std::vector<std::string>> narrow_ ABSL_GUARDED_BY(mutex_);
  absl::Duration survey_again_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();  // CLOCK_MONOTONIC
  // From the datapath's thread to Run().
  absl::Mutex news_mutex_;
  absl::flat_hash_set<base::IpAddress> narrow_news_ ABSL_GUARDED_BY(news_mutex_);
  const base::UniqueFd news_;  // eventfd
};

}  // namespace culvert::sad
