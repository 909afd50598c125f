// SPDX-License-Identifier: Apache-2.0
// What every diagnosis is put together from. For the files diagnoses*.cc alone.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "services/iked/engine/diagnoses.h"

namespace culvert::iked {

Diagnosis Make(const Circumstance& c, DiagnosisCode code, std::string summary);

// "tunnels[to-b].ike.proposals"; "tunnels[].ike.proposals" where no tunnel is known.
std::string Field(const Circumstance& c, absl::string_view path);

// "aes256gcm16-prfsha384-x25519, aes128-sha256-modp2048".
std::string Join(Proposals proposals);
// "10.1.0.0/24 === 10.2.0.0/24".
std::string Pair(Selectors local, Selectors remote);

}  // namespace culvert::iked
