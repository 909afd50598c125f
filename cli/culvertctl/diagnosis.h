// SPDX-License-Identifier: Apache-2.0
// A diagnosis as a person reads it: what failed, what was expected and received, and what to change.
#pragma once

#include <string>

#include "culvert/ike/v1/ike.pb.h"

namespace culvert::ctl {

std::string DiagnosisText(const ike::v1::Diagnosis& diagnosis);

}  // namespace culvert::ctl
