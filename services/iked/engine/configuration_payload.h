// SPDX-License-Identifier: Apache-2.0
// The configuration payload (RFC 7296 2.19, 3.15): addresses that a gateway gives its peers, and that we ask of ours.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/core.h"

namespace culvert::iked {

// What an IKE SA has by configuration payload.
struct VirtualAddresses {
  std::vector<base::IpAddress> local;   // the peer gave us these
  std::vector<base::IpAddress> remote;  // we gave the peer these
  std::vector<std::string> pools;       // where each of `remote` came from
};

// ---- as server ----
// Leases what the peer's IKE_AUTH request asks for, in place of what `sa` held. nullopt: so it is, or `tunnel` has no
// pools, or nothing was asked for where nothing must be; else what to answer in place of a CHILD_SA.
std::optional<Refusal> AssignAddresses(Core& core, const Tunnel& tunnel, IkeSa& sa, const ipsec::Identity& peer,
                                       const wire::ikev2::Message& request);
// CFG_REPLY, where anything was assigned.
void AppendAssigned(const Core& core, const IkeSa& sa, Payloads& payloads);

// ---- as client ----
// CFG_REQUEST, where the tunnel wants addresses.
void AppendAddressRequest(const TunnelConfig& config, Payloads& payloads);
// What the peer's answer gives is the tunnel's, and told to sad. False: it gave none.
bool AcceptAddresses(Core& core, IkeSa& sa, const wire::ikev2::Message& answer);
// `granted` within the addresses we have; false: nothing is left of it.
bool NarrowToAddresses(const Tunnel& tunnel, const IkeSa& sa, ChildNegotiation& granted);

// Leases are given back, and addresses are taken off this host: the IKE SA ends.
void ReleaseAddresses(Core& core, IkeSa& sa);
// sad was away: it is told again.
void RepeatAddresses(Core& core);

}  // namespace culvert::iked
