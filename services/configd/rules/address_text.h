// SPDX-License-Identifier: Apache-2.0
// The forms in which people write addresses, host names and networks, and what is wrong with each.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "libs/base/ip.h"
#include "services/configd/form/problem.h"

namespace culvert::configd {

// An address that a host can have: not multicast, unspecified, broadcast, link-local or v4-mapped. nullopt: reported.
std::optional<base::IpAddress> CheckHostAddress(absl::string_view text, absl::string_view field, Problems* problems);

// A peer by name or address. False: reported. `address` is set where `text` is one.
bool CheckPeer(absl::string_view text, absl::string_view field, Problems* problems,
               std::optional<base::IpAddress>* address);

// A network with its host bits cleared, which is a warning where there were any. nullopt: reported.
std::optional<base::Prefix> CheckSubnet(absl::string_view text, absl::string_view field, Problems* problems);

}  // namespace culvert::configd
