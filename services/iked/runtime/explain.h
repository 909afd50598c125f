// SPDX-License-Identifier: Apache-2.0
// The story of a tunnel for a person: how it is, what went wrong, what was expected and what came, where to change it.
#pragma once

#include <span>
#include <string>

#include "absl/time/time.h"
#include "services/iked/engine/diagnosis.h"
#include "services/iked/engine/view.h"

namespace culvert::iked {

// `history` newest first. Several lines of plain text; times of day are in `zone`.
std::string Explain(const TunnelView& tunnel, std::span<const Diagnosis> history, absl::Time now, absl::TimeZone zone);

}  // namespace culvert::iked
