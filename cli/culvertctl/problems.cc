// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/problems.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/culvertctl/text.h"

namespace culvert::ctl {
namespace {

using config::v1::Plan;
using config::v1::Problem;
using config::v1::ProblemCode;
using config::v1::Severity;

struct KindRow {
  Plan::Kind::Value kind;
  absl::string_view sign;
  absl::string_view word;
};
constexpr KindRow kKinds[] = {
    {Plan::Kind::ADDED, "+", "added"},     {Plan::Kind::REMOVED, "-", "removed"},
    {Plan::Kind::ENABLED, "+", "enabled"}, {Plan::Kind::DISABLED, "-", "disabled"},
    {Plan::Kind::CHANGED, "~", "changed"},
};

const KindRow* FindKind(Plan::Kind::Value kind) {
  const auto* row =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const KindRow& each) { return each.kind == kind; });
  return row == std::end(kKinds) ? nullptr : row;
}

}  // namespace

std::string ProblemsText(absl::string_view file, const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) {
    absl::StrAppend(&out, file, ":");
    if (problem.line() > 0) absl::StrAppend(&out, problem.line(), ":");
    absl::StrAppend(&out, " ", absl::AsciiStrToLower(Severity::Value_Name(problem.severity())), ": ");
    if (!problem.field().empty()) absl::StrAppend(&out, problem.field(), ": ");
    absl::StrAppend(&out, problem.message());
    if (!problem.suggestion().empty()) absl::StrAppend(&out, " → ", problem.suggestion());
    absl::StrAppend(&out, " [", ProblemCode::Value_Name(problem.code()), "]\n");
  }
  return out;
}

std::string ProblemsSummary(const std::vector<Problem>& problems) {
  std::vector<std::string> parts;
  const auto add = [&](Severity::Value severity, absl::string_view noun) {
    const auto count = std::count_if(problems.begin(), problems.end(),
                                     [&](const Problem& problem) { return problem.severity() == severity; });
    if (count > 0) parts.push_back(CountText(static_cast<uint64_t>(count), noun));
  };
  add(Severity::ERROR, "error");
  add(Severity::WARNING, "warning");
  add(Severity::INFO, "remark");
  return parts.empty() ? "no problems" : absl::StrJoin(parts, ", ");
}

std::string PlanText(const Plan& plan) {
  std::string out;
  uint64_t untouched = 0;
  for (const Plan::TunnelChange& change : plan.changes()) {
    const KindRow* row = FindKind(change.kind());
    if (row == nullptr) {
      ++untouched;
      continue;
    }
    absl::StrAppend(&out, "  ", row->sign, " ", change.tunnel(), ": ", row->word);
    if (change.kind() == Plan::Kind::CHANGED) absl::StrAppend(&out, ": ", absl::StrJoin(change.fields(), ", "));
    if (change.sas_are_replaced()) absl::StrAppend(&out, " (what is up now is closed)");
    absl::StrAppend(&out, "\n");
  }
  if (out.empty()) out = "  no tunnel changes\n";
  if (untouched > 0) absl::StrAppend(&out, "  = ", CountText(untouched, "tunnel"), " untouched\n");
  return out;
}

}  // namespace culvert::ctl
