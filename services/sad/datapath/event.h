// SPDX-License-Identifier: Apache-2.0
// What a datapath notices by itself; sad passes it on to iked, all but PathMtu.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "libs/base/ip.h"
#include "libs/ipsec/selector.h"

namespace culvert::sad {

struct Acquire {  // a packet that matches a tunnel without an SA
  std::string tunnel;
  ipsec::TrafficSelector source;
  ipsec::TrafficSelector destination;
  bool operator==(const Acquire&) const = default;
};
struct Expire {  // at a limit, or because the datapath lost it (hard)
  uint64_t child_sa = 0;
  bool hard = false;
  bool operator==(const Expire&) const = default;
};
struct NatMapping {  // an authenticated packet came from elsewhere
  uint64_t child_sa = 0;
  base::Endpoint remote;
  bool operator==(const NatMapping&) const = default;
};
struct FirstInbound {
  uint64_t child_sa = 0;
  bool operator==(const FirstInbound&) const = default;
};
struct UnknownSpi {  // rate limited
  uint32_t spi = 0;
  base::Endpoint remote;
  bool operator==(const UnknownSpi&) const = default;
};
struct PathMtu {  // a packet did not fit the outer path; the kernel's route knows what does. sad's own affair
  base::IpAddress remote;
  bool operator==(const PathMtu&) const = default;
};

using DatapathEvent = std::variant<Acquire, Expire, NatMapping, FirstInbound, UnknownSpi, PathMtu>;

}  // namespace culvert::sad
