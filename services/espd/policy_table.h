// SPDX-License-Identifier: Apache-2.0
// Which tunnel protects this flow? Tuple-space search: one hash table for each pair of prefix lengths that occurs, so a
// lookup costs as many probes as there are such pairs, whatever the number of tunnels. A worker's flow cache stands
// before it.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "kmod/core/selector.h"
#include "services/espd/tunnel.h"

namespace culvert::espd {

struct Policy {
  Tunnel* tunnel = nullptr;
  cv_selector selector = {};  // outbound view
  int32_t priority = 0;       // higher wins; then the longer destination prefix, then the longer source prefix
  bool acquire = false;
};

// Immutable once built.
class PolicyTable {
 public:
  explicit PolicyTable(const std::vector<Policy>& policies);

  // Null if no tunnel protects the flow.
  const Policy* Find(const cv_flow& flow) const;

 private:
  struct Key {
    std::array<uint8_t, 16> source{};
    std::array<uint8_t, 16> destination{};
    bool operator==(const Key&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& k) {
      return H::combine_contiguous(H::combine_contiguous(std::move(h), k.source.data(), 16), k.destination.data(), 16);
    }
  };
  // All policies whose ranges lie in prefixes of these lengths.
  struct Shape {
    uint8_t version;
    uint8_t source_bits, destination_bits;
    int32_t best;                                           // highest priority inside
    absl::flat_hash_map<Key, std::vector<Policy>> buckets;  // each in order of preference
  };
  static bool Better(const Policy& a, const Policy& b, const Shape& of_a, const Shape& of_b);

  std::vector<Shape> shapes_;  // highest `best` first
};

}  // namespace culvert::espd
