// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/selector.h"

#include <gtest/gtest.h>

namespace culvert::ipsec {
namespace {

using base::IpAddress;
using base::Prefix;

TrafficSelector Ts(absl::string_view text) {
  return TrafficSelector::Parse(text).value();
}
std::vector<TrafficSelector> Set(std::initializer_list<const char*> texts) {
  std::vector<TrafficSelector> set;
  for (const char* text : texts) set.push_back(Ts(text));
  return set;
}
std::string Narrowed(std::initializer_list<const char*> ours, std::initializer_list<const char*> theirs) {
  return ToString(Narrow(Set(ours), Set(theirs)));
}

TEST(TrafficSelector, PrintsAsItReads) {
  for (const char* text :
       {"10.1.0.0/24", "0.0.0.0/0", "192.0.2.1/32", "10.1.0.5-10.1.0.9", "2001:db8::/32", "::/0", "10.0.0.0/8[tcp]",
        "192.0.2.1/32[udp/1701]", "10.0.0.0/8[udp/1000-2000]", "10.0.0.0/8[icmp/8]", "10.0.0.0/8[icmp/3:4]",
        "2001:db8::/32[icmpv6/128]", "10.0.0.0/8[47]", "10.0.0.0/8[tcp/opaque]", "10.0.0.0/8[99/5]"}) {
    const auto ts = TrafficSelector::Parse(text);
    ASSERT_TRUE(ts.ok()) << text;
    if (absl::string_view(text) != "10.0.0.0/8[47]") {
      EXPECT_EQ(ts->ToString(), text);
    }
  }
  EXPECT_EQ(Ts("10.1.2.3/8").ToString(), "10.0.0.0/8");
  EXPECT_EQ(Ts("10.1.2.3").ToString(), "10.1.2.3/32");
  EXPECT_EQ(Ts("192.0.2.1[17/1701]").ToString(), "192.0.2.1/32[udp/1701]");
  EXPECT_EQ(Ts("10.0.0.0-10.0.0.255").ToString(), "10.0.0.0/24");
  EXPECT_EQ(Ts("10.0.0.0/8[tcp/any]"), Ts("10.0.0.0/8[tcp]"));
}

TEST(TrafficSelector, RefusesWhatIsNone) {
  for (const char* text :
       {"", "10.0.0.0/33", "10.0.0.0/8[", "10.0.0.0/8[tcp", "10.0.0.0/8[tcp/]", "10.0.0.0/8[tcp/80-]",
        "10.0.0.0/8[tcp/90-80]", "10.0.0.0/8[tcp/65536]", "10.0.0.0/8[256]", "10.0.0.0/8[nope]", "10.0.0.0/8[0/80]",
        "10.0.0.9-10.0.0.5", "10.0.0.1-::1", "10.0.0.0/8[icmp/256]", "10.0.0.0/8[icmp/3:256]", "10.0.0.0/8[tcp/+80]",
        "10.0.0.0/8]tcp[", "host.example", "10.0.0.1-"}) {
    EXPECT_FALSE(TrafficSelector::Parse(text).ok()) << text;
  }
}

TEST(TrafficSelector, IcmpTypeAndCodeAreTheHighAndLowOctetOfThePort) {
  EXPECT_EQ(Ts("0.0.0.0/0[icmp/8]").start_port, 0x0800);
  EXPECT_EQ(Ts("0.0.0.0/0[icmp/8]").end_port, 0x08ff);
  EXPECT_EQ(Ts("0.0.0.0/0[icmp/3:4]").start_port, 0x0304);
  EXPECT_EQ(Ts("0.0.0.0/0[icmp/3:4]").end_port, 0x0304);
}

TEST(TrafficSelector, OfOnePacket) {
  const IpAddress host = IpAddress::Parse("10.1.0.7").value();
  EXPECT_EQ(TrafficSelector::OfPacket(host, 6, 443).ToString(), "10.1.0.7/32[tcp/443]");
  EXPECT_EQ(TrafficSelector::AnyOf(base::Family::kIPv6).ToString(), "::/0");
}

TEST(TrafficSelector, Contains) {
  EXPECT_TRUE(Ts("10.0.0.0/8").Contains(Ts("10.1.0.0/16[tcp/80]")));
  EXPECT_TRUE(Ts("10.0.0.0/8").Contains(Ts("10.0.0.0/8")));
  EXPECT_FALSE(Ts("10.0.0.0/8[tcp]").Contains(Ts("10.1.0.0/16")));
  EXPECT_FALSE(Ts("10.0.0.0/8[tcp/80]").Contains(Ts("10.0.0.0/8[tcp/80-81]")));
  EXPECT_FALSE(Ts("10.0.0.0/8").Contains(Ts("2001:db8::/32")));
  EXPECT_TRUE(Ts("10.0.0.0/8").Contains(Ts("10.0.0.0/8[tcp/opaque]")));
  EXPECT_FALSE(Ts("10.0.0.0/8[tcp/opaque]").Contains(Ts("10.0.0.0/8[tcp]")));
  EXPECT_TRUE(Ts("10.1.0.5-10.1.0.9").Contains(IpAddress::Parse("10.1.0.9").value()));
  EXPECT_FALSE(Ts("10.1.0.5-10.1.0.9").Contains(IpAddress::Parse("10.1.0.10").value()));
  EXPECT_FALSE(Ts("0.0.0.0/0").Contains(IpAddress::Parse("::").value()));
}

TEST(TrafficSelector, PrefixesCoverExactlyTheRange) {
  const auto prefixes = [](absl::string_view text) {
    std::string joined;
    for (const Prefix& p : Ts(text).Prefixes()) joined += p.ToString() + " ";
    return joined;
  };
  EXPECT_EQ(prefixes("10.0.0.0/24"), "10.0.0.0/24 ");
  EXPECT_EQ(prefixes("10.1.0.5-10.1.0.9"), "10.1.0.5/32 10.1.0.6/31 10.1.0.8/31 ");
  EXPECT_EQ(prefixes("0.0.0.0/0"), "0.0.0.0/0 ");
  EXPECT_EQ(prefixes("::/0"), "::/0 ");
  EXPECT_EQ(prefixes("255.255.255.254-255.255.255.255"), "255.255.255.254/31 ");
  EXPECT_EQ(prefixes("ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "ffff::/16 ");
  EXPECT_EQ(Ts("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe").Prefixes().size(), 254u);
  EXPECT_EQ(Ts("10.1.0.5-10.1.0.9").AsPrefix(), std::nullopt);
  EXPECT_EQ(Ts("10.1.0.0/24[tcp]").AsPrefix()->ToString(), "10.1.0.0/24");
}

// RFC 7296 2.9: the responder takes what both allow.
TEST(Narrow, TakesTheIntersection) {
  EXPECT_EQ(Narrowed({"10.1.0.0/24"}, {"10.0.0.0/8"}), "10.1.0.0/24");
  EXPECT_EQ(Narrowed({"10.0.0.0/8"}, {"10.1.0.0/24[tcp]"}), "10.1.0.0/24[tcp]");
  EXPECT_EQ(Narrowed({"10.1.0.0/24[tcp/1-100]"}, {"10.1.0.0/24[tcp/50-200]"}), "10.1.0.0/24[tcp/50-100]");
  EXPECT_EQ(Narrowed({"10.1.0.0/24", "10.2.0.0/24"}, {"10.2.0.0/16", "10.1.0.0/16"}), "10.1.0.0/24, 10.2.0.0/24");
  EXPECT_EQ(Narrowed({"10.1.0.0/24", "2001:db8::/32"}, {"0.0.0.0/0", "::/0"}), "10.1.0.0/24, 2001:db8::/32");
}

TEST(Narrow, NothingInCommonIsNothing) {
  EXPECT_EQ(Narrowed({"10.1.0.0/24"}, {"10.2.0.0/24"}), "");
  EXPECT_EQ(Narrowed({"10.1.0.0/24[tcp]"}, {"10.1.0.0/24[udp]"}), "");
  EXPECT_EQ(Narrowed({"10.1.0.0/24[tcp/80]"}, {"10.1.0.0/24[tcp/81]"}), "");
  EXPECT_EQ(Narrowed({"10.1.0.0/24[tcp/80]"}, {"10.1.0.0/24[tcp/opaque]"}), "");
  EXPECT_EQ(Narrowed({"10.1.0.0/24"}, {"2001:db8::/32"}), "");
  EXPECT_EQ(Narrowed({}, {"10.1.0.0/24"}), "");
  EXPECT_EQ(Narrowed({"10.1.0.0/24"}, {}), "");
}

TEST(Narrow, LeavesOutWhatAnotherCovers) {
  // The initiator's first selector is the packet that started it; the second covers it (RFC 7296 2.9).
  EXPECT_EQ(Narrowed({"10.1.0.0/24"}, {"10.1.0.7[tcp/443]", "10.1.0.0/24"}), "10.1.0.0/24");
  EXPECT_EQ(Narrowed({"10.1.0.0/24"}, {"10.1.0.0/24", "10.1.0.7[tcp/443]"}), "10.1.0.0/24");
}

TEST(Narrow, OpaqueMeetsItselfAndAny) {
  EXPECT_EQ(Narrowed({"10.1.0.0/24"}, {"10.1.0.0/24[tcp/opaque]"}), "10.1.0.0/24[tcp/opaque]");
  EXPECT_EQ(Narrowed({"10.1.0.0/24[tcp/opaque]"}, {"10.1.0.0/24[tcp/opaque]"}), "10.1.0.0/24[tcp/opaque]");
}

TEST(Covers, EverySelectorInSomeOther) {
  EXPECT_TRUE(Covers(Set({"10.1.0.0/24", "10.2.0.0/24"}), Set({"10.2.0.7", "10.1.0.0/25"})));
  EXPECT_FALSE(Covers(Set({"10.1.0.0/24"}), Set({"10.1.0.0/24", "10.2.0.0/24"})));
  EXPECT_TRUE(Covers({}, {}));
}

}  // namespace
}  // namespace culvert::ipsec
