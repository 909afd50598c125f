// SPDX-License-Identifier: Apache-2.0
#include "services/sad/database/child_sa_table.h"

#include <algorithm>
#include <utility>

namespace culvert::sad {

ChildSaEntry* ChildSaTable::Find(uint64_t id) {
  auto it = entries_.find(id);
  return it == entries_.end() ? nullptr : &it->second;
}

bool ChildSaTable::Insert(ChildSaInfo info) {
  const uint64_t id = info.id;
  auto [it, inserted] = entries_.try_emplace(id);
  if (inserted) it->second.info = std::move(info);
  return inserted;
}

void ChildSaTable::Retire(ChildSaEntry* entry, absl::Duration gone_at) {
  if (!entry->retiring()) retiring_.insert(entry->info.id);
  entry->gone_at = std::min(entry->gone_at, gone_at);
}

void ChildSaTable::Erase(uint64_t id) {
  entries_.erase(id);
  retiring_.erase(id);
}

std::vector<uint64_t> ChildSaTable::Gone(absl::Duration now) const {
  std::vector<uint64_t> gone;
  for (uint64_t id : retiring_) {
    if (entries_.at(id).gone_at <= now) gone.push_back(id);
  }
  return gone;
}

absl::Duration ChildSaTable::NextGone() const {
  absl::Duration next = absl::InfiniteDuration();
  for (uint64_t id : retiring_) next = std::min(next, entries_.at(id).gone_at);
  return next;
}

}  // namespace culvert::sad
