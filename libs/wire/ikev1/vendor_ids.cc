// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/vendor_ids.h"

#include <algorithm>

namespace culvert::wire::ikev1 {
namespace {

// MD5 of what stands beside it, where nothing else is said.
constexpr uint8_t kNatT[] = {0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45,
                             0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f};  // "RFC 3947"
constexpr uint8_t kNatT03[] = {0x7d, 0x94, 0x19, 0xa6, 0x53, 0x10, 0xca, 0x6f,
                               0x2c, 0x17, 0x9d, 0x92, 0x15, 0x52, 0x9d, 0x56};  // "draft-ietf-ipsec-nat-t-ike-03"
constexpr uint8_t kNatT02n[] = {0x90, 0xcb, 0x80, 0x91, 0x3e, 0xbb, 0x69, 0x6e,
                                0x08, 0x63, 0x81, 0xb5, 0xec, 0x42, 0x7b, 0x1f};  // "draft-ietf-ipsec-nat-t-ike-02\n"
constexpr uint8_t kNatT02[] = {0xcd, 0x60, 0x46, 0x43, 0x35, 0xdf, 0x21, 0xf8,
                               0x7c, 0xfd, 0xb2, 0xfc, 0x68, 0xb6, 0xa4, 0x48};  // "draft-ietf-ipsec-nat-t-ike-02"
constexpr uint8_t kNatT00[] = {0x44, 0x85, 0x15, 0x2d, 0x18, 0xb6, 0xbb, 0xcd,
                               0x0b, 0xe8, 0xa8, 0x46, 0x95, 0x79, 0xdd, 0xcc};  // "draft-ietf-ipsec-nat-t-ike-00"
constexpr uint8_t kDpdOctets[] = {0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b,
                                  0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00};  // RFC 3706 5.1; major, minor version
constexpr uint8_t kXauthOctets[] = {0x09, 0x00, 0x26, 0x89, 0xdf, 0xd6, 0xb7, 0x12};  // the draft's own
constexpr uint8_t kUnityOctets[] = {0x12, 0xf5, 0xf2, 0x8c, 0x45, 0x71, 0x68, 0xa9,
                                    0x70, 0x2d, 0x9f, 0xe2, 0x74, 0xcc, 0x01, 0x00};  // "CISCO-UNITY", then a version
constexpr uint8_t kFragmentationOctets[] = {0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85,
                                            0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3,  // "FRAGMENTATION"
                                            0x80, 0x00, 0x00, 0x00};                         // capabilities: Main Mode
constexpr uint8_t kStrongSwanOctets[] = {0x88, 0x2f, 0xe5, 0x6d, 0x6f, 0xd2, 0x0d, 0xbc,
                                         0x22, 0x51, 0x61, 0x3b, 0x2e, 0xbe, 0x5b, 0xeb};  // "strongSwan"
constexpr uint8_t kMicrosoftOctets[] = {
    0x1e, 0x2b, 0x51, 0x69, 0x05, 0x99, 0x1c, 0x7d,
    0x7c, 0x96, 0xfc, 0xbf, 0xb5, 0x87, 0xe4, 0x61};  // "MS NT5 ISAKMPOAKLEY"; a version follows

constexpr VendorId kVendorIds[] = {
    {Vendor::kNatTraversal, "RFC 3947", kNatT, 16},
    {Vendor::kNatTraversalDraft03, "draft-ietf-ipsec-nat-t-ike-03", kNatT03, 16},
    {Vendor::kNatTraversalDraft02n, "draft-ietf-ipsec-nat-t-ike-02\\n", kNatT02n, 16},
    {Vendor::kNatTraversalDraft02, "draft-ietf-ipsec-nat-t-ike-02", kNatT02, 16},
    {Vendor::kNatTraversalDraft00, "draft-ietf-ipsec-nat-t-ike-00", kNatT00, 16},
    {Vendor::kDpd, "DPD", kDpdOctets, 14},
    {Vendor::kXauth, "XAUTH", kXauthOctets, 8},
    {Vendor::kUnity, "Cisco Unity", kUnityOctets, 14},
    {Vendor::kFragmentation, "FRAGMENTATION", kFragmentationOctets, 16},
    {Vendor::kStrongSwan, "strongSwan", kStrongSwanOctets, 16},
    {Vendor::kMicrosoft, "MS NT5 ISAKMPOAKLEY", kMicrosoftOctets, 16},
};

}  // namespace

std::span<const VendorId> VendorIds() {
  return kVendorIds;
}

const VendorId& VendorIdOf(Vendor vendor) {
  return kVendorIds[static_cast<size_t>(vendor)];
}

std::optional<Vendor> FindVendor(base::ByteView octets) {
  for (const VendorId& row : kVendorIds) {
    const base::ByteView known = row.octets.first(row.prefix);
    if (octets.size() >= known.size() && std::equal(known.begin(), known.end(), octets.begin())) return row.vendor;
  }
  return std::nullopt;
}

absl::string_view ToString(Vendor vendor) {
  return VendorIdOf(vendor).name;
}

}  // namespace culvert::wire::ikev1
