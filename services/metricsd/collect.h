// SPDX-License-Identifier: Apache-2.0
// From what the sources said to what Prometheus reads. O(tunnels).
#pragma once

#include "services/metricsd/exposition.h"
#include "services/metricsd/readings.h"

namespace culvert::metricsd {

// kNormal leaves out series that are zero and rarely interesting, so that 10,000 tunnels stay scrapable: states that a
// tunnel is not in, and drop reasons other than replay, integrity, policy and firewall.
enum class Detail { kNormal, kFull };

void Collect(const Readings& readings, Detail detail, Exposition* out);

}  // namespace culvert::metricsd
