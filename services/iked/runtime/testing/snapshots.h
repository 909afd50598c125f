// SPDX-License-Identifier: Apache-2.0
// Configurations for tests: tunnels by PSK "correct horse battery staple", small and fast suites.
#pragma once

#include <string>
#include <vector>

#include "culvert/config/v1/snapshot.pb.h"

namespace culvert::iked::testing {

// Starts by itself; carries 10.1.0.0/24 to 10.2.0.0/24. Identities are the addresses.
config::v1::IkeTunnel Tunnel(const std::string& name, const std::string& local, const std::string& remote);
// The same as the other side has it, answering only.
config::v1::IkeTunnel Mirrored(config::v1::IkeTunnel tunnel);

config::v1::IkeSnapshot Snapshot(uint64_t generation, const std::vector<config::v1::IkeTunnel>& tunnels,
                                 const std::string& psk = "correct horse battery staple");

}  // namespace culvert::iked::testing
