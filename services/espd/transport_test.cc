// SPDX-License-Identifier: Apache-2.0
// Transport mode and TFC padding (RFC 4303 3.1.1, 2.7).
#include <gtest/gtest.h>

#include "services/espd/engine_fixture.h"

namespace culvert::espd {
namespace {

const PairOptions kHosts = {.near = "192.0.2.1/32", .far = "192.0.2.2/32"};

struct TwoHosts : TwoGateways {
  explicit TwoHosts(bool udp = true)
      : TwoGateways(kHosts, [udp](ChildSaConfig& c) {
          c.transport = true;
          c.path.udp_encapsulation = udp;
        }) {}
};

PacketOptions BetweenHosts(PacketOptions o = {}) {
  o.source = "192.0.2.1";
  o.destination = "192.0.2.2";
  return o;
}

TEST(Transport, CarriesNoIpHeader_Rfc4303_3_1_1) {
  TwoHosts hosts;
  const base::Bytes packet = MakePacket(BetweenHosts({.tos = 0x28}));
  hosts.a.FromHost({{}, packet});
  ASSERT_EQ(hosts.a.wire.batches.size(), 1u);
  const cv_esp_shape shape = Suite::Parse("aes128gcm16")->shape;
  EXPECT_EQ(hosts.a.wire.batches.front().data.size(), cv_esp_packet_size(&shape, packet.size() - 20));
  hosts.Deliver();
  ASSERT_EQ(hosts.b.tun.frames.size(), 1u);
  const base::Bytes& received = hosts.b.tun.frames.front().packet;
  EXPECT_TRUE(ChecksumsAreRight(received));
  EXPECT_EQ(base::Bytes(received.begin() + 12, received.end()), base::Bytes(packet.begin() + 12, packet.end()));
  EXPECT_EQ(received[1], 0x28);  // the outer header's, which is the only one
  EXPECT_EQ(hosts.b.in(1).packets, 1u);
}

TEST(Transport, CutsAndMergesSuperPackets) {
  for (const bool udp : {true, false}) {
    TwoHosts hosts(udp);
    hosts.a.FromHost(MakeSuperPacket(BetweenHosts({.payload = 10'000}), 1200));
    hosts.Deliver();
    ASSERT_EQ(hosts.b.tun.frames.size(), 1u);
    EXPECT_EQ(hosts.b.tun.frames.front().packet.size(), 40u + 10'000u);
    EXPECT_EQ(hosts.b.in(1).packets, 9u);
  }
}

TEST(Transport, ANatInBetweenCostsNoChecksum_Rfc3948_3_1_2) {
  TwoGateways hosts(kHosts, [](ChildSaConfig& c) { c.transport = true; });
  // The sender's own address is another one than the receiver knows it by.
  Gateway inside;
  ChildSaConfig config = PairConfig({.near = "10.0.0.9/32", .far = "192.0.2.2/32"});
  config.transport = true;
  inside.datapath.SetPolicies({{.tunnel = "t", .selectors = config.selectors, .acquire = true}});
  ASSERT_TRUE(inside.datapath.Install(config).ok());
  PacketOptions o = BetweenHosts();
  o.source = "10.0.0.9";
  inside.FromHost({{}, MakePacket(o)});
  ASSERT_EQ(inside.wire.batches.size(), 1u);
  hosts.b.FromWire(inside.wire.batches.front().data, 0, 0, "192.0.2.1");
  hosts.b.decryptor.Flush();
  ASSERT_EQ(hosts.b.tun.frames.size(), 1u);
  EXPECT_TRUE(ChecksumsAreRight(hosts.b.tun.frames.front().packet));
}

TEST(Transport, WhatNeedsItsHeaderIsDropped) {
  TwoHosts hosts;
  base::Bytes fragment = MakePacket(BetweenHosts());
  fragment[6] = 0x20;  // more fragments
  StoreIpv4HeaderChecksum(fragment.data());
  hosts.a.FromHost({{}, fragment});
  EXPECT_TRUE(hosts.a.wire.batches.empty());
  EXPECT_EQ(hosts.a.out(1).drops.Get(Drop::kPolicy), 1u);
}

TEST(Transport, ProtocolsAreJudgedAsInTunnelMode) {
  TwoGateways hosts(kHosts, [](ChildSaConfig& c) {
    c.transport = true;
    c.selectors.front().protocol = CV_PROTO_UDP;
  });
  hosts.a.FromHost({{}, MakePacket(BetweenHosts())});
  EXPECT_TRUE(hosts.a.wire.batches.empty());
  hosts.a.FromHost({{}, MakePacket(BetweenHosts({.protocol = CV_PROTO_UDP}))});
  hosts.Deliver();
  EXPECT_EQ(hosts.b.in(1).packets, 1u);
}

TEST(Transport, Ipv6) {
  TwoGateways hosts({.near = "2001:db8::1/128", .far = "2001:db8::2/128"},
                    [](ChildSaConfig& c) { c.transport = true; });
  PacketOptions o;
  o.source = "2001:db8::1";
  o.destination = "2001:db8::2";
  o.tos = 0xb8;
  const base::Bytes packet = MakePacket(o);
  hosts.a.FromHost({{}, packet});
  hosts.Deliver();
  ASSERT_EQ(hosts.b.tun.frames.size(), 1u);
  base::Bytes expected = packet;
  expected[7] = hosts.b.tun.frames.front().packet[7];  // the hop limit stays behind
  EXPECT_EQ(hosts.b.tun.frames.front().packet, expected);
}

TEST(TfcPadding, EveryPacketIsAsLarge_Rfc4303_2_7) {
  TwoGateways gateways({}, [](ChildSaConfig& c) { c.tfc = 1000; });
  for (const size_t payload : {1u, 100u, 900u}) gateways.a.FromHost({{}, MakePacket({.payload = payload})});
  gateways.a.FromHost(MakeSuperPacket({.payload = 2500}, 500));
  const cv_esp_shape shape = Suite::Parse("aes128gcm16")->shape;
  for (const base::Bytes& packet : gateways.a.wire.Packets()) {
    EXPECT_EQ(packet.size(), cv_esp_packet_size(&shape, 1000));
  }
  gateways.Deliver();
  EXPECT_EQ(gateways.b.in(1).packets, 3u + 5u);
  for (const Frame& frame : gateways.b.tun.frames) {
    if (frame.vnet.gso_size == 0) {
      EXPECT_TRUE(ChecksumsAreRight(frame.packet));
    }
  }
}

TEST(TfcPadding, NeverAboveThePath) {
  TwoGateways gateways({}, [](ChildSaConfig& c) { c.tfc = 60'000; });
  gateways.a.FromHost({{}, MakePacket({.payload = 10})});
  ASSERT_EQ(gateways.a.wire.Packets().size(), 1u);
  EXPECT_LE(gateways.a.wire.Packets().front().size(), 1500u - 28u);
  gateways.Deliver();
  EXPECT_EQ(gateways.b.in(1).packets, 1u);
}

}  // namespace
}  // namespace culvert::espd
