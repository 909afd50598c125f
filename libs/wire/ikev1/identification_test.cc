// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/identification.h"

#include <gtest/gtest.h>

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
using base::FromHex;
using ipsec::Identity;
using ipsec::TrafficSelector;

TEST(Ikev1Identification, IdentitiesThereAndBack) {
  for (const char* text :
       {"192.0.2.1", "2001:db8::1", "gw-a.example", "bob@example", "CN=gw-a, O=Example", "keyid:branch-7"}) {
    const Identity identity = Identity::Parse(text).value();
    const IdPayload payload = ToIdPayload(identity);
    EXPECT_EQ(payload.protocol, 0);
    EXPECT_EQ(payload.port, 0);
    EXPECT_EQ(ToIdentity(payload), identity) << text;
  }
  EXPECT_EQ(ToIdPayload(*Identity::Parse("bob@example")).type, IdType::kUserFqdn);
}

// RFC 2407 4.6.2: zero, or UDP and 500; RFC 3947 4 moves the port.
TEST(Ikev1Identification, ProtocolAndPortOfPhase1) {
  const auto lawful = [](uint8_t protocol, uint16_t port) {
    return ToIdentity({IdType::kFqdn, protocol, port, {'a'}}).has_value();
  };
  EXPECT_TRUE(lawful(0, 0));
  EXPECT_TRUE(lawful(17, 500));
  EXPECT_TRUE(lawful(17, 4500));
  EXPECT_TRUE(lawful(17, 0));
  EXPECT_FALSE(lawful(0, 500));
  EXPECT_FALSE(lawful(6, 500));
  EXPECT_FALSE(lawful(17, 501));
}

TEST(Ikev1Identification, ASubnetIsNobody) {
  EXPECT_EQ(ToIdentity({IdType::kIpv4Subnet, 0, 0, Bytes(8)}), std::nullopt);
  EXPECT_EQ(ToIdentity({static_cast<IdType>(99), 0, 0, Bytes(8)}), std::nullopt);
}

TEST(Ikev1Identification, SelectorsThereAndBack) {
  struct Row {
    const char* text;
    IdType type;
    const char* data;
  };
  const Row rows[] = {
      {"192.0.2.1", IdType::kIpv4, "c0000201"},
      {"10.1.0.0/16", IdType::kIpv4Subnet, "0a010000ffff0000"},
      {"10.1.0.0/23", IdType::kIpv4Subnet, "0a010000fffffe00"},
      {"0.0.0.0/0", IdType::kIpv4Subnet, "0000000000000000"},
      {"10.1.0.5-10.1.0.9", IdType::kIpv4Range, "0a0100050a010009"},
      {"2001:db8::1", IdType::kIpv6, "20010db8000000000000000000000001"},
      {"2001:db8::/32", IdType::kIpv6Subnet, "20010db8000000000000000000000000ffffffff000000000000000000000000"},
      {"192.0.2.1[17/1701]", IdType::kIpv4, "c0000201"},
      {"10.1.0.0/16[6]", IdType::kIpv4Subnet, "0a010000ffff0000"},
  };
  for (const Row& row : rows) {
    const TrafficSelector selector = TrafficSelector::Parse(row.text).value();
    const std::optional<IdPayload> payload = ToIdPayload(selector);
    ASSERT_TRUE(payload.has_value()) << row.text;
    EXPECT_EQ(payload->type, row.type) << row.text;
    EXPECT_EQ(base::ToHex(payload->data), row.data) << row.text;
    EXPECT_EQ(payload->protocol, selector.protocol);
    EXPECT_EQ(payload->port, selector.any_port() ? 0 : selector.start_port);
    EXPECT_EQ(ToSelector(*payload), selector) << row.text;
  }
}

TEST(Ikev1Identification, WhatIkev1CannotSay) {
  EXPECT_EQ(ToIdPayload(TrafficSelector::Parse("10.0.0.0/8[udp/1000-2000]").value()), std::nullopt);
}

TEST(Ikev1Identification, NoSelectors) {
  EXPECT_EQ(ToSelector({IdType::kFqdn, 0, 0, {'a'}}), std::nullopt);
  EXPECT_EQ(ToSelector({IdType::kIpv4Subnet, 0, 0, FromHex("0a010000ff00ff00")}), std::nullopt);  // holes
  EXPECT_EQ(ToSelector({IdType::kIpv4Range, 0, 0, FromHex("0a0100090a010005")}), std::nullopt);
  EXPECT_EQ(ToSelector({IdType::kIpv4, 0, 80, FromHex("c0000201")}), std::nullopt);  // a port of no protocol
  // Host bits beyond the mask mean nothing.
  EXPECT_EQ(ToSelector({IdType::kIpv4Subnet, 0, 0, FromHex("0a010203ffff0000")}),
            TrafficSelector::Parse("10.1.0.0/16").value());
}

TEST(Ikev1Identification, InWords) {
  EXPECT_EQ(Describe({IdType::kIpv4Subnet, 0, 0, FromHex("0a010000ffff0000")}), "ID_IPV4_ADDR_SUBNET 10.1.0.0/16");
  EXPECT_EQ(Describe({IdType::kFqdn, 0, 0, {'g', 'w', 0x1b}}), "ID_FQDN gw\\x1b");
  EXPECT_EQ(Describe({static_cast<IdType>(99), 6, 80, {0xab}}), "99 6/80 ab");
}

}  // namespace
}  // namespace culvert::wire::ikev1
