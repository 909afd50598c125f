// SPDX-License-Identifier: Apache-2.0
// What a peer, or somebody who is none, may send: each row is dropped and counted by its reason.
#include <gmock/gmock.h>

#include "services/espd/ecn.h"
#include "services/espd/engine_fixture.h"

namespace culvert::espd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Seals any octets, right or wrong, as the peer would.
class EvilPeer {
 public:
  explicit EvilPeer(const PairOptions& options = {}) : suite_(*Suite::Parse(options.suite)) {
    const ChildSaConfig c = PairConfig(options);
    spi_ = c.outbound.spi;
    cipher_ = *crypto_->MakeCipher(suite_, {c.outbound.encryption_key.view(), c.outbound.integrity_key.view()},
                                   options.esn, Direction::kOutbound);
  }
  // `plain` goes in with its trailer.
  base::Bytes SealRaw(uint64_t seq, const base::Bytes& plain) {
    base::Bytes packet(CV_ESP_HEADER_SIZE + suite_.shape.iv + plain.size() + suite_.shape.icv);
    cv_esp_put_header(packet.data(), spi_, seq);
    cipher_->Seal(scratch_, seq, plain.data(), plain.size(), packet.data());
    return packet;
  }
  base::Bytes Seal(uint64_t seq, base::Bytes payload, uint8_t next_header = CV_NEXT_HEADER_IPV4) {
    const size_t pad = cv_esp_pad(&suite_.shape, payload.size());
    const size_t size = payload.size();
    payload.resize(size + pad + CV_ESP_TRAILER_SIZE);
    cv_esp_put_trailer(payload.data() + size, pad, next_header);
    return SealRaw(seq, payload);
  }

 private:
  const std::unique_ptr<CryptoBackend> crypto_ = NewBestBackend();
  Suite suite_;
  uint32_t spi_;
  std::unique_ptr<EspCipher> cipher_;
  CryptoScratch scratch_;
};

TEST(Refused, ByReason) {
  EvilPeer peer;
  const base::Bytes good = MakePacket();
  const auto changed = [&](const std::function<void(base::Bytes&)>& change) {
    base::Bytes p(good);
    change(p);
    return p;
  };
  const auto first = [&](size_t size) {
    base::Bytes p = peer.Seal(1, good);
    p.resize(size);
    return p;
  };
  base::Bytes trailer_lies(16, 0), trailer_zeros(good);
  trailer_lies[14] = 15;
  trailer_lies[15] = 4;
  trailer_zeros.resize(good.size() + 4);
  trailer_zeros[good.size() + 2] = 2;
  trailer_zeros[good.size() + 3] = 4;
  struct Row {
    const char* name;
    base::Bytes packet;
    Drop reason;
  };
  const Row table[] = {
      {"sequence number 0", peer.Seal(0, good), Drop::kReplay},
      {"flipped bit",
       [&] {
         auto p = peer.Seal(1, good);
         p[40] ^= 1;
         return p;
       }(),
       Drop::kIntegrity},
      {"flipped SPI-less header bit",
       [&] {
         auto p = peer.Seal(1, good);
         p[7] ^= 2;
         return p;
       }(),
       Drop::kIntegrity},
      {"header alone", first(8), Drop::kMalformed},
      {"header, IV and ICV alone", first(32), Drop::kMalformed},
      {"not in words",
       [&] {
         auto p = peer.Seal(1, good);
         p.pop_back();
         return p;
       }(),
       Drop::kMalformed},
      {"pad length above the payload", peer.SealRaw(1, trailer_lies), Drop::kMalformed},
      {"padding of zeros", peer.SealRaw(1, trailer_zeros), Drop::kMalformed},
      {"next header says IPv6", peer.Seal(1, good, 41), Drop::kMalformed},
      {"next header is TCP: transport mode", peer.Seal(1, good, 6), Drop::kMalformed},
      {"empty payload", peer.Seal(1, {}), Drop::kMalformed},
      {"inner length above the payload", peer.Seal(1, changed([](auto& p) { p[3]++; })), Drop::kMalformed},
      {"inner length below its header", peer.Seal(1, changed([](auto& p) { p[2] = p[3] = 0; })), Drop::kMalformed},
      {"inner source outside", peer.Seal(1, MakePacket({.source = "10.9.0.5"})), Drop::kPolicy},
      {"inner destination outside", peer.Seal(1, MakePacket({.destination = "10.9.0.5"})), Drop::kPolicy},
      {"the tunnel's other direction", peer.Seal(1, MakePacket({.source = "10.2.0.5", .destination = "10.1.0.5"})),
       Drop::kPolicy},
      {"inner IPv6", peer.Seal(1, MakePacket({.source = "fd01::5", .destination = "fd02::7"}), 41), Drop::kPolicy},
  };
  for (const Row& row : table) {
    TwoGateways g;
    g.b.FromWire(row.packet, 0, 0, "192.0.2.1");
    g.b.decryptor.Flush();
    EXPECT_THAT(g.b.tun.frames, IsEmpty()) << row.name;
    for (size_t i = 0; i < kDrops; ++i) {
      const auto reason = static_cast<Drop>(i);
      EXPECT_EQ(g.b.in(1).drops.Get(reason), reason == row.reason ? 1u : 0u) << row.name << " " << kDropWords[i];
    }
  }
}

TEST(Refused, EveryLengthBelowAWholePacketUnderEverySuite) {
  for (const std::string& suite : SuiteKeywords()) {
    TwoGateways g({.suite = suite});
    const base::Bytes whole = EvilPeer({.suite = suite}).Seal(1, MakePacket());
    for (size_t size = 0; size < whole.size(); ++size)
      g.b.FromWire({whole.begin(), whole.begin() + static_cast<long>(size)});
    g.b.decryptor.Flush();
    EXPECT_THAT(g.b.tun.frames, IsEmpty()) << suite;
    g.b.FromWire(whole);
    g.b.decryptor.Flush();
    EXPECT_THAT(g.b.tun.frames, SizeIs(1)) << suite;
  }
}

TEST(Refused, Replays) {
  TwoGateways g;
  EvilPeer peer;
  for (const uint64_t seq : {1, 2, 2, 1, 5, 3, 5, 2000, 976, 977}) g.b.FromWire(peer.Seal(seq, MakePacket()));
  g.b.decryptor.Flush();
  EXPECT_EQ(g.b.in(1).packets, 6u);  // 1 2 5 3 2000 977
  EXPECT_EQ(g.b.in(1).drops.Get(Drop::kReplay), 4u);
}

TEST(Refused, AForgeryDoesNotMoveTheWindow) {
  TwoGateways g;
  EvilPeer peer;
  base::Bytes forged = peer.Seal(100'000, MakePacket());
  forged.back() ^= 1;
  g.b.FromWire(forged);
  g.b.FromWire(peer.Seal(1, MakePacket()));
  EXPECT_EQ(g.b.in(1).packets, 1u);
  EXPECT_EQ(g.b.in(1).drops.Get(Drop::kIntegrity), 1u);
}

TEST(Accepted, DummiesAndTfcPadding) {
  TwoGateways g;
  EvilPeer peer;
  g.b.FromWire(peer.Seal(1, base::Bytes(50), CV_NEXT_HEADER_NONE));  // RFC 4303 2.6: dropped without a word
  base::Bytes padded = MakePacket({.payload = 20});
  padded.resize(500, 0xaa);  // RFC 4303 2.7
  g.b.FromWire(peer.Seal(2, padded));
  g.b.decryptor.Flush();
  ASSERT_THAT(g.b.tun.frames, SizeIs(1));
  EXPECT_EQ(g.b.tun.frames[0].packet, MakePacket({.payload = 20}));
  for (size_t i = 0; i < kDrops; ++i) EXPECT_EQ(g.b.in(1).drops.Get(static_cast<Drop>(i)), 0u);
}

TEST(Accepted, ExtendedSequenceNumbersAcrossTheWrap) {
  TwoGateways g({.esn = true});
  EvilPeer peer({.esn = true});
  const uint64_t wrap = uint64_t{1} << 32;
  for (const uint64_t seq : {wrap - 300, wrap - 2, wrap + 1, wrap - 1, wrap + 2, wrap - 1})
    g.b.FromWire(peer.Seal(seq, MakePacket()));
  // The first is a jump of almost 2^32: taken for a number of this subspace, as it is.
  EXPECT_EQ(g.b.in(1).packets, 5u);
  EXPECT_EQ(g.b.in(1).drops.Get(Drop::kReplay), 1u);
}

TEST(Classified, EachSegmentOfACoalescedDatagram) {
  TwoGateways g;
  EvilPeer peer;
  const base::Bytes esp1 = peer.Seal(1, MakePacket()), esp2 = peer.Seal(2, MakePacket({.seq = 1100}));
  base::Bytes ike(esp1.size(), 0x11);
  std::fill_n(ike.begin(), 4, uint8_t{0});
  base::Bytes unknown(esp1.size(), 0x77);
  base::Bytes all;
  for (const base::Bytes& part : {esp1, ike, unknown, esp2}) all.insert(all.end(), part.begin(), part.end());
  all.push_back(0xff);  // a keepalive at the end
  g.b.FromWire(all, esp1.size());
  g.b.decryptor.Flush();
  EXPECT_EQ(g.b.in(1).packets, 2u);
  EXPECT_THAT(g.b.strays.datagrams, ElementsAre(ike));
  EXPECT_EQ(g.b.shared.drops.Get(Drop::kNoSa), 1u);
  EXPECT_EQ(g.b.shared.drops.Get(Drop::kMalformed), 0u);
}

TEST(Told, UnknownSpiOnceASecond) {
  TwoGateways g;
  for (int i = 0; i < 10; ++i) g.b.FromWire(base::Bytes(100, 0x77), 0, 0, "198.51.100.9", 999);
  auto notices = g.b.datapath.Poll(absl::ZeroDuration());
  ASSERT_THAT(notices, SizeIs(1));
  EXPECT_EQ(notices[0].event.kind, Event::Kind::kUnknownSpi);
  EXPECT_EQ(notices[0].event.spi, 0x77777777u);
  EXPECT_EQ(notices[0].event.source.ToString(), "198.51.100.9:999");
}

// A stale packet for a slot's former tenant finds nothing.
TEST(Told, AnotherGenerationIsAnotherSpi) {
  TwoGateways g;
  base::Bytes old = EvilPeer().Seal(1, MakePacket());
  cv_put_be32(old.data(), cv_spi_make(cv_spi_slot(kSpiB), cv_spi_generation(kSpiB) + 1, 4));
  g.b.FromWire(old);
  EXPECT_EQ(g.b.in(1).packets, 0u);
  EXPECT_EQ(g.b.shared.drops.Get(Drop::kNoSa), 1u);
}

TEST(Told, FirstInboundAndNatMapping) {
  TwoGateways g;
  EvilPeer peer;
  base::Bytes forged = peer.Seal(3, MakePacket());
  forged.back() ^= 1;
  g.b.FromWire(forged, 0, 0, "203.0.113.1", 7777);
  EXPECT_THAT(g.b.datapath.Poll(absl::ZeroDuration()), IsEmpty());  // an unauthenticated packet moves nothing

  g.b.FromWire(peer.Seal(3, MakePacket()), 0, 0, "192.0.2.1");
  auto notices = g.b.datapath.Poll(absl::ZeroDuration());
  ASSERT_THAT(notices, SizeIs(1));
  EXPECT_EQ(notices[0].event.kind, Event::Kind::kFirstInbound);
  EXPECT_EQ(notices[0].event.child_sa, 1u);

  g.b.FromWire(peer.Seal(2, MakePacket()), 0, 0, "203.0.113.1", 7777);  // late: says where the peer was
  EXPECT_THAT(g.b.datapath.Poll(absl::ZeroDuration()), IsEmpty());
  for (uint64_t seq = 4; seq < 8; ++seq) g.b.FromWire(peer.Seal(seq, MakePacket()), 0, 0, "203.0.113.1", 7777);
  notices = g.b.datapath.Poll(absl::ZeroDuration());
  ASSERT_THAT(notices, SizeIs(1));
  EXPECT_EQ(notices[0].event.kind, Event::Kind::kNatMapping);
  EXPECT_EQ(notices[0].event.source.ToString(), "203.0.113.1:7777");
}

TEST(Ecn, EveryPairOfRfc6040Figure4) {
  // Rows: inner Not-ECT, ECT(1), ECT(0), CE. -1: dropped.
  const int want[4][4] = {{0, 0, 0, -1}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}};
  for (const bool v4 : {true, false}) {
    for (uint8_t in = 0; in < 4; ++in) {
      for (uint8_t out = 0; out < 4; ++out) {
        PacketOptions o = {.tos = static_cast<uint8_t>(0xb8 | in)};
        if (!v4) o.source = "fd01::5", o.destination = "fd02::7";
        base::Bytes packet = MakePacket(o);
        cv_inner inner;
        ASSERT_TRUE(cv_inner_read(packet.data(), packet.size(), &inner));
        const bool kept = DecapsulateEcn(packet.data(), &inner, out);
        EXPECT_EQ(kept, want[in][out] >= 0);
        if (!kept) continue;
        ASSERT_TRUE(cv_inner_read(packet.data(), packet.size(), &inner));
        EXPECT_EQ(inner.tos, 0xb8 | want[in][out]);
        EXPECT_TRUE(ChecksumsAreRight(packet));
      }
    }
  }
}

TEST(Ecn, OuterMarksFollowTheFlags) {
  for (const bool dscp : {true, false}) {
    for (const bool ecn : {true, false}) {
      TwoGateways g({}, [&](ChildSaConfig& c) { c.copy_dscp = dscp, c.ecn = ecn; });
      g.a.FromHost({{}, MakePacket({.tos = 0xba})});
      ASSERT_THAT(g.a.wire.batches, SizeIs(1));
      EXPECT_EQ(g.a.wire.batches[0].tos, (dscp ? 0xb8 : 0) | (ecn ? 2 : 0));
    }
  }
}

}  // namespace
}  // namespace culvert::espd
