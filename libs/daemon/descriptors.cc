// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"

namespace culvert::daemon {
namespace {

constexpr int kFirst = 3;    // SD_LISTEN_FDS_START
constexpr int kMost = 1024;  // more is a mistake, not a machine

std::string TakeVariable(const char* name) {
  const char* value = getenv(name);
  std::string copy = value == nullptr ? "" : value;
  unsetenv(name);
  return copy;
}

}  // namespace

absl::StatusOr<Descriptors> Descriptors::FromEnvironment() {
  const std::string pid = TakeVariable("LISTEN_PID");
  const std::string count_text = TakeVariable("LISTEN_FDS");
  const std::string names_text = TakeVariable("LISTEN_FDNAMES");
  Descriptors out;
  if (count_text.empty()) return out;
  // posix_spawn(3) cannot tell a child its pid beforehand, so culvertd leaves LISTEN_PID out; systemd sets it.
  if (!pid.empty() && pid != absl::StrCat(getpid())) return out;

  int count = 0;
  if (!absl::SimpleAtoi(count_text, &count) || count < 0 || count > kMost) {
    return absl::InvalidArgumentError(absl::StrCat("LISTEN_FDS=", count_text, " is not a number of descriptors"));
  }
  const std::vector<std::string> names =
      names_text.empty() ? std::vector<std::string>() : absl::StrSplit(names_text, ':');
  if (static_cast<int>(names.size()) != count) {
    return absl::InvalidArgumentError(
        absl::StrCat("LISTEN_FDS=", count, " but LISTEN_FDNAMES has ", names.size(), " names"));
  }
  for (int i = 0; i < count; ++i) {
    if (fcntl(kFirst + i, F_SETFD, FD_CLOEXEC) < 0) {
      return absl::InvalidArgumentError(absl::StrCat("descriptor ", kFirst + i, " (", names[i], ") is not open"));
    }
    out.Add(names[i], base::UniqueFd(kFirst + i));
  }
  return out;
}

void Descriptors::Add(absl::string_view name, base::UniqueFd fd) {
  entries_.emplace_back(std::string(name), std::move(fd));
}

absl::StatusOr<base::UniqueFd> Descriptors::Take(absl::string_view name) {
  auto it = std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == name; });
  if (it == entries_.end()) {
    return absl::NotFoundError(
        absl::StrCat("no descriptor \"", name, "\" was handed over; there are [", absl::StrJoin(Names(), ", "), "]"));
  }
  base::UniqueFd fd = std::move(it->second);
  entries_.erase(it);
  return fd;
}

bool Descriptors::Has(absl::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == name; });
}

std::vector<base::UniqueFd> Descriptors::TakeAll(absl::string_view prefix) {
  std::vector<base::UniqueFd> out;
  for (auto fd = Take(absl::StrCat(prefix, ".0")); fd.ok(); fd = Take(absl::StrCat(prefix, ".", out.size()))) {
    out.push_back(*std::move(fd));
  }
  return out;
}

std::vector<std::string> Descriptors::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, fd] : entries_) names.push_back(name);
  return names;
}

std::string ListenFdNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name.empty() || name.find(':') != std::string::npos) std::abort();
  }
  return absl::StrJoin(names, ":");
}

}  // namespace culvert::daemon
