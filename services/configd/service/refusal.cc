// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/refusal.h"

#include "absl/strings/str_cat.h"
#include "libs/daemon/status.h"

namespace culvert::configd {

absl::Status Refusal(const std::vector<Problem>& problems) {
  constexpr size_t kMostOctets = 4096;
  std::vector<daemon::FieldViolation> violations;
  size_t octets = 0;
  size_t errors = 0;
  std::string first;
  for (const Problem& problem : problems) {
    if (problem.severity() != Severity::ERROR) continue;
    if (errors++ == 0) first = absl::StrCat(problem.field(), problem.field().empty() ? "" : ": ", problem.message());
    std::string description = problem.message();
    if (!problem.suggestion().empty()) absl::StrAppend(&description, " → ", problem.suggestion());
    octets += problem.field().size() + description.size() + 40;
    if (octets <= kMostOctets) violations.push_back({problem.field(), description, CodeName(problem.code())});
  }
  const std::string others = errors > 1 ? absl::StrCat(" (and ", errors - 1, " more)") : "";
  absl::Status status = absl::InvalidArgumentError(absl::StrCat(first, others));
  status = daemon::WithReason(std::move(status), "CONFIGURATION_INVALID", {{"errors", absl::StrCat(errors)}});
  return daemon::WithFieldViolations(std::move(status), violations);
}

}  // namespace culvert::configd
