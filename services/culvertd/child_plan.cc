// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/child_plan.h"

#include "absl/strings/str_cat.h"
#include "libs/daemon/process_names.h"

namespace culvert::culvertd {
namespace {

struct Row {
  const char* name;
  bool required;
  std::vector<std::string> descriptors;  // by prefix
};

// Start order: each finds those it calls already on their way. All reconnect by themselves, so nothing breaks in
// another.
const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = {
      {"configd", true, {}},
      {"fetchd", false, {}},
      {"espd", true, {"esp4500", "raw50", "tun", "cpu_dma_latency", "stray-out"}},
      {"sad", true, {}},
      {"iked", true, {"ike500", "ike4500", "route", "stray-in"}},
      {"metricsd", false, {}},
      {"apid", false, {}},
  };
  return rows;
}

std::vector<std::string> ArgumentsOf(const std::string& name, const PlanOptions& options) {
  std::vector<std::string> out = {
      absl::StrCat(options.program_directory, "/", name), absl::StrCat("--state-dir=", options.state_dir),
      absl::StrCat("--uid-base=", options.uid_base), absl::StrCat("--log-level=", options.log_level),
      absl::StrCat("--log-format=", options.log_format)};
  if (options.no_drop) out.push_back("--no-drop");
  if (name == "sad") out.push_back(absl::StrCat("--datapath=", options.userspace ? "userspace" : "auto"));
  if (name == "metricsd") out.push_back(absl::StrCat("--metrics-address=", options.metrics_address));
  return out;
}

// The API is for people of group culvert; every other socket for the processes among themselves.
daemon::SocketFile SocketOf(const std::string& name, const PlanOptions& options) {
  daemon::SocketFile file{.path = daemon::SocketPath(options.state_dir, name)};
  if (options.no_drop) return file;
  file.group = name == "apid" ? options.api_group : std::optional<gid_t>(daemon::SharedGroup(options.uid_base));
  return file;
}

}  // namespace

absl::StatusOr<ChildPlan> PlanChildren(const PlanOptions& options, const NamedDescriptors& named,
                                       const IsInstalled& is_installed) {
  ChildPlan plan;
  for (const Row& row : Rows()) {
    if (row.name == absl::string_view("espd") && !options.userspace) continue;
    SupervisedChild child;
    child.spec.name = row.name;
    child.spec.argv = ArgumentsOf(row.name, options);
    child.spec.descriptors = named(row.descriptors);
    child.socket = SocketOf(row.name, options);
    child.stops_first = row.name == absl::string_view("iked");
    if (is_installed(child.spec.argv[0])) {
      plan.children.push_back(std::move(child));
    } else if (row.required) {
      return absl::NotFoundError(absl::StrCat(child.spec.argv[0], " is not installed; culvertd starts its siblings"));
    } else {
      plan.missing.push_back(row.name);
    }
  }
  return plan;
}

}  // namespace culvert::culvertd
