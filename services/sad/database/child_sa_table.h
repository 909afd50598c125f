// SPDX-License-Identifier: Apache-2.0
// The child SAs that the datapath holds, without their keys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/container/node_hash_map.h"
#include "absl/time/time.h"
#include "services/sad/datapath/child_sa.h"

namespace culvert::sad {

struct ChildSaEntry {
  ChildSaInfo info;
  // CLOCK_MONOTONIC. Finite once the pair is retired: when its grace ends and the datapath lets it go.
  absl::Duration gone_at = absl::InfiniteDuration();

  bool retiring() const { return gone_at != absl::InfiniteDuration(); }
};

class ChildSaTable {
 public:
  ChildSaEntry* Find(uint64_t id);
  // False: the id is taken.
  bool Insert(ChildSaInfo info);
  void Erase(uint64_t id);
  // A second retirement can only shorten the grace.
  void Retire(ChildSaEntry* entry, absl::Duration gone_at);

  // Ids whose grace ended at `now` or before; and when the next one ends.
  std::vector<uint64_t> Gone(absl::Duration now) const;
  absl::Duration NextGone() const;

  const absl::node_hash_map<uint64_t, ChildSaEntry>& entries() const { return entries_; }

 private:
  absl::node_hash_map<uint64_t, ChildSaEntry> entries_;
  absl::flat_hash_set<uint64_t> retiring_;  // few at any time: a grace is seconds
};

}  // namespace culvert::sad
