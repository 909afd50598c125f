// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/address_pool.h"

#include "gtest/gtest.h"

namespace culvert::iked {
namespace {

constexpr auto k4 = base::Family::kIPv4;

AddressPool Pool(std::vector<std::string> ranges) {
  std::vector<ipsec::TrafficSelector> parsed;
  for (const std::string& text : ranges) parsed.push_back(*ipsec::TrafficSelector::Parse(text));
  AddressPool pool;
  pool.SetRanges(std::move(parsed));
  return pool;
}

std::string Text(const std::optional<base::IpAddress>& address) {
  return address ? address->ToString() : "none";
}

TEST(AddressPool, GivesNeitherNetworkNorBroadcast) {
  AddressPool pool = Pool({"10.3.0.0/30"});
  EXPECT_EQ(Text(pool.Lease("a", k4, false)), "10.3.0.1");
  EXPECT_EQ(Text(pool.Lease("b", k4, false)), "10.3.0.2");
  EXPECT_EQ(Text(pool.Lease("c", k4, false)), "none");
  EXPECT_EQ(Text(Pool({"10.3.0.5-10.3.0.6"}).Lease("a", k4, false)), "10.3.0.5");
  EXPECT_EQ(Text(Pool({"10.3.0.4/31"}).Lease("a", k4, false)), "10.3.0.4");
}

TEST(AddressPool, WhoComesBackGetsWhatItHad) {
  AddressPool pool = Pool({"10.3.0.0/29"});
  const auto mine = pool.Lease("a", k4, false);
  pool.Release(*mine);
  pool.Lease("b", k4, false);
  EXPECT_EQ(pool.Lease("a", k4, false), mine);
}

TEST(AddressPool, TheLongestAbandonedIsGivenAway) {
  AddressPool pool = Pool({"10.3.0.1-10.3.0.2"});
  const auto of_a = pool.Lease("a", k4, false);
  const auto of_b = pool.Lease("b", k4, false);
  EXPECT_EQ(Text(pool.Lease("c", k4, false)), "none");
  pool.Release(*of_b);
  pool.Release(*of_a);
  EXPECT_EQ(pool.Lease("c", k4, false), of_b);
  EXPECT_EQ(pool.Lease("a", k4, false), of_a);
  EXPECT_EQ(pool.leased(), 2u);
}

TEST(AddressPool, AnIdentityTwiceSharesOrNot) {
  AddressPool pool = Pool({"10.3.0.0/29"});
  const auto first = pool.Lease("a", k4, true);
  EXPECT_EQ(pool.Lease("a", k4, true), first);
  pool.Release(*first);
  EXPECT_EQ(pool.leased(), 1u);
  const auto other = pool.Lease("a", k4, false);
  EXPECT_NE(other, first);
}

TEST(AddressPool, FamiliesApart) {
  AddressPool pool = Pool({"10.3.0.1-10.3.0.1", "2001:db8:3::-2001:db8:3::ffff"});
  EXPECT_EQ(Text(pool.Lease("a", base::Family::kIPv6, false)), "2001:db8:3::");
  EXPECT_EQ(Text(pool.Lease("a", k4, false)), "10.3.0.1");
}

}  // namespace
}  // namespace culvert::iked
