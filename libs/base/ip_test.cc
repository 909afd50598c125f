// SPDX-License-Identifier: Apache-2.0
#include "libs/base/ip.h"

#include <gtest/gtest.h>

namespace culvert::base {
namespace {

IpAddress Ip(absl::string_view text) {
  return IpAddress::Parse(text).value();
}
Prefix Net(absl::string_view text) {
  return Prefix::Parse(text).value();
}

TEST(IpAddress, RoundTripsTextOfBothFamilies) {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "2001:db8::1", "fe80::1"}) {
    EXPECT_EQ(Ip(text).ToString(), text);
  }
}

TEST(IpAddress, RefusesWhatIsNotAnAddress) {
  for (const char* text :
       {"", "256.1.1.1", "1.2.3", "1.2.3.4.5", "host.example", "1.2.3.4/8", "fe80::1%eth0", " 1.2.3.4"}) {
    EXPECT_FALSE(IpAddress::Parse(text).ok()) << text;
  }
  EXPECT_FALSE(IpAddress::Parse(absl::string_view("1.2.3.4\0x", 9)).ok());
}

TEST(IpAddress, Classes) {
  EXPECT_TRUE(Ip("127.0.0.9").IsLoopback());
  EXPECT_TRUE(Ip("::1").IsLoopback());
  EXPECT_FALSE(Ip("::").IsLoopback());
  EXPECT_TRUE(Ip("::").IsUnspecified());
  EXPECT_TRUE(Ip("239.1.1.1").IsMulticast());
  EXPECT_TRUE(Ip("ff02::1").IsMulticast());
  EXPECT_TRUE(Ip("fe80::1").IsLinkLocal());
  EXPECT_TRUE(Ip("169.254.0.1").IsLinkLocal());
  EXPECT_TRUE(Ip("::ffff:10.0.0.1").IsV4Mapped());
}

TEST(Prefix, MasksAndBounds) {
  EXPECT_EQ(Net("10.1.2.3/16").Masked().ToString(), "10.1.0.0/16");
  EXPECT_TRUE(Net("10.1.2.3/16").HasHostBits());
  EXPECT_EQ(Net("10.1.0.0/16").Last().ToString(), "10.1.255.255");
  EXPECT_EQ(Net("2001:db8::/61").Last().ToString(), "2001:db8:0:7:ffff:ffff:ffff:ffff");
  EXPECT_EQ(Net("0.0.0.0/0").Last().ToString(), "255.255.255.255");
  EXPECT_EQ(Net("192.0.2.7").ToString(), "192.0.2.7/32");
}

TEST(Prefix, RefusesBadLengths) {
  for (const char* text : {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/ 8", "::/129", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(Prefix::Parse(text).ok()) << text;
  }
}

TEST(Prefix, ContainsIsByFamilyAndLength) {
  EXPECT_TRUE(Net("0.0.0.0/0").Contains(Ip("8.8.8.8")));
  EXPECT_FALSE(Net("0.0.0.0/0").Contains(Ip("::1")));
  EXPECT_TRUE(Net("10.0.0.0/8").Contains(Net("10.1.0.0/16")));
  EXPECT_FALSE(Net("10.1.0.0/16").Contains(Net("10.0.0.0/8")));
  EXPECT_TRUE(Net("10.1.0.0/16").Overlaps(Net("10.0.0.0/8")));
}

TEST(Endpoint, SurvivesTheKernelsForm) {
  for (const Endpoint& endpoint : {Endpoint{Ip("192.0.2.1"), 500}, Endpoint{Ip("2001:db8::1"), 4500}}) {
    sockaddr_storage storage;
    ASSERT_GT(endpoint.ToSockaddr(&storage), 0u);
    EXPECT_EQ(Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&storage)), endpoint);
  }
  EXPECT_EQ((Endpoint{Ip("2001:db8::1"), 4500}).ToString(), "[2001:db8::1]:4500");
}

}  // namespace
}  // namespace culvert::base
