// SPDX-License-Identifier: Apache-2.0
#include "services/sad/guard/guard.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/host.h"
#include "libs/base/status_macros.h"
#include "libs/base/unique_fd.h"
#include "services/sad/guard/ruleset.h"

namespace culvert::sad {
namespace {

const std::string kTable = base::kNftTable;

}  // namespace

absl::Status Guard::Apply(std::shared_ptr<const Generation> generation) {
  absl::MutexLock lock(&mutex_);
  generation_ = std::move(generation);
  return Commit();
}

absl::Status Guard::Commit() {
  std::set<std::string> counters;
  if (auto known = nftables_.Counters(kTable); known.ok()) {
    for (const auto& [name, packets] : *known) counters.insert(name);
  } else if (!absl::IsNotFound(known.status())) {
    return known.status();
  }
  ASSIGN_OR_RETURN(identity_, nftables_.HasForeignSourceNat(kTable));
  GuardRuleset ruleset = MakeRuleset(*generation_, counters, identity_);
  RETURN_IF_ERROR(nftables_.Commit(ruleset.transaction));
  rules_ = std::move(ruleset.rules);
  ASSIGN_OR_RETURN(text_, nftables_.TableText(kTable));
  return absl::OkStatus();
}

absl::Status Guard::Save() {
  absl::MutexLock lock(&mutex_);
  return WriteFile(text_);
}

absl::StatusOr<bool> Guard::Mend() {
  absl::MutexLock lock(&mutex_);
  if (generation_ == nullptr) return false;
  absl::StatusOr<std::string> now = nftables_.TableText(kTable);
  if (!now.ok() && !absl::IsNotFound(now.status())) return now.status();
  ASSIGN_OR_RETURN(const bool identity, nftables_.HasForeignSourceNat(kTable));
  if (now.ok() && *now == text_ && identity == identity_) return false;
  RETURN_IF_ERROR(Commit());
  return true;
}

absl::StatusOr<absl::flat_hash_map<std::string, Guard::Report>> Guard::Read() {
  absl::MutexLock lock(&mutex_);
  absl::flat_hash_map<std::string, Report> reports;
  for (const auto& [tunnel, rules] : rules_) reports[tunnel].rules = rules;
  ASSIGN_OR_RETURN(const auto counters, nftables_.Counters(kTable));
  for (const auto& [name, packets] : counters) {
    if (auto it = reports.find(TunnelOfLeakCounter(name)); it != reports.end()) it->second.blocked_packets = packets;
  }
  return reports;
}

absl::Status Guard::WriteFile(const std::string& table) const {
  // Declared, deleted and defined anew: loading it twice leaves one table.
  const std::string text = absl::StrCat("table inet ", kTable, "\ndelete table inet ", kTable, "\n", table);
  const std::string beside = absl::StrCat(file_, ".new");
  auto failed = [&](const char* what) { return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", beside)); };
  const base::UniqueFd fd(open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (!fd.valid()) return failed("open");
  for (size_t done = 0; done < text.size();) {
    const ssize_t written = write(fd.get(), text.data() + done, text.size() - done);
    if (written < 0) return failed("write");
    done += static_cast<size_t>(written);
  }
  if (fsync(fd.get()) != 0) return failed("sync");
  if (rename(beside.c_str(), file_.c_str()) != 0) return failed("rename");
  return absl::OkStatus();
}

}  // namespace culvert::sad
