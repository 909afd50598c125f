// SPDX-License-Identifier: Apache-2.0
// Looking into the payloads of a decoded message, whichever version's: each is a type and a variant of bodies.
#pragma once

#include <variant>
#include <vector>

namespace culvert::wire {

// The first payload with such a body; null when there is none.
template <typename Body, typename Payload>
const Body* FirstBody(const std::vector<Payload>& payloads) {
  for (const Payload& p : payloads) {
    if (const Body* body = std::get_if<Body>(&p.body)) return body;
  }
  return nullptr;
}

// All of them, in order.
template <typename Body, typename Payload>
std::vector<const Body*> AllBodies(const std::vector<Payload>& payloads) {
  std::vector<const Body*> all;
  for (const Payload& p : payloads) {
    if (const Body* body = std::get_if<Body>(&p.body)) all.push_back(body);
  }
  return all;
}

}  // namespace culvert::wire
