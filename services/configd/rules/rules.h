// SPDX-License-Identifier: Apache-2.0
// Everything that can be said about a configuration without a peer: every rule of every field, all problems at once.
#pragma once

#include <vector>

#include "culvert/config/v1/config.pb.h"
#include "services/configd/form/problem.h"
#include "services/configd/rules/host_facts.h"

namespace culvert::configd {

// `configuration` as its author wrote it: unset fields are filled from the profile here, so that a problem can say
// whether a value was typed or is a default. A field whose behaviour does not exist yet is NOT_YET_SUPPORTED, never
// ignored. `host` null: not on the box that will run it; rules about live addresses then answer NOT_CHECKED, and a
// secret without a value is taken for one that the box has kept.
std::vector<Problem> ValidateConfiguration(const config::v1::Configuration& configuration, const HostFacts* host);

}  // namespace culvert::configd
