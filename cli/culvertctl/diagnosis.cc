// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/diagnosis.h"

#include "absl/strings/str_cat.h"

namespace culvert::ctl {

std::string DiagnosisText(const ike::v1::Diagnosis& diagnosis) {
  std::string out = absl::StrCat(ike::v1::DiagnosisCode::Value_Name(diagnosis.code()), ": ", diagnosis.summary(), "\n");
  const auto line = [&](const char* label, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&out, "  ", label, value, "\n");
  };
  line("peer      ", diagnosis.peer());
  line("expected  ", diagnosis.expected());
  line("received  ", diagnosis.received());
  line("look at   ", diagnosis.field());
  if (!diagnosis.likely_causes().empty()) absl::StrAppend(&out, "Likely causes, likeliest first:\n");
  for (const std::string& cause : diagnosis.likely_causes()) line("- ", cause);
  if (!diagnosis.fixes().empty()) absl::StrAppend(&out, "What to do:\n");
  for (const std::string& fix : diagnosis.fixes()) line("- ", fix);
  return out;
}

}  // namespace culvert::ctl
