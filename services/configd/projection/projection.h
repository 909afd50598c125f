// SPDX-License-Identifier: Apache-2.0
// One configuration as each process needs it: profiles resolved, texts canonical, secrets decoded and for iked alone.
#pragma once

#include <cstdint>

#include "culvert/config/v1/config.pb.h"
#include "culvert/config/v1/snapshot.pb.h"

namespace culvert::configd {

struct Projections {
  config::v1::IkeSnapshot ike;
  config::v1::DatapathSnapshot datapath;
  config::v1::MetricsSnapshot metrics;
};

// `configuration` as typed, with its secrets, and without errors by ValidateConfiguration. Equal tunnels have equal
// digests, whatever the revision. Generation and revision are left to the caller.
Projections Project(const config::v1::Configuration& configuration);

}  // namespace culvert::configd
