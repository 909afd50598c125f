// SPDX-License-Identifier: Apache-2.0
// What some rules need to know of the box they run on.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/ip.h"

namespace culvert::configd {

struct HostFacts {
  struct Interface {
    std::string name;
    bool loopback = false;
    std::vector<base::Prefix> addresses{};  // with their on-link prefix lengths, host bits kept
  };
  std::vector<Interface> interfaces;

  bool HasInterface(absl::string_view name) const;
  bool HasAddress(const base::IpAddress& address) const;
};

// This network namespace, now (getifaddrs). Needs no privilege.
absl::StatusOr<HostFacts> ReadHostFacts();

}  // namespace culvert::configd
