// SPDX-License-Identifier: Apache-2.0
// The checks, one file a subject. Each reports under the codes that its row in rule_table.cc lists.
#pragma once

#include "services/configd/rules/rule.h"

namespace culvert::configd {

// One tunnel.
void CheckAddresses(const TunnelView& tunnel, Problems* problems);          // addresses.cc
void CheckSubnets(const TunnelView& tunnel, Problems* problems);            // subnets.cc
void CheckSelectorPorts(const TunnelView& tunnel, Problems* problems);      // subnets.cc
void CheckProposals(const TunnelView& tunnel, Problems* problems);          // proposals.cc
void CheckIkev1Proposals(const TunnelView& tunnel, Problems* problems);     // ikev1_proposals.cc
void CheckLifetimes(const TunnelView& tunnel, Problems* problems);          // lifetimes.cc
void CheckDeadPeerDetection(const TunnelView& tunnel, Problems* problems);  // lifetimes.cc
void CheckRanges(const TunnelView& tunnel, Problems* problems);             // lifetimes.cc
void CheckIkeVersion(const TunnelView& tunnel, Problems* problems);         // combinations.cc
void CheckAuthentication(const TunnelView& tunnel, Problems* problems);     // combinations.cc
void CheckAnyPeer(const TunnelView& tunnel, Problems* problems);            // combinations.cc
void CheckXauthAndEap(const TunnelView& tunnel, Problems* problems);        // users.cc
void CheckVirtualIps(const TunnelView& tunnel, Problems* problems);         // virtual_ips.cc
void CheckPassthrough(const TunnelView& tunnel, Problems* problems);        // passthrough.cc
void CheckCustomOptions(const TunnelView& tunnel, Problems* problems);      // custom_options.cc
void CheckTunnelSupported(const TunnelView& tunnel, Problems* problems);    // supported.cc

// The whole configuration.
void CheckForm(const ConfigurationView& view, Problems* problems);               // form.cc
void CheckNames(const ConfigurationView& view, Problems* problems);              // names.cc
void CheckReferences(const ConfigurationView& view, Problems* problems);         // names.cc
void CheckSecrets(const ConfigurationView& view, Problems* problems);            // secrets.cc
void CheckSecretOrder(const ConfigurationView& view, Problems* problems);        // secret_use.cc
void CheckAggressiveSecrets(const ConfigurationView& view, Problems* problems);  // secret_use.cc
void CheckSecretsServe(const ConfigurationView& view, Problems* problems);       // secret_use.cc
void CheckCertificates(const ConfigurationView& view, Problems* problems);       // certificates.cc
void CheckOverlaps(const ConfigurationView& view, Problems* problems);           // overlaps.cc
void CheckGateway(const ConfigurationView& view, Problems* problems);            // gateway.cc
void CheckPools(const ConfigurationView& view, Problems* problems);              // gateway.cc
void CheckHostKnown(const ConfigurationView& view, Problems* problems);          // gateway.cc
void CheckRestSupported(const ConfigurationView& view, Problems* problems);      // supported.cc

}  // namespace culvert::configd
