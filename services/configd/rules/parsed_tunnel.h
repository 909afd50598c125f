// SPDX-License-Identifier: Apache-2.0
// The texts of a tunnel as values, parsed once for all rules and for the projections.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "culvert/config/v1/config.pb.h"
#include "libs/base/ip.h"
#include "libs/ipsec/identity.h"
#include "libs/ipsec/proposal.h"
#include "services/configd/form/problem.h"

namespace culvert::configd {

struct ParsedTunnel {
  struct Peer {
    std::string text;                          // host name or address as typed
    std::optional<base::IpAddress> address{};  // where it is one
  };

  std::optional<base::IpAddress> local_address;  // nullopt: chosen by route
  std::vector<Peer> peers;                       // in order; empty: any
  ipsec::Identity local_identity, remote_identity;
  std::vector<base::Prefix> local_subnets, remote_subnets;  // masked; empty: the host's own address
  std::vector<ipsec::Proposal> ike_proposals, esp_proposals;
};

// What cannot be parsed is reported and left out. `effective` is completed from its profile; `path` is its own.
ParsedTunnel ParseTunnel(const config::v1::Tunnel& effective, absl::string_view path, Problems* problems);

}  // namespace culvert::configd
