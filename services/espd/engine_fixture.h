// SPDX-License-Identifier: Apache-2.0
// Two gateways' engines without sockets: what one sends the test hands to the other. For tests alone.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "kmod/core/spi.h"
#include "libs/base/bytes.h"
#include "services/espd/checksum.h"
#include "services/espd/datapath.h"
#include "services/espd/decryptor.h"
#include "services/espd/encryptor.h"

namespace culvert::espd {

class FakeClock final : public base::Clock {
 public:
  absl::Duration BootTime() const override { return now; }
  absl::Duration Monotonic() const override { return now; }
  absl::Time Wall() const override { return absl::UnixEpoch() + now; }
  absl::Duration now = absl::Seconds(1000);
};

struct Frame {
  VnetHeader vnet;
  base::Bytes packet;
};

class FakeTun final : public TunPort {
 public:
  void Write(const uint8_t* frame, size_t size) override {
    Frame f;
    std::memcpy(&f.vnet, frame, sizeof(f.vnet));
    f.packet.assign(frame + sizeof(f.vnet), frame + size);
    frames.push_back(std::move(f));
  }
  std::vector<Frame> frames;
};

class FakeWire final : public EspPort {
 public:
  struct Batch {
    base::Bytes data;
    size_t segment;
    uint8_t tos;
    OuterPathConfig path;
  };
  void Send(std::span<const EspBatch> sent) override {
    for (const EspBatch& b : sent) {
      EXPECT_LE(b.size, 65507u);
      EXPECT_LE(b.segments, 64u);
      EXPECT_EQ(b.segments, (b.size + b.segment - 1) / b.segment);
      batches.push_back({{b.data, b.data + b.size}, b.segment, b.tos, b.path->config});
    }
  }
  // Single packets, in order.
  std::vector<base::Bytes> Packets() const {
    std::vector<base::Bytes> packets;
    for (const Batch& b : batches) {
      for (size_t at = 0; at < b.data.size(); at += b.segment) {
        const size_t end = std::min(b.data.size(), at + b.segment);
        packets.emplace_back(b.data.begin() + static_cast<long>(at), b.data.begin() + static_cast<long>(end));
      }
    }
    return packets;
  }
  std::vector<Batch> batches;
};

class FakeStrays final : public StrayPort {
 public:
  void Send(base::MutableByteView datagram, const base::Endpoint&, const base::Endpoint&) override {
    datagrams.push_back(base::ToBytes(datagram));
  }
  std::vector<base::Bytes> datagrams;
};

inline cv_range RangeOf(const std::string& prefix) {
  const base::Prefix p = *base::Prefix::Parse(prefix);
  cv_range range = {};
  std::ranges::copy(p.First().bytes(), range.first);
  std::ranges::copy(p.Last().bytes(), range.last);
  return range;
}

inline cv_selector SelectorOf(const std::string& local, const std::string& remote) {
  cv_selector s = {};
  s.source = RangeOf(local);
  s.destination = RangeOf(remote);
  s.source_port = s.destination_port = {0, 0xffff};
  s.version = base::Prefix::Parse(local)->address.is_v4() ? 4 : 6;
  return s;
}

// One gateway, one worker, driven by hand.
struct Gateway {
  SharedState shared{1};
  std::unique_ptr<CryptoBackend> crypto = NewBestBackend();
  FakeClock clock;
  Datapath datapath{shared, *crypto, clock};
  CryptoScratch scratch;
  FakeTun tun;
  FakeWire wire;
  FakeStrays strays;
  Encryptor encryptor{shared, 0, scratch, tun, wire};
  Decryptor decryptor{shared, 0, scratch, tun, strays, /*merge_udp=*/true};
  int64_t now_ms = 1'000'000;

  void FromHost(const Frame& frame) {
    base::Bytes buffer(sizeof(VnetHeader) + frame.packet.size() + Encryptor::kTailRoom);
    std::memcpy(buffer.data(), &frame.vnet, sizeof(VnetHeader));
    std::ranges::copy(frame.packet, buffer.begin() + sizeof(VnetHeader));
    encryptor.Encrypt(buffer.data(), sizeof(VnetHeader) + frame.packet.size(), now_ms);
    encryptor.Flush();
  }
  void FromWire(base::Bytes data, size_t segment = 0, uint8_t tos = 0, const std::string& source = "192.0.2.2",
                uint16_t port = 4500) {
    decryptor.Receive({.data = data.data(),
                       .size = data.size(),
                       .segment = segment,
                       .source = {*base::IpAddress::Parse(source), port},
                       .tos = tos},
                      now_ms);
  }
  const Traffic& in(uint64_t id) { return *Find(id, true); }
  const Traffic& out(uint64_t id) { return *Find(id, false); }

 private:
  const Traffic* Find(uint64_t id, bool inbound) {
    const Traffic* found = nullptr;
    datapath.ReadSas([&](const ChildSaReading& r) {
      if (r.id == id) found = inbound ? &r.in : &r.out;
    });
    return found;
  }
};

inline constexpr uint32_t kSpiA = (5u << 14) | (1u << 10) | 3;  // inbound at the first gateway
inline constexpr uint32_t kSpiB = (6u << 14) | (1u << 10) | 4;  // at the second

struct PairOptions {
  uint64_t id = 1;
  std::string suite = "aes128gcm16";
  std::string near = "10.1.0.0/24", far = "10.2.0.0/24";
  bool esn = false;
  uint32_t spi_step = 0;  // added to both SPIs' slots
};

// `second`: as the other end sees it.
inline ChildSaConfig PairConfig(const PairOptions& o, bool second = false) {
  const Suite suite = *Suite::Parse(o.suite);
  ChildSaConfig c;
  c.id = o.id;
  c.tunnel = "t";
  c.suite = o.suite;
  c.esn = o.esn;
  c.inbound.spi = (second ? kSpiB : kSpiA) + (o.spi_step << 14);
  c.outbound.spi = (second ? kSpiA : kSpiB) + (o.spi_step << 14);
  for (SaConfig* sa : {&c.inbound, &c.outbound}) {
    sa->encryption_key =
        base::Secret::CopyOf(base::Bytes(suite.key_bytes + suite.salt_bytes, static_cast<uint8_t>(sa->spi)));
    sa->integrity_key = base::Secret::CopyOf(base::Bytes(suite.integrity_key_bytes, static_cast<uint8_t>(sa->spi)));
  }
  c.selectors = {second ? SelectorOf(o.far, o.near) : SelectorOf(o.near, o.far)};
  const base::Endpoint a = {*base::IpAddress::Parse("192.0.2.1"), 4500},
                       b = {*base::IpAddress::Parse("192.0.2.2"), 4500};
  c.path = second ? OuterPathConfig{b, a, true} : OuterPathConfig{a, b, true};
  return c;
}

// Both ends installed, with policies of the same selectors.
struct TwoGateways {
  Gateway a, b;
  explicit TwoGateways(
      const PairOptions& options = {}, const std::function<void(ChildSaConfig&)>& change = [](auto&) {}) {
    ChildSaConfig first = PairConfig(options), second = PairConfig(options, true);
    change(first);
    change(second);
    a.datapath.SetPolicies({{.tunnel = "t", .selectors = first.selectors, .acquire = true}});
    b.datapath.SetPolicies({{.tunnel = "t", .selectors = second.selectors, .acquire = true}});
    EXPECT_EQ(a.datapath.Install(first), absl::OkStatus());
    EXPECT_EQ(b.datapath.Install(second), absl::OkStatus());
  }
  // Everything a has sent goes to b's host; as the kernel would deliver it, coalesced.
  void Deliver() {
    for (const FakeWire::Batch& batch : a.wire.batches) b.FromWire(batch.data, batch.segment, batch.tos, "192.0.2.1");
    a.wire.batches.clear();
    b.decryptor.Flush();
  }
};

// ---- packets

struct PacketOptions {
  std::string source = "10.1.0.5", destination = "10.2.0.7";
  uint8_t protocol = CV_PROTO_TCP;
  size_t payload = 100;
  uint8_t fill = 0;  // 0: a running pattern
  uint32_t seq = 1000;
  uint8_t flags = 0x10;  // ACK
  uint8_t tos = 0;
  bool dont_fragment = true;
  base::Bytes options = {};  // TCP
  uint16_t destination_port = 80;
};

inline void FillChecksum(base::Bytes& packet, size_t transport, uint8_t protocol) {
  const size_t at = transport + (protocol == CV_PROTO_TCP ? 16 : 6);
  ChecksumStore(&packet[at], 0);
  uint64_t sum = PseudoHeaderSum(packet.data(), protocol, static_cast<uint32_t>(packet.size() - transport));
  sum = ChecksumAdd(sum, packet.data() + transport, packet.size() - transport);
  uint16_t checksum = static_cast<uint16_t>(~ChecksumFold(sum));
  if (checksum == 0 && protocol == CV_PROTO_UDP) checksum = 0xffff;
  ChecksumStore(&packet[at], checksum);
}

// A whole packet with right checksums.
inline base::Bytes MakePacket(const PacketOptions& o = {}) {
  const base::IpAddress source = *base::IpAddress::Parse(o.source),
                        destination = *base::IpAddress::Parse(o.destination);
  const bool v4 = source.is_v4();
  const size_t transport = v4 ? 20 : 40;
  const size_t header = o.protocol == CV_PROTO_TCP ? 20 + o.options.size() : 8;
  base::Bytes p(transport + header + o.payload);
  if (v4) {
    p[0] = 0x45;
    p[1] = o.tos;
    cv_put_be16(&p[2], static_cast<uint16_t>(p.size()));
    cv_put_be16(&p[4], 77);
    p[6] = o.dont_fragment ? 0x40 : 0;
    p[8] = 63;
    p[9] = o.protocol;
    std::ranges::copy(source.bytes(), &p[12]);
    std::ranges::copy(destination.bytes(), &p[16]);
    StoreIpv4HeaderChecksum(p.data());
  } else {
    cv_put_be16(&p[0], static_cast<uint16_t>(0x6000 | o.tos << 4));
    cv_put_be16(&p[4], static_cast<uint16_t>(p.size() - 40));
    p[6] = o.protocol;
    p[7] = 63;
    std::ranges::copy(source.bytes(), &p[8]);
    std::ranges::copy(destination.bytes(), &p[24]);
  }
  uint8_t* t = &p[transport];
  cv_put_be16(t, 12345);
  cv_put_be16(t + 2, o.destination_port);
  if (o.protocol == CV_PROTO_TCP) {
    cv_put_be32(t + 4, o.seq);
    cv_put_be32(t + 8, 7777);
    t[12] = static_cast<uint8_t>(header / 4 << 4);
    t[13] = o.flags;
    cv_put_be16(t + 14, 500);
    std::ranges::copy(o.options, t + 20);
  } else {
    cv_put_be16(t + 4, static_cast<uint16_t>(8 + o.payload));
  }
  for (size_t i = 0; i < o.payload; ++i)
    p[transport + header + i] = o.fill != 0 ? o.fill : static_cast<uint8_t>(i * 7 + i / 251);
  FillChecksum(p, transport, o.protocol);
  return p;
}

// The same as the stack hands over a super-packet: the checksum field holds the pseudo-header's sum.
inline Frame MakeSuperPacket(const PacketOptions& o, uint16_t gso_size) {
  Frame f = {{}, MakePacket(o)};
  const bool v4 = base::IpAddress::Parse(o.source)->is_v4();
  const bool tcp = o.protocol == CV_PROTO_TCP;
  const uint16_t transport = v4 ? 20 : 40;
  f.vnet.flags = VnetHeader::kNeedsChecksum;
  f.vnet.gso_type = !tcp ? VnetHeader::kGsoUdp : v4 ? VnetHeader::kGsoTcp4 : VnetHeader::kGsoTcp6;
  f.vnet.gso_size = gso_size;
  f.vnet.checksum_start = transport;
  f.vnet.checksum_offset = tcp ? 16 : 6;
  ChecksumStore(
      &f.packet[transport + f.vnet.checksum_offset],
      ChecksumFold(PseudoHeaderSum(f.packet.data(), o.protocol, static_cast<uint32_t>(f.packet.size() - transport))));
  return f;
}

inline bool ChecksumsAreRight(const base::Bytes& packet) {
  cv_inner inner;
  if (!cv_inner_read(packet.data(), packet.size(), &inner)) return false;
  if (inner.flow.version == 4 && ChecksumFold(ChecksumAdd(0, packet.data(), inner.transport)) != 0xffff) return false;
  uint64_t sum = PseudoHeaderSum(packet.data(), inner.flow.protocol, inner.size - inner.transport);
  sum = ChecksumAdd(sum, packet.data() + inner.transport, inner.size - inner.transport);
  return ChecksumFold(sum) == 0xffff;
}

}  // namespace culvert::espd
