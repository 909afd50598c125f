// SPDX-License-Identifier: Apache-2.0
// From a schedule that fails to one that fails with less.
#pragma once

#include "tests/sim/schedule.h"

namespace culvert::sim {

// Leaves out actions and spoils of the network for as long as something is still violated.
Schedule Shrink(Schedule failing);

}  // namespace culvert::sim
