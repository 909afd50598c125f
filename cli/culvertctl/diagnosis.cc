// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/diagnosis.h"

#include "absl/strings/str_cat.h"

namespace culvert::ctl {

std::string DiagnosisText(const ike::v1::Diagnosis& diagnosis) {
  std::string out = absl::StrCat(ike::v1::DiagnosisCode::Value_Name(diagnosis.code()), ": ", diagnosis.summary(), "\n");
  const auto line = [&](const char* label, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&out, "  ", label, value, "\n");
  };
  line("look at   ", diagnosis.field());
  line("expected  ", diagnosis.expected());
  line("received  ", diagnosis.received());
  line("peer      ", diagnosis.peer());
  for (const std::string& cause : diagnosis.likely_causes()) line("because   ", cause);
  for (const std::string& fix : diagnosis.fixes()) line("mend it   ", fix);
  return out;
}

}  // namespace culvert::ctl
