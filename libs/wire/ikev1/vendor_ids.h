// SPDX-License-Identifier: Apache-2.0
// Vendor IDs (RFC 2408 3.16), by which IKEv1 peers say what they can beyond the RFCs, as one table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "absl/strings/string_view.h"
#include "libs/base/bytes.h"

namespace culvert::wire::ikev1 {

enum class Vendor : uint8_t {
  kNatTraversal,          // RFC 3947
  kNatTraversalDraft03,   // draft-ietf-ipsec-nat-t-ike-03; the drafts have payload types and modes of their own
  kNatTraversalDraft02n,  // -02 with a line feed, which is what implementations send
  kNatTraversalDraft02,
  kNatTraversalDraft00,
  kDpd,            // RFC 3706
  kXauth,          // draft-ietf-ipsra-isakmp-xauth-06
  kUnity,          // Cisco
  kFragmentation,  // payload type 132
  kStrongSwan,
  kMicrosoft,
};

struct VendorId {
  Vendor vendor;
  absl::string_view name;  // "DPD"
  base::ByteView octets;   // what we send
  size_t prefix;           // how many of them make it known: versions and capabilities may follow
};
std::span<const VendorId> VendorIds();
const VendorId& VendorIdOf(Vendor vendor);

// nullopt: one that we do not know.
std::optional<Vendor> FindVendor(base::ByteView octets);

inline bool IsNatTraversalDraft(Vendor vendor) {
  return vendor >= Vendor::kNatTraversalDraft03 && vendor <= Vendor::kNatTraversalDraft00;
}

absl::string_view ToString(Vendor vendor);

}  // namespace culvert::wire::ikev1
