// SPDX-License-Identifier: Apache-2.0
// Two gateways with a configuration each, taken all the way: YAML, validation, projection, engine.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "services/iked/engine/diagnosis.h"
#include "tests/diagnosis/misconfiguration.h"

namespace culvert::diagnosis {

// The configuration of one gateway that is right but for the edits. The peer's is the mirror image.
std::string ConfigurationText(char gateway, std::span<const Edit> edits);

struct Outcome {
  std::optional<iked::Diagnosis> initiator;  // the first that each side told
  std::optional<iked::Diagnosis> responder;
  bool up = false;  // at both ends
};

// Fails the calling test when a configuration is refused: then it is no misconfiguration that two gateways could have.
Outcome Meet(const Misconfiguration& row);

}  // namespace culvert::diagnosis
