// SPDX-License-Identifier: Apache-2.0
// Which processes run, in which order they start, with which options and descriptors: pure, so that it can be read and
// tested.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/culvertd/supervisor.h"

namespace culvert::culvertd {

struct PlanOptions {
  std::string program_directory;  // where culvertd's siblings are
  std::string state_dir;
  uint32_t uid_base = 0;
  bool no_drop = false;  // everything keeps culvertd's own user
  std::string log_level, log_format;
  std::string metrics_address;
  bool userspace = true;           // espd runs
  std::optional<gid_t> api_group;  // group culvert, where the host has it
};

struct ChildPlan {
  std::vector<SupervisedChild> children;  // in start order
  std::vector<std::string> missing;       // optional programs that are not installed
};

using NamedDescriptors =
    std::function<std::vector<std::pair<std::string, int>>(const std::vector<std::string>& prefixes)>;
using IsInstalled = std::function<bool(const std::string& path)>;

// NotFound names a program without which there is no gateway (configd, iked, sad, and espd for the user-space
// datapath).
absl::StatusOr<ChildPlan> PlanChildren(const PlanOptions& options, const NamedDescriptors& named,
                                       const IsInstalled& is_installed);

}  // namespace culvert::culvertd
