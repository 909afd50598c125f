// SPDX-License-Identifier: Apache-2.0
// What a tunnel's ESP proposals allow, and what that costs in every packet.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"

namespace culvert::sad {

// RFC 4303 2: what ESP adds to a payload besides padding. Octets.
struct EspCost {
  uint32_t fixed = 0;  // SPI, sequence number, IV and ICV
  uint32_t align = 4;  // payload, padding and the two octets behind it fill a multiple of this

  auto operator<=>(const EspCost&) const = default;
};

struct AllowedSuites {
  absl::flat_hash_set<std::string> suites;  // canonical keywords without the DH group: "aes128-sha256"
  std::vector<EspCost> costs;               // each different one, once
};

// INVALID_ARGUMENT names the word that is wrong.
absl::StatusOr<AllowedSuites> ParseSuites(std::span<const std::string> proposals);

// The largest inner packet whose ESP packet fits `outer_mtu` with whichever suite is chosen, in UDP (RFC 3948) or not,
// under an IPv4 or IPv6 header of `ip_header` octets. 0 where nothing fits.
uint32_t InnerMtu(uint32_t outer_mtu, uint32_t ip_header, std::span<const EspCost> costs);

}  // namespace culvert::sad
