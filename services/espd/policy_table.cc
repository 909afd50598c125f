// SPDX-License-Identifier: Apache-2.0
#include "services/espd/policy_table.h"

#include <algorithm>
#include <cstring>

namespace culvert::espd {
namespace {

std::array<uint8_t, 16> Masked(const uint8_t* address, int bits) {
  std::array<uint8_t, 16> out{};
  std::memcpy(out.data(), address, static_cast<size_t>(bits / 8));
  if (bits % 8 != 0) out[bits / 8] = address[bits / 8] & static_cast<uint8_t>(0xff00 >> (bits % 8));
  return out;
}

// Length of the shortest prefix that holds the whole range.
uint8_t CoveringBits(const cv_range& range, uint8_t version) {
  const int octets = version == 4 ? 4 : 16;
  for (int i = 0; i < octets; ++i) {
    const uint8_t different = range.first[i] ^ range.last[i];
    if (different != 0) return static_cast<uint8_t>(i * 8 + __builtin_clz(different) - 24);
  }
  return static_cast<uint8_t>(octets * 8);
}

}  // namespace

bool PolicyTable::Better(const Policy& a, const Policy& b, const Shape& of_a, const Shape& of_b) {
  if (a.priority != b.priority) return a.priority > b.priority;
  if (of_a.destination_bits != of_b.destination_bits) return of_a.destination_bits > of_b.destination_bits;
  return of_a.source_bits > of_b.source_bits;
}

PolicyTable::PolicyTable(const std::vector<Policy>& policies) {
  for (const Policy& policy : policies) {
    const cv_selector& s = policy.selector;
    const uint8_t source_bits = CoveringBits(s.source, s.version);
    const uint8_t destination_bits = CoveringBits(s.destination, s.version);
    auto shape = std::find_if(shapes_.begin(), shapes_.end(), [&](const Shape& x) {
      return x.version == s.version && x.source_bits == source_bits && x.destination_bits == destination_bits;
    });
    if (shape == shapes_.end()) {
      shape = shapes_.insert(shapes_.end(), Shape{s.version, source_bits, destination_bits, policy.priority, {}});
    }
    shape->best = std::max(shape->best, policy.priority);
    shape->buckets[Key{Masked(s.source.first, source_bits), Masked(s.destination.first, destination_bits)}].push_back(
        policy);
  }
  for (Shape& shape : shapes_) {
    for (auto& [key, bucket] : shape.buckets) {
      std::stable_sort(bucket.begin(), bucket.end(),
                       [](const Policy& a, const Policy& b) { return a.priority > b.priority; });
    }
  }
  std::stable_sort(shapes_.begin(), shapes_.end(), [](const Shape& a, const Shape& b) { return a.best > b.best; });
}

const Policy* PolicyTable::Find(const cv_flow& flow) const {
  const Policy* found = nullptr;
  const Shape* found_in = nullptr;
  for (const Shape& shape : shapes_) {
    if (found != nullptr && shape.best < found->priority) break;
    if (shape.version != flow.version) continue;
    const auto bucket = shape.buckets.find(
        Key{Masked(flow.source, shape.source_bits), Masked(flow.destination, shape.destination_bits)});
    if (bucket == shape.buckets.end()) continue;
    for (const Policy& policy : bucket->second) {
      if (!cv_selector_matches(&policy.selector, &flow, /*outbound=*/true)) continue;
      if (found == nullptr || Better(policy, *found, shape, *found_in)) {
        found = &policy;
        found_in = &shape;
      }
      break;  // the rest of the bucket is no better
    }
  }
  return found;
}

}  // namespace culvert::espd
