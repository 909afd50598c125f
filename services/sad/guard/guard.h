// SPDX-License-Identifier: Apache-2.0
// The leak guard: traffic that a tunnel's selectors cover is never sent or accepted in clear, whatever runs or does
// not. The kernel keeps the table when this process ends, cleanly or not; the next one takes it over and never doubles
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/sad/guard/nftables.h"
#include "services/sad/policy/tunnel.h"

namespace culvert::sad {

class Guard {
 public:
  // `file`: where Save() writes the table, for `culvertd --guard-only` at boot.
  Guard(Nftables nftables, std::string file) : file_(std::move(file)), nftables_(std::move(nftables)) {}

  // One atomic transaction. What was stopped so far stays counted.
  absl::Status Apply(std::shared_ptr<const Generation> generation) ABSL_LOCKS_EXCLUDED(mutex_);
  // Applies again where the table is not as we left it. True: it was not.
  absl::StatusOr<bool> Mend() ABSL_LOCKS_EXCLUDED(mutex_);
  // Replaces the file atomically. Apart from Apply(), which must not wait for a disk.
  absl::Status Save() ABSL_LOCKS_EXCLUDED(mutex_);

  struct Report {
    uint64_t blocked_packets = 0;
    uint32_t rules = 0;
  };
  // Of each enabled tunnel.
  absl::StatusOr<absl::flat_hash_map<std::string, Report>> Read() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status Commit() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteFile(const std::string& table) const;

  const std::string file_;
  absl::Mutex mutex_;
  Nftables nftables_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Generation> generation_ ABSL_GUARDED_BY(mutex_);
  std::string text_ ABSL_GUARDED_BY(mutex_);  // of the table as it was after our last commit
  bool identity_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<std::string, uint32_t> rules_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace culvert::sad
