// SPDX-License-Identifier: Apache-2.0
// validate, apply, export: the configuration as a file.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "cli/culvertctl/session.h"

namespace culvert::ctl {

// Needs no daemon: rules that depend on the box's addresses answer NOT_CHECKED. `file` "-" is standard input.
ExitCode Validate(Printer& printer, const std::string& file);

struct ApplyOptions {
  std::string file;
  bool dry_run = false;
  absl::Duration confirm_within;  // zero: permanent at once
  std::string comment;
};
ExitCode Apply(Session session, const ApplyOptions& options);

struct ExportOptions {
  int64_t revision = 0;    // 0: the running one
  bool effective = false;  // unset fields filled from their profiles
};
ExitCode Export(Session session, const ExportOptions& options);

}  // namespace culvert::ctl
