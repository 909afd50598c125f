// SPDX-License-Identifier: Apache-2.0
// One tunnel's part of each projection.
#pragma once

#include "culvert/config/v1/config.pb.h"
#include "culvert/config/v1/snapshot.pb.h"
#include "libs/ipsec/identity.h"
#include "services/configd/rules/parsed_tunnel.h"

namespace culvert::configd {

config::v1::IkeTunnel IkeTunnelOf(const config::v1::Tunnel& effective, const ParsedTunnel& parsed,
                                  const config::v1::Configuration& configuration);
config::v1::DatapathTunnel DatapathTunnelOf(const config::v1::Tunnel& effective, const ParsedTunnel& parsed,
                                            const config::v1::Configuration& configuration);
config::v1::MetricsTunnel MetricsTunnelOf(const config::v1::Tunnel& effective);

// As a peer sees it, and as people wrote it; its canonical text where nobody wrote one.
config::v1::Identity IdentityOf(const ipsec::Identity& identity, absl::string_view text);

}  // namespace culvert::configd
