// SPDX-License-Identifier: Apache-2.0
// Descriptors handed from a parent to a child, in systemd's protocol (sd_listen_fds(3)): LISTEN_FDS counts those that
// start at 3, LISTEN_FDNAMES names them, separated by colons. culvertd or systemd may be the parent.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/unique_fd.h"

namespace culvert::daemon {

class Descriptors {
 public:
  Descriptors() = default;

  // Takes over what the environment announces, marks each close-on-exec and clears the variables, so that no
  // grandchild believes them. Empty where nothing was handed over or LISTEN_PID names another process.
  // InvalidArgument: the variables contradict each other or name a descriptor that is not open.
  static absl::StatusOr<Descriptors> FromEnvironment();

  void Add(absl::string_view name, base::UniqueFd fd);

  // The descriptor of that name, which is the caller's from now on. NotFound names it and what there is.
  absl::StatusOr<base::UniqueFd> Take(absl::string_view name);
  bool Has(absl::string_view name) const;
  // Every descriptor named PREFIX.0, PREFIX.1, … in that order; empty where there is none.
  std::vector<base::UniqueFd> TakeAll(absl::string_view prefix);

  std::vector<std::string> Names() const;

 private:
  std::vector<std::pair<std::string, base::UniqueFd>> entries_;
};

// The value of LISTEN_FDNAMES for these names, in order. Names hold no colon (CHECKed).
std::string ListenFdNames(const std::vector<std::string>& names);

}  // namespace culvert::daemon
