// SPDX-License-Identifier: Apache-2.0
// What an ID payload means (RFC 2407 4.6.2): in phase 1 an identity, in Quick Mode a traffic selector.
#pragma once

#include <optional>
#include <string>

#include "libs/ipsec/identity.h"
#include "libs/ipsec/selector.h"
#include "libs/wire/ikev1/payloads.h"

namespace culvert::wire::ikev1 {

// Phase 1. Ours go without protocol and port.
IdPayload ToIdPayload(const ipsec::Identity& identity);
// nullopt: a subnet, a range or an unknown type, or protocol and port that phase 1 may not have: anything but zero
// both, or UDP and 500 (RFC 2407 4.6.2), 0 or 4500, as peers that moved through a NAT send.
std::optional<ipsec::Identity> ToIdentity(const IdPayload& id);

// Quick Mode. An address, a subnet or a range, of one protocol and port, or of any: 0. nullopt: a selector whose ports
// are a range, which IKEv1 cannot say.
std::optional<IdPayload> ToIdPayload(const ipsec::TrafficSelector& selector);
// nullopt: no addresses, a subnet mask with holes, a range that ends before it starts, a port without a protocol.
std::optional<ipsec::TrafficSelector> ToSelector(const IdPayload& id);

// For logs and diagnoses, of whatever a peer sent: "ID_IPV4_ADDR_SUBNET 10.1.0.0/16", "ID_FQDN gw-a.example".
std::string Describe(const IdPayload& id);

}  // namespace culvert::wire::ikev1
