// SPDX-License-Identifier: Apache-2.0
// What must hold of two gateways, whatever happened to them. Each check answers with the violation in words, or
// nullopt.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "tests/sim/host.h"

namespace culvert::sim {

// Of a network at rest: one IKE SA, one CHILD_SA a pair, the same at both ends and in both datapaths; and nothing is
// left of what was before: no SA, no timer, no computation, no SPI.
std::optional<std::string> CheckRest(const Schedule& schedule, const Host& a, const Host& b);

// At every moment of a gentle schedule, once the tunnel was up: each gateway has a pair to send on for all its traffic,
// and the other receives on it. No packet meets a gap.
class NoGap {
 public:
  std::optional<std::string> Check(const Host& a, const Host& b);
  bool watching() const { return watching_; }

 private:
  std::set<std::string> selectors_[2];  // of the traffic that each has carried
  bool watching_ = false;
};

}  // namespace culvert::sim
