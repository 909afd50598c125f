// SPDX-License-Identifier: Apache-2.0
// Packets from one host through both engines to the other: what goes in comes out, and nothing else does.
#include <gmock/gmock.h>

#include "services/espd/engine_fixture.h"

namespace culvert::espd {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class EveryFamilyAndProtocol : public testing::TestWithParam<std::tuple<bool, uint8_t>> {
 protected:
  PacketOptions Packet(size_t payload) const {
    PacketOptions o;
    o.payload = payload;
    o.protocol = std::get<1>(GetParam());
    if (!std::get<0>(GetParam())) {
      o.source = "fd01::5";
      o.destination = "fd02::7";
    }
    return o;
  }
  PairOptions Pair() const {
    return std::get<0>(GetParam()) ? PairOptions{} : PairOptions{.near = "fd01::/64", .far = "fd02::/64"};
  }
};

TEST_P(EveryFamilyAndProtocol, OnePacket) {
  for (const size_t payload : {1, 2, 3, 4, 100, 1378}) {
    TwoGateways g(Pair());
    const base::Bytes packet = MakePacket(Packet(payload));
    g.a.FromHost({{}, packet});
    g.Deliver();
    ASSERT_THAT(g.b.tun.frames, SizeIs(1)) << payload;
    EXPECT_EQ(g.b.tun.frames[0].packet, packet);
  }
}

// A super-packet is cut into packets with complete, right headers, and arrives as the same super-packet.
TEST_P(EveryFamilyAndProtocol, SuperPacketThereAndBack) {
  for (const size_t payload : {1000u, 1001u, 2000u, 2500u, 20'000u, 63'999u}) {
    TwoGateways g(Pair());
    const Frame super = MakeSuperPacket(Packet(payload), 1000);
    g.a.FromHost(super);
    ASSERT_THAT(g.a.wire.Packets(), SizeIs((payload + 999) / 1000));
    g.Deliver();
    ASSERT_THAT(g.b.tun.frames, SizeIs(1)) << payload;
    Frame& got = g.b.tun.frames[0];
    if (payload > 1000) {
      EXPECT_EQ(got.vnet.gso_type, super.vnet.gso_type);
      EXPECT_EQ(got.vnet.gso_size, super.vnet.gso_size);
      EXPECT_EQ(got.vnet.flags, super.vnet.flags);
      EXPECT_EQ(got.vnet.checksum_start, super.vnet.checksum_start);
      EXPECT_EQ(got.packet, super.packet) << payload;
    } else {
      EXPECT_TRUE(ChecksumsAreRight(got.packet));
    }
  }
}

TEST_P(EveryFamilyAndProtocol, EachSegmentIsAWholePacket) {
  TwoGateways g(Pair());
  g.a.FromHost(MakeSuperPacket(Packet(10'500), 1000));
  // Delivered one by one with a flush between: nothing is merged.
  std::vector<base::Bytes> seen;
  for (const base::Bytes& esp : g.a.wire.Packets()) {
    g.b.FromWire(esp);
    g.b.decryptor.Flush();
    ASSERT_THAT(g.b.tun.frames, SizeIs(seen.size() + 1));
    seen.push_back(g.b.tun.frames.back().packet);
    EXPECT_TRUE(ChecksumsAreRight(seen.back()));
  }
  ASSERT_THAT(seen, SizeIs(11));
  EXPECT_EQ(seen[0].size() - seen[10].size(), 500u);
}

// Payloads of 0xff and 0x00 put the sums on their corners, where a lost carry or a zero UDP checksum would show.
TEST_P(EveryFamilyAndProtocol, ChecksumCorners) {
  for (const uint8_t fill : {0xff, 0x00, 0x01, 0x80}) {
    for (uint32_t seq : {0u, 0xffff0000u, 0xffffu, 0xffffffffu, 0xfffffc00u}) {
      PacketOptions o = Packet(8000);
      o.fill = fill;
      o.seq = seq;
      TwoGateways g(Pair());
      g.a.FromHost(MakeSuperPacket(o, 1000));
      for (const base::Bytes& esp : g.a.wire.Packets()) {
        g.b.FromWire(esp);
        g.b.decryptor.Flush();
        EXPECT_TRUE(ChecksumsAreRight(g.b.tun.frames.back().packet)) << int{fill} << " " << seq;
      }
    }
  }
}

TEST_P(EveryFamilyAndProtocol, APartialChecksumIsCompleted) {
  TwoGateways g(Pair());
  Frame f = MakeSuperPacket(Packet(333), 1000);
  f.vnet.gso_type = VnetHeader::kGsoNone;
  g.a.FromHost(f);
  g.Deliver();
  ASSERT_THAT(g.b.tun.frames, SizeIs(1));
  EXPECT_EQ(g.b.tun.frames[0].packet, MakePacket(Packet(333)));
}

INSTANTIATE_TEST_SUITE_P(Packets, EveryFamilyAndProtocol,
                         testing::Combine(testing::Bool(), testing::Values(CV_PROTO_TCP, CV_PROTO_UDP)),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param) ? "v4" : "v6") +
                                  (std::get<1>(row.param) == CV_PROTO_TCP ? "tcp" : "udp");
                         });

// Every suite, with and without ESN, on super-packets: the in-place cutting must fit each padding and ICV.
class EverySuiteEngine : public testing::TestWithParam<std::string> {};

TEST_P(EverySuiteEngine, SuperPackets) {
  for (const bool esn : {false, true}) {
    TwoGateways g({.suite = GetParam(), .esn = esn});
    for (uint16_t gso : {1000, 1001, 1002, 1003, 1013}) {
      const Frame super = MakeSuperPacket({.payload = 17'777}, gso);
      g.a.FromHost(super);
      g.Deliver();
      ASSERT_THAT(g.b.tun.frames, SizeIs(1));
      EXPECT_EQ(g.b.tun.frames[0].packet, super.packet);
      g.b.tun.frames.clear();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, EverySuiteEngine, testing::ValuesIn(SuiteKeywords()), [](const auto& row) {
  std::string name = row.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(Segmentation, FlagsOfTcp) {
  TwoGateways g;
  Frame super =
      MakeSuperPacket({.payload = 3000, .flags = 0x10 | 0x08 | 0x01 | 0x80 | 0x40}, 1000);  // ACK PSH FIN CWR ECE
  super.vnet.gso_type |= VnetHeader::kGsoEcn;
  g.a.FromHost(super);
  g.Deliver();
  ASSERT_THAT(g.b.tun.frames, SizeIs(3));  // FIN, CWR and ECE forbid merging
  EXPECT_EQ(g.b.tun.frames[0].packet[33], 0x10 | 0x80 | 0x40);
  EXPECT_EQ(g.b.tun.frames[1].packet[33], 0x10 | 0x40);
  EXPECT_EQ(g.b.tun.frames[2].packet[33], 0x10 | 0x08 | 0x01 | 0x40);
  EXPECT_EQ(cv_get_be16(&g.b.tun.frames[2].packet[4]), 79);  // identification goes on
}

TEST(Segmentation, WhatTheHostSaysIsNotBelieved) {
  const Frame good = MakeSuperPacket({.payload = 3000}, 1000);
  const auto with = [&](const std::function<void(Frame&)>& change) {
    Frame f = good;
    change(f);
    return f;
  };
  const Frame table[] = {
      with([](Frame& f) { f.vnet.gso_size = 0; }),
      with([](Frame& f) { f.vnet.gso_type = VnetHeader::kGsoTcp6; }),
      with([](Frame& f) { f.vnet.gso_type = VnetHeader::kGsoUdp; }),
      with([](Frame& f) { f.vnet.gso_type = 3; }),    // UFO
      with([](Frame& f) { f.packet[32] = 0x40; }),    // TCP header of 16
      with([](Frame& f) { f.packet[6] = 0x20; }),     // a fragment
      with([](Frame& f) { f.packet.pop_back(); }),    // shorter than its length says
      with([](Frame& f) { f.packet.push_back(0); }),  // longer
      with([](Frame& f) { f.packet.resize(30); }),
      with([](Frame& f) { f.packet.clear(); }),
      with([](Frame& f) { f.vnet.checksum_start = 3040; }),
      with([](Frame& f) { f.vnet.checksum_offset = 0xffff; }),
  };
  for (const Frame& f : table) {
    TwoGateways g;
    g.a.FromHost(f);
    EXPECT_THAT(g.a.wire.batches, IsEmpty());
    EXPECT_EQ(g.a.shared.drops.Get(Drop::kMalformed), 1u);
  }
}

TEST(Batches, RunAcrossSuperPacketsAndEndAfterAShortPacket) {
  TwoGateways g;
  base::Bytes buffer;
  for (int i = 0; i < 2; ++i) {
    const Frame f = MakeSuperPacket({.payload = 60'000}, 1000);
    buffer.assign(sizeof(VnetHeader) + f.packet.size() + Encryptor::kTailRoom, 0);
    std::memcpy(buffer.data(), &f.vnet, sizeof(VnetHeader));
    std::ranges::copy(f.packet, buffer.begin() + sizeof(VnetHeader));
    g.a.encryptor.Encrypt(buffer.data(), sizeof(VnetHeader) + f.packet.size(), 1);
  }
  g.a.encryptor.Flush();
  ASSERT_THAT(g.a.wire.batches, SizeIs(2));  // 120 packets of 1076 octets: 60 a datagram, not 60 and 60 a super-packet
  EXPECT_EQ(g.a.wire.batches[0].data.size(), 60 * 1076u);

  g.a.wire.batches.clear();
  g.a.FromHost(MakeSuperPacket({.payload = 2500}, 1000));
  ASSERT_THAT(g.a.wire.batches, SizeIs(1));
  EXPECT_EQ(g.a.wire.batches[0].data.size() % g.a.wire.batches[0].segment, 576u);
}

TEST(Merging, EndsWhereTheStreamIsNotOne) {
  struct Row {
    const char* name;
    PacketOptions second;
    size_t frames;
  };
  const PacketOptions first = {.payload = 1000, .seq = 5000};
  const auto next = [&](const std::function<void(PacketOptions&)>& change) {
    PacketOptions o = first;
    o.seq = 6000;
    change(o);
    return o;
  };
  const Row table[] = {
      {"continues", next([](auto&) {}), 1},
      {"a short last one", next([](auto& o) { o.payload = 10; }), 1},
      {"PSH on the last", next([](auto& o) { o.flags = 0x18; }), 1},
      {"a gap", next([](auto& o) { o.seq = 6001; }), 2},
      {"a repetition", next([](auto& o) { o.seq = 5000; }), 2},
      {"larger", next([](auto& o) { o.payload = 1001; }), 2},
      {"FIN", next([](auto& o) { o.flags = 0x11; }), 2},
      {"pure ACK", next([](auto& o) { o.payload = 0; }), 2},
      {"other port", next([](auto& o) { o.destination_port = 81; }), 2},
      {"other host", next([](auto& o) { o.destination = "10.2.0.8"; }), 2},
      {"other TOS", next([](auto& o) { o.tos = 0x10; }), 2},
      {"other DF", next([](auto& o) { o.dont_fragment = false; }), 2},
      {"options", next([](auto& o) {
         o.options = {1, 1, 1, 1};
       }),
       2},
      {"UDP", next([](auto& o) { o.protocol = CV_PROTO_UDP; }), 2},
  };
  for (const Row& row : table) {
    TwoGateways g;
    const base::Bytes one = MakePacket(first), two = MakePacket(row.second);
    g.a.FromHost({{}, one});
    g.a.FromHost({{}, two});
    g.Deliver();
    ASSERT_THAT(g.b.tun.frames, SizeIs(row.frames)) << row.name;
    if (row.frames == 2) {
      EXPECT_EQ(g.b.tun.frames[0].packet, one) << row.name;
      EXPECT_EQ(g.b.tun.frames[1].packet, two) << row.name;
    } else {
      EXPECT_EQ(g.b.tun.frames[0].packet.size(), 40 + 1000 + row.second.payload);
    }
  }
}

TEST(Merging, APacketWithAWrongChecksumIsLeftAsItIs) {
  TwoGateways g;
  const base::Bytes one = MakePacket({.payload = 1000, .seq = 5000});
  base::Bytes two = MakePacket({.payload = 1000, .seq = 6000});
  two[500] ^= 1;
  g.a.FromHost({{}, one});
  g.a.FromHost({{}, two});
  g.Deliver();
  ASSERT_THAT(g.b.tun.frames, SizeIs(2));
  EXPECT_EQ(g.b.tun.frames[1].packet, two);
  EXPECT_EQ(g.b.tun.frames[1].vnet.flags, 0);  // the host finds out by itself
}

TEST(Merging, ADropInTheMiddleLeavesTheRestWhole) {
  TwoGateways g;
  g.a.FromHost(MakeSuperPacket({.payload = 5000, .seq = 100}, 1000));
  std::vector<base::Bytes> packets = g.a.wire.Packets();
  packets[2].back() ^= 1;
  base::Bytes all;
  for (const base::Bytes& p : packets) all.insert(all.end(), p.begin(), p.end());
  g.b.FromWire(all, packets[0].size());
  g.b.decryptor.Flush();
  ASSERT_THAT(g.b.tun.frames, SizeIs(2));
  const base::Bytes whole = MakePacket({.payload = 5000, .seq = 100});
  EXPECT_TRUE(std::equal(whole.begin() + 40, whole.begin() + 2040, g.b.tun.frames[0].packet.begin() + 40));
  EXPECT_TRUE(std::equal(whole.begin() + 3040, whole.end(), g.b.tun.frames[1].packet.begin() + 40));
  EXPECT_EQ(g.b.in(1).drops.Get(Drop::kIntegrity), 1u);
}

}  // namespace
}  // namespace culvert::espd
