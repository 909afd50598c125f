// SPDX-License-Identifier: Apache-2.0
// One configuration as each process needs it: profiles resolved, texts canonical, secrets decoded and for iked alone.
#pragma once

#include <cstdint>

#include "culvert/config/v1/config.pb.h"
#include "culvert/config/v1/snapshot.pb.h"

namespace culvert::configd {

// `configuration` as typed, with its secrets, and without errors by ValidateConfiguration. Equal tunnels have equal
// digests, whatever the revision.
config::v1::IkeSnapshot ProjectIke(const config::v1::Configuration& configuration);
config::v1::DatapathSnapshot ProjectDatapath(const config::v1::Configuration& configuration);
config::v1::MetricsSnapshot ProjectMetrics(const config::v1::Configuration& configuration);

}  // namespace culvert::configd
