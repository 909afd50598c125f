// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/diagnoses_address.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/iked/engine/diagnosis_parts.h"

namespace culvert::iked {

Diagnosis AddressPoolEmpty(const Circumstance& c, const std::vector<std::string>& pools) {
  const std::string names = absl::StrJoin(pools, ", ");
  Diagnosis d = Make(c, DiagnosisCode::kAddressPoolEmpty,
                     absl::StrCat("No address is left for the peer in ", names, " (INTERNAL_ADDRESS_FAILURE)."));
  d.field = "pools";
  d.expected = "a free address of the family that the peer asks for";
  d.received = absl::StrCat("every address of ", names, " is leased, or of another family");
  d.likely_causes = {"more peers are connected than the pools have addresses", "the peer asks for the other IP family"};
  d.fixes = {"Add a range to `pools`.", "Let dead peers go sooner: dpd.enabled with a shorter timeout."};
  return d;
}

Diagnosis AddressNotAskedFor(const Circumstance& c) {
  Diagnosis d = Make(c, DiagnosisCode::kVirtualIpMissing,
                     "The peer does not ask for an address, and this tunnel serves none without (FAILED_CP_REQUIRED).");
  d.field = Field(c, "remote.virtual_ip_pools");
  d.expected = "CFG_REQUEST with INTERNAL_IP4_ADDRESS or INTERNAL_IP6_ADDRESS";
  d.received = "no request for an address";
  d.likely_causes = {"the peer is configured with subnets of its own instead of a virtual address"};
  d.fixes = {"Let the peer ask for a virtual address.",
             absl::StrCat("Or name its networks in ", Field(c, "remote.subnets"), ".")};
  return d;
}

Diagnosis VirtualIpMissing(const Circumstance& c) {
  Diagnosis d = Make(c, DiagnosisCode::kVirtualIpMissing, "The peer gave us no address, though we asked for one.");
  d.field = Field(c, "local.virtual_ips");
  d.expected = "CFG_REPLY with an address";
  d.received = "an answer without one";
  d.likely_causes = {"the peer has no address pool for us", "the peer expects subnets instead"};
  d.fixes = {"Give the peer's connection an address pool.",
             absl::StrCat("Or leave ", d.field, " out and name ", Field(c, "local.subnets"), ".")};
  return d;
}

Diagnosis PeerHasNoAddress(const Circumstance& c) {
  Diagnosis d = Make(c, DiagnosisCode::kVirtualIpMissing, "The peer has no address for us (INTERNAL_ADDRESS_FAILURE).");
  d.field = Field(c, "local.virtual_ips");
  d.expected = "CFG_REPLY with an address";
  d.received = "INTERNAL_ADDRESS_FAILURE";
  d.likely_causes = {"the peer's pool is exhausted", "the peer has no pool of the family we ask for"};
  d.fixes = {"Enlarge the peer's pool.", absl::StrCat("Ask for the family that it has in ", d.field, ".")};
  return d;
}

Diagnosis TransportNatConflict(const Circumstance& c, const ipsec::Identity& other) {
  Diagnosis d = Make(c, DiagnosisCode::kTransportNatConflict,
                     absl::StrCat("Another peer behind the same NAT, ", other.ToString(),
                                  ", has transport mode for the same traffic: their packets would look alike."));
  d.field = Field(c, "esp.mode");
  d.expected = "one peer in transport mode behind each NAT, or selectors that differ";
  d.received = "overlapping selectors from one address";
  d.likely_causes = {"two hosts of one site connect in transport mode"};
  d.fixes = {"Use TUNNEL with virtual addresses for peers behind NAT.", "Or give each peer ports of its own."};
  return d;
}

}  // namespace culvert::iked
