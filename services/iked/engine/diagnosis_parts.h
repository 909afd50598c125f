// SPDX-License-Identifier: Apache-2.0
// What every diagnosis begins with; for the files that word them.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/diagnoses.h"

namespace culvert::iked {

inline Diagnosis Make(const Circumstance& c, DiagnosisCode code, std::string summary) {
  Diagnosis d;
  d.code = code;
  d.phase = c.phase;
  d.side = c.side;
  d.summary = std::move(summary);
  d.time = c.time;
  d.peer = c.peer;
  d.tunnel = c.tunnel;
  return d;
}

// "tunnels[to-b].ike.proposals"
inline std::string Field(const Circumstance& c, absl::string_view path) {
  return c.tunnel.empty() ? absl::StrCat("tunnels[].", path) : absl::StrCat("tunnels[", c.tunnel, "].", path);
}

}  // namespace culvert::iked
