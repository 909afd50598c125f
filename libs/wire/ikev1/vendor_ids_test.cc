// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/vendor_ids.h"

#include <gtest/gtest.h>

#include "libs/crypto/digest.h"

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
using base::FromHex;

TEST(Ikev1VendorIds, TheTableIsInTheOrderOfTheEnumeration) {
  for (size_t i = 0; i < VendorIds().size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(VendorIds()[i].vendor), i) << VendorIds()[i].name;
    EXPECT_LE(VendorIds()[i].prefix, VendorIds()[i].octets.size());
  }
}

// Most are the MD5 of a text; RFC 3947 3.1 spells its own out.
TEST(Ikev1VendorIds, HashesOfTheirTexts) {
  struct Row {
    Vendor vendor;
    const char* text;
    size_t octets = 16;
  };
  const Row rows[] = {
      {Vendor::kNatTraversal, "RFC 3947"},
      {Vendor::kNatTraversalDraft03, "draft-ietf-ipsec-nat-t-ike-03"},
      {Vendor::kNatTraversalDraft02n, "draft-ietf-ipsec-nat-t-ike-02\n"},
      {Vendor::kNatTraversalDraft02, "draft-ietf-ipsec-nat-t-ike-02"},
      {Vendor::kNatTraversalDraft00, "draft-ietf-ipsec-nat-t-ike-00"},
      {Vendor::kUnity, "CISCO-UNITY", 14},
      {Vendor::kFragmentation, "FRAGMENTATION"},
      {Vendor::kStrongSwan, "strongSwan"},
      {Vendor::kMicrosoft, "MS NT5 ISAKMPOAKLEY"},
  };
  for (const Row& row : rows) {
    const Bytes md5 = crypto::Digest(crypto::Hash::kMd5, {base::AsBytes(row.text)});
    EXPECT_EQ(base::ToHex(base::ByteView(md5).first(row.octets)),
              base::ToHex(VendorIdOf(row.vendor).octets.first(row.octets)))
        << row.text;
  }
}

TEST(Ikev1VendorIds, AreKnownAgain) {
  for (const VendorId& row : VendorIds()) {
    EXPECT_EQ(FindVendor(row.octets), row.vendor) << row.name;
    EXPECT_EQ(FindVendor(row.octets.first(row.prefix)), row.vendor) << row.name;
    EXPECT_EQ(FindVendor(row.octets.first(row.prefix - 1)), std::nullopt) << row.name;
  }
  EXPECT_EQ(FindVendor(FromHex("4048b7d56ebce88525e7de7f00d6c2d3c0000000")), Vendor::kFragmentation);
  EXPECT_EQ(FindVendor(FromHex("afcad71368a1f1c96b8696fc77570105")), Vendor::kDpd);
  EXPECT_EQ(FindVendor(FromHex("afcad71368a1f1c96b8696fc77580100")), std::nullopt);
  EXPECT_EQ(FindVendor({}), std::nullopt);
}

TEST(Ikev1VendorIds, DraftsOfNatTraversal) {
  EXPECT_FALSE(IsNatTraversalDraft(Vendor::kNatTraversal));
  EXPECT_TRUE(IsNatTraversalDraft(Vendor::kNatTraversalDraft03));
  EXPECT_TRUE(IsNatTraversalDraft(Vendor::kNatTraversalDraft00));
  EXPECT_FALSE(IsNatTraversalDraft(Vendor::kDpd));
}

}  // namespace
}  // namespace culvert::wire::ikev1
