// SPDX-License-Identifier: Apache-2.0
// What the leak guard protects: pairs of prefixes, each of one tunnel. Kernel sets of concatenated ranges refuse
// overlapping elements, and tunnels may overlap (a default route beside a branch), so they are cut until they do not.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/base/ip.h"

namespace culvert::sad {

struct Region {
  base::Prefix local;
  base::Prefix remote;  // of the same family
  uint32_t tunnel = 0;  // index in the generation

  bool Overlaps(const Region& other) const { return local.Overlaps(other.local) && remote.Overlaps(other.remote); }
  auto operator<=>(const Region&) const = default;
};

// `from` without `hole`, which lies within it or covers it; as few prefixes as can be.
std::vector<base::Prefix> Subtract(const base::Prefix& from, const base::Prefix& hole);

// Disjoint regions that cover the same pairs of addresses; where two overlapped, the earlier one has them.
// O(n log n) as long as few overlap.
std::vector<Region> Disjoint(const std::vector<Region>& regions);

}  // namespace culvert::sad
