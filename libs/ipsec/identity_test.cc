// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/identity.h"

#include <gtest/gtest.h>

#include "libs/ipsec/distinguished_name.h"

namespace culvert::ipsec {
namespace {

using base::AsBytes;
using base::Bytes;
using base::FromHex;
using base::ToHex;

Identity Id(absl::string_view text) {
  return Identity::Parse(text).value();
}
std::string Hex(absl::string_view text) {
  return ToHex(AsBytes(text));
}

// strongSwan's rules, string by string.
TEST(Identity, WhatPeopleWrite) {
  struct Row {
    const char* text;
    IdType type;
    std::string hex;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", IdType::kAny, ""},
           {"%any", IdType::kAny, ""},
           {"%any6", IdType::kAny, ""},
           {"*", IdType::kAny, ""},
           {"0.0.0.0", IdType::kAny, ""},
           {"::", IdType::kAny, ""},
           {"192.0.2.1", IdType::kIpv4, "c0000201"},
           {"255.255.255.255", IdType::kIpv4, "ffffffff"},
           {"256.1.1.1", IdType::kFqdn, Hex("256.1.1.1")},
           {"1.2.3", IdType::kFqdn, Hex("1.2.3")},
           {"192.0.2.1 ", IdType::kFqdn, Hex("192.0.2.1 ")},
           {"2001:db8::1", IdType::kIpv6, "20010db8000000000000000000000001"},
           {"::1", IdType::kIpv6, "00000000000000000000000000000001"},
           {"::ffff:192.0.2.1", IdType::kIpv6, "00000000000000000000ffffc0000201"},
           {"a:b", IdType::kKeyId, Hex("a:b")},
           {"fe80::1%eth0", IdType::kKeyId, Hex("fe80::1%eth0")},
           {"gw-a.example", IdType::kFqdn, Hex("gw-a.example")},
           {"gw", IdType::kFqdn, Hex("gw")},
           {"*.example", IdType::kFqdn, Hex("*.example")},
           {"@gw-a.example", IdType::kFqdn, Hex("gw-a.example")},
           {"@192.0.2.1", IdType::kFqdn, Hex("192.0.2.1")},
           {"@0.0.0.0", IdType::kFqdn, Hex("0.0.0.0")},
           {"@@alice@example", IdType::kEmail, Hex("alice@example")},
           {"@@alice", IdType::kEmail, Hex("alice")},
           {"alice@example.org", IdType::kEmail, Hex("alice@example.org")},
           {"*@example.org", IdType::kEmail, Hex("*@example.org")},
           {"@#deadbeef", IdType::kKeyId, "deadbeef"},
           {"@#00", IdType::kKeyId, "00"},
           {"C=CH, CN=gw", IdType::kDn, "301a310b3009060355040613024348310b300906035504030c026777"},
           {"/C=CH/CN=gw", IdType::kDn, "301a310b3009060355040613024348310b300906035504030c026777"},
           {"key=value", IdType::kKeyId, Hex("key=value")},
           {"=", IdType::kKeyId, Hex("=")},
           {"C=Switzerland", IdType::kKeyId, Hex("C=Switzerland")},  // a country has two letters
           {"user@host=x", IdType::kKeyId, Hex("user@host=x")},
           {"ipv4:10.0.0.1", IdType::kIpv4, "0a000001"},
           {"ipv6:2001:db8::1", IdType::kIpv6, "20010db8000000000000000000000001"},
           {"fqdn:192.0.2.1", IdType::kFqdn, Hex("192.0.2.1")},
           {"email:alice", IdType::kEmail, Hex("alice")},
           {"EMAIL:alice", IdType::kEmail, Hex("alice")},
           {"dn:CN=gw", IdType::kDn, "300d310b300906035504030c026777"},
           {"keyid:gw-a.example", IdType::kKeyId, Hex("gw-a.example")},
           {"keyid:0xdeadbeef", IdType::kKeyId, "deadbeef"},
           {"keyid:a=b", IdType::kKeyId, Hex("a=b")},
           {"fqdn:%any", IdType::kFqdn, Hex("%any")},
       }) {
    const auto identity = Identity::Parse(row.text);
    ASSERT_TRUE(identity.ok()) << row.text << ": " << identity.status();
    EXPECT_EQ(ToString(identity->type), ToString(row.type)) << row.text;
    EXPECT_EQ(ToHex(identity->bytes), row.hex) << row.text;
  }
}

TEST(Identity, WhatCannotBeOne) {
  for (const char* text :
       {"@", "@@", "@#", "@#xyz", "@#abc", "ipv4:", "ipv4:::1", "ipv4:256.1.1.1", "ipv6:10.0.0.1",
        "fqdn:", "email:", "keyid:", "keyid:0x", "keyid:0xabc", "dn:", "dn:gw", "dn:NOPE=gw", "dn:CN=", "dn:C=CHE"}) {
    EXPECT_FALSE(Identity::Parse(text).ok()) << text;
  }
  EXPECT_TRUE(Identity::Parse(std::string(255, 'a')).ok());
  EXPECT_FALSE(Identity::Parse(std::string(256, 'a')).ok());
}

TEST(Identity, OctetsAfterANulDoNotHideBehindAnAddress) {
  EXPECT_EQ(Id(absl::string_view("192.0.2.1\0x", 11)).type, IdType::kFqdn);
  EXPECT_FALSE(Identity::Parse(absl::string_view("ipv4:192.0.2.1\0x", 16)).ok());
}

TEST(Identity, PrintsAsItReads) {
  for (const char* text : {"%any", "192.0.2.1", "2001:db8::1", "gw-a.example", "alice@example.org", "@#deadbeef",
                           "C=CH, O=Example, CN=gw", "C=CH, O=Example\\, Ltd., CN=a\\=b", "a:b", "E=a@b.example, CN=x",
                           "SN=42, CN=x", "S=Smith, G=Jo", "CN=a+OU=b", "1.2.3.4=x"}) {
    EXPECT_EQ(Id(text).ToString(), text);
  }
}

TEST(Identity, APeerCannotWriteToTheTerminal) {
  const Bytes escape = {'g', 'w', 0x1b, '[', '2', 'J', '\n', 0xff};
  for (const IdType type :
       {IdType::kFqdn, IdType::kEmail, IdType::kKeyId, IdType::kDn, IdType::kIpv4, static_cast<IdType>(200)}) {
    for (const char c : Identity{type, escape}.ToString()) {
      EXPECT_TRUE(c >= 0x20 && c < 0x7f) << static_cast<int>(type);
    }
  }
  EXPECT_EQ((Identity{IdType::kFqdn, escape}.ToString()), "gw\\x1b[2J\\n\\xff");
  EXPECT_EQ(ToString(static_cast<IdType>(200)), "ID_UNKNOWN");
  const Identity dn = Id("dn:CN=\x01gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(dn.ToString(), "CN=\\x01gr\\xc3\\xbc\\xc3\\x9f");
}

TEST(Identity, SameIgnoresCaseWhereNamesDo) {
  EXPECT_TRUE(Id("GW.example").Same(Id("gw.EXAMPLE")));
  EXPECT_TRUE(Id("Alice@example").Same(Id("alice@example")));
  EXPECT_TRUE(Id("CN=GW  a,O=x").Same(Id("/CN=gw a/O=X")));
  EXPECT_FALSE(Id("CN=gw, O=x").Same(Id("O=x, CN=gw")));
  EXPECT_FALSE(Id("@#aa").Same(Id("@#bb")));
  EXPECT_FALSE(Id("@a@b").Same(Id("@@a@b")));
  EXPECT_FALSE(Id("192.0.2.1").Same(Id("@192.0.2.1")));
}

TEST(Identity, Matches) {
  EXPECT_TRUE(Id("%any").Matches(Id("gw.example")));
  EXPECT_TRUE(Id("*.example").Matches(Id("gw.EXAMPLE")));
  EXPECT_TRUE(Id("*@example").Matches(Id("alice@example")));
  EXPECT_FALSE(Id("*.example").Matches(Id("@.example")));  // the star is at least one octet
  EXPECT_FALSE(Id("*.example").Matches(Id("gw.example.org")));
  EXPECT_FALSE(Id("*.example").Matches(Id("alice@gw.example")));
  EXPECT_FALSE(Id("gw.example").Matches(Id("*.example")));  // a peer's star is a star
  EXPECT_TRUE(Id("C=CH, O=x, CN=*").Matches(Id("C=CH, O=X, CN=gw")));
  EXPECT_FALSE(Id("C=CH, O=x, CN=*").Matches(Id("C=CH, O=y, CN=gw")));
  EXPECT_FALSE(Id("C=CH, O=x, CN=*").Matches(Id("C=CH, O=x, OU=gw")));
  EXPECT_FALSE(Id("C=CH, O=x, CN=*").Matches(Id("C=CH, O=x, CN=gw, OU=b")));
  EXPECT_FALSE(Id("C=CH, CN=gw").Matches(Identity{IdType::kDn, {0x30, 0x01}}));
  EXPECT_TRUE(Id("@#aabb").Matches(Id("@#aabb")));
}

TEST(DistinguishedName, DerMustBeOneNameAndNothingMore) {
  Bytes der = ParseDistinguishedName("CN=gw").value();
  EXPECT_TRUE(PrintDistinguishedName(der).ok());
  der.push_back(0);
  EXPECT_FALSE(PrintDistinguishedName(der).ok());
  EXPECT_FALSE(PrintDistinguishedName({}).ok());
  EXPECT_FALSE(PrintDistinguishedName(FromHex("3003020101")).ok());
  EXPECT_TRUE(SameDistinguishedName(der, der));
}

TEST(Identity, OfAddress) {
  EXPECT_EQ(Identity::Of(base::IpAddress::Parse("192.0.2.1").value()), Id("192.0.2.1"));
  EXPECT_EQ(Identity::Of(base::IpAddress::Parse("2001:db8::1").value()), Id("2001:db8::1"));
  EXPECT_TRUE(Identity::Of(base::IpAddress()).any());
}

}  // namespace
}  // namespace culvert::ipsec
