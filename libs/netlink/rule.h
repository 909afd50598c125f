// SPDX-License-Identifier: Apache-2.0
// Routing policy rules: which table a packet is looked up in.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/netlink/socket.h"

namespace culvert::netlink {

struct Rule {
  base::Family family = base::Family::kIPv4;
  uint32_t priority = 0;  // lower is asked first
  uint32_t table = 0;
  uint32_t mark = 0;  // with `mask`; 0 and 0: any packet
  uint32_t mask = 0;

  auto operator<=>(const Rule&) const = default;
};

// Rules of both families that say no more than a Rule can; others are left out.
absl::StatusOr<std::vector<Rule>> ListRules(Socket& socket);

// Again with the same rule: no change, OK.
absl::Status AddRule(Socket& socket, const Rule& rule);
absl::Status DeleteRule(Socket& socket, const Rule& rule);  // gone already: OK

}  // namespace culvert::netlink
