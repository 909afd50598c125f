// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/diagnosis_parts.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace culvert::iked {

Diagnosis Make(const Circumstance& c, DiagnosisCode code, std::string summary) {
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

std::string Field(const Circumstance& c, absl::string_view path) {
  return c.tunnel.empty() ? absl::StrCat("tunnels[].", path) : absl::StrCat("tunnels[", c.tunnel, "].", path);
}

std::string Join(Proposals proposals) {
  return absl::StrJoin(proposals, ", ", [](std::string* out, const ipsec::Proposal& p) {
    absl::StrAppend(out, p.ToString().empty() ? "nothing we know" : p.ToString());
  });
}

std::string Pair(Selectors local, Selectors remote) {
  return absl::StrCat(ipsec::ToString(local), " === ", ipsec::ToString(remote));
}

}  // namespace culvert::iked
