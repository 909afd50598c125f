// SPDX-License-Identifier: Apache-2.0
// A key exchange that is no secret and costs nothing: the public values are random, the shared one is their exclusive
// or. A simulation proves orders of events, not groups, and runs ten times as many of them.
#pragma once

#include "services/iked/engine/job.h"

namespace culvert::sim {

iked::JobResult RunFastJob(const iked::Job& job, base::Rng& rng);

}  // namespace culvert::sim
