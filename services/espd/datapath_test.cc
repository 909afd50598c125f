// SPDX-License-Identifier: Apache-2.0
#include "services/espd/datapath.h"

#include <gmock/gmock.h>

#include <random>
#include <thread>

#include "services/espd/engine_fixture.h"

namespace culvert::espd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Frame kPacket = {{}, MakePacket()};

PolicyConfig PolicyOf(const PairOptions& o = {}, const std::string& tunnel = "t") {
  return {.tunnel = tunnel, .selectors = {SelectorOf(o.near, o.far)}, .acquire = true};
}

TEST(Outbound, NothingLeavesWithoutAnSa) {
  Gateway g;
  g.FromHost(kPacket);  // no policy at all
  EXPECT_EQ(g.shared.drops.Get(Drop::kNoSa), 1u);

  PolicyConfig policy = PolicyOf();
  policy.acquire = false;
  g.datapath.SetPolicies({policy});
  g.FromHost(kPacket);
  uint64_t dropped = 0;
  g.datapath.ReadTunnels([&](const TunnelReading& r) { dropped = r.drops_out.Get(Drop::kNoSa); });
  EXPECT_EQ(dropped, 1u);
  EXPECT_THAT(g.wire.batches, IsEmpty());
  EXPECT_THAT(g.datapath.Poll(absl::ZeroDuration()), IsEmpty());
}

TEST(Outbound, TheFirstPacketsAreHeldAndSentWhenAnSaArrives) {
  Gateway g;
  g.datapath.SetPolicies({PolicyOf()});
  for (int i = 0; i < 20; ++i) g.FromHost(kPacket);
  auto notices = g.datapath.Poll(absl::ZeroDuration());
  ASSERT_THAT(notices, SizeIs(1));  // one Acquire, not twenty
  EXPECT_EQ(notices[0].event.kind, Event::Kind::kAcquire);
  EXPECT_EQ(notices[0].tunnel, "t");
  EXPECT_EQ(notices[0].event.flow.destination_port, 80);
  EXPECT_THAT(g.wire.batches, IsEmpty());

  g.now_ms += 1000;
  g.FromHost(kPacket);  // nobody came: asks again
  EXPECT_THAT(g.datapath.Poll(absl::ZeroDuration()), SizeIs(1));

  ASSERT_EQ(g.datapath.Install(PairConfig({})), absl::OkStatus());
  g.encryptor.RetryHeld(g.now_ms);
  g.encryptor.Flush();
  EXPECT_THAT(g.wire.Packets(), SizeIs(kHeldPerTunnel));
  uint64_t queue = 0;
  g.datapath.ReadTunnels([&](const TunnelReading& r) { queue = r.drops_out.Get(Drop::kQueue); });
  EXPECT_EQ(queue, 21 - kHeldPerTunnel);
}

TEST(Outbound, HeldPacketsGrowOld) {
  Gateway g;
  g.datapath.SetPolicies({PolicyOf()});
  g.FromHost(kPacket);
  g.now_ms += kHeldForMs + 1;
  g.encryptor.RetryHeld(g.now_ms);
  EXPECT_FALSE(g.encryptor.holds_packets());
  EXPECT_EQ(g.shared.drops.Get(Drop::kNoSa), 1u);
}

TEST(Outbound, TheSaWhoseSelectorsCoverTheFlow) {
  Gateway g;
  PolicyConfig policy = PolicyOf();
  policy.selectors = {SelectorOf("10.1.0.0/16", "10.2.0.0/16")};
  g.datapath.SetPolicies({policy});
  ASSERT_EQ(g.datapath.Install(PairConfig({.id = 1, .near = "10.1.0.0/24", .far = "10.2.0.0/24"})), absl::OkStatus());
  ASSERT_EQ(g.datapath.Install(PairConfig({.id = 2, .near = "10.1.1.0/24", .far = "10.2.0.0/24", .spi_step = 8})),
            absl::OkStatus());
  g.FromHost({{}, MakePacket({.source = "10.1.0.9"})});
  g.FromHost({{}, MakePacket({.source = "10.1.1.9"})});
  g.FromHost({{}, MakePacket({.source = "10.1.2.9"})});  // the tunnel's, but no pair's: waits
  ASSERT_THAT(g.wire.Packets(), SizeIs(2));
  EXPECT_EQ(cv_get_be32(g.wire.Packets()[0].data()), kSpiB);
  EXPECT_EQ(cv_get_be32(g.wire.Packets()[1].data()), kSpiB + (8u << 14));
}

TEST(Outbound, APairThatLeavesTakesNoOtherWithIt) {
  Gateway g;
  PolicyConfig policy = PolicyOf();
  policy.selectors = {SelectorOf("10.1.0.0/16", "10.2.0.0/16")};
  policy.acquire = false;
  g.datapath.SetPolicies({policy});
  const auto sent = [&g](const char* source) {
    const size_t before = g.wire.Packets().size();
    g.FromHost({{}, MakePacket({.source = source})});
    return g.wire.Packets().size() - before;
  };
  const char* const kNear[] = {"10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24"};
  for (uint32_t i = 0; i < 3; ++i) {
    const PairOptions pair = {.id = i + 1, .near = kNear[i], .far = "10.2.0.0/24", .spi_step = 8 * i};
    ASSERT_EQ(g.datapath.Install(PairConfig(pair)), absl::OkStatus());
  }
  ASSERT_EQ(g.datapath.Retire(2, absl::ZeroDuration()), absl::OkStatus());
  EXPECT_EQ(sent("10.1.0.9"), 1u);
  EXPECT_EQ(sent("10.1.1.9"), 0u);
  EXPECT_EQ(sent("10.1.2.9"), 1u);
  ASSERT_EQ(g.datapath.Retire(3, absl::ZeroDuration()), absl::OkStatus());
  EXPECT_EQ(sent("10.1.0.9"), 1u);
  EXPECT_EQ(sent("10.1.2.9"), 0u);
  ASSERT_EQ(g.datapath.Install(PairConfig({.id = 4, .near = "10.1.2.0/24", .far = "10.2.0.0/24", .spi_step = 24})),
            absl::OkStatus());
  EXPECT_EQ(sent("10.1.0.9"), 1u);
  EXPECT_EQ(sent("10.1.2.9"), 1u);
}

TEST(Outbound, OnlyPairsInUseKeepTheirKeysExpanded) {
  Gateway g;
  g.datapath.SetPolicies({PolicyOf()});
  ASSERT_EQ(g.datapath.Install(PairConfig({})), absl::OkStatus());
  const EspCipher& sealer = *g.shared.sas.Find(PairConfig({}).inbound.spi)->sealer;
  g.FromHost(kPacket);
  const absl::Duration used = absl::Milliseconds(g.now_ms);
  g.clock.now = used + absl::Seconds(59);
  g.datapath.Poll(absl::ZeroDuration());
  EXPECT_NE(sealer.Fold(), nullptr);
  g.FromHost(kPacket);  // a second packet expands it again
  g.clock.now = used + absl::Seconds(59 + 15);
  g.datapath.Poll(absl::ZeroDuration());
  EXPECT_EQ(sealer.Fold(), nullptr);
  g.FromHost(kPacket);
  EXPECT_THAT(g.wire.Packets(), SizeIs(3));
}

TEST(Outbound, SequenceNumbersStopBeforeTheyCycle) {
  for (const bool esn : {false, true}) {
    TwoGateways g({.esn = esn});
    auto sa = ChildSa::Create(PairConfig({.esn = esn}), nullptr, *g.a.crypto);
    ASSERT_TRUE(sa.ok());
    (*sa)->next_sequence = 0xfffffffe;
    EXPECT_EQ((*sa)->ReserveSequence(2), 0xfffffffeu);
    EXPECT_EQ((*sa)->ReserveSequence(1), esn ? 0x100000000u : 0u);
    (*sa)->next_sequence = 0xfffffffe;
    EXPECT_EQ((*sa)->ReserveSequence(3), esn ? 0xfffffffeu : 0u);  // all of a super-packet or nothing
  }
}

TEST(Outbound, LimitsAreToldAndKept) {
  TwoGateways g({}, [](ChildSaConfig& c) { c.limits = {.hard_packets = 5, .soft_packets = 3}; });
  for (int i = 0; i < 8; ++i) g.a.FromHost(kPacket);
  auto notices = g.a.datapath.Poll(absl::ZeroDuration());
  ASSERT_THAT(notices, SizeIs(2));
  EXPECT_EQ(notices[0].event.kind, Event::Kind::kSoftExpire);
  EXPECT_EQ(notices[1].event.kind, Event::Kind::kHardExpire);
  EXPECT_THAT(g.a.wire.Packets(), SizeIs(5));
  EXPECT_EQ(g.a.out(1).drops.Get(Drop::kExpired), 3u);

  for (const base::Bytes& p : g.a.wire.Packets()) g.b.FromWire(p, 0, 0, "192.0.2.1");
  EXPECT_EQ(g.b.in(1).packets, 5u);
  notices = g.b.datapath.Poll(absl::ZeroDuration());
  ASSERT_THAT(notices, SizeIs(2));  // inbound counts for itself
  EXPECT_EQ(notices[0].event.kind, Event::Kind::kFirstInbound);
  EXPECT_EQ(notices[1].event.kind, Event::Kind::kSoftExpire);
}

TEST(Outbound, APacketThatIsTooBigIsAnswered) {
  struct Row {
    PacketOptions packet;
    size_t answers;
  };
  const Row table[] = {
      {{.payload = 1500}, 1},
      {{.payload = 1500, .dont_fragment = false}, 0},
      {{.source = "fd01::5", .destination = "fd02::7", .payload = 1500}, 1},
      {{.protocol = CV_PROTO_UDP, .payload = 1450}, 1},
  };
  for (const Row& row : table) {
    const bool v4 = base::IpAddress::Parse(row.packet.source)->is_v4();
    TwoGateways g(v4 ? PairOptions{} : PairOptions{.near = "fd01::/64", .far = "fd02::/64"});
    g.a.FromHost({{}, MakePacket(row.packet)});
    EXPECT_THAT(g.a.wire.batches, IsEmpty());
    EXPECT_EQ(g.a.out(1).drops.Get(Drop::kMtu), 1u);
    ASSERT_THAT(g.a.tun.frames, SizeIs(row.answers));
    if (row.answers == 0) continue;
    const base::Bytes& icmp = g.a.tun.frames[0].packet;
    cv_inner inner;
    ASSERT_TRUE(cv_inner_read(icmp.data(), icmp.size(), &inner));
    EXPECT_EQ(inner.flow.source_port, v4 ? 0x0304 : 0x0200);
    const size_t at = inner.transport;
    EXPECT_EQ(v4 ? cv_get_be16(&icmp[at + 6]) : cv_get_be32(&icmp[at + 4]), 1438u);
    const uint64_t pseudo =
        v4 ? 0 : PseudoHeaderSum(icmp.data(), CV_PROTO_ICMPV6, static_cast<uint32_t>(icmp.size() - at));
    EXPECT_EQ(ChecksumFold(ChecksumAdd(pseudo, &icmp[at], icmp.size() - at)), 0xffff);
    EXPECT_EQ(std::vector<uint8_t>(icmp.end() - 100, icmp.end()).size(), 100u);
  }
}

TEST(Outbound, AnswersAreRateLimited) {
  TwoGateways g;
  for (int i = 0; i < 500; ++i) g.a.FromHost({{}, MakePacket({.payload = 1500})});
  EXPECT_THAT(g.a.tun.frames, SizeIs(100));
  g.a.now_ms += 1000;
  g.a.FromHost({{}, MakePacket({.payload = 1500})});
  EXPECT_THAT(g.a.tun.frames, SizeIs(101));
}

TEST(Mss, IsClampedBothWays) {
  const base::Bytes mss1460 = {2, 4, 0x05, 0xb4}, shifted = {1, 2, 4, 0x05, 0xb4, 1, 1, 1}, small = {2, 4, 0x02, 0x18};
  struct Row {
    base::Bytes options;
    uint8_t flags;
    size_t at;
    uint16_t want;
  };
  const Row table[] = {
      {mss1460, 0x02, 42, 1398},  // 1438 - 40
      {mss1460, 0x12, 42, 1398},  // SYN ACK
      {shifted, 0x02, 43, 1398},  // at an odd offset
      {small, 0x02, 42, 536},     // small enough
      {mss1460, 0x10, 42, 1460},  // no SYN
  };
  for (const Row& row : table) {
    for (const bool partial : {false, true}) {
      TwoGateways g;
      PacketOptions o = {.payload = 0, .flags = row.flags, .options = row.options};
      Frame f = {{}, MakePacket(o)};
      if (partial) {
        f = MakeSuperPacket(o, 1000);
        f.vnet.gso_type = VnetHeader::kGsoNone;
      }
      g.a.FromHost(f);
      g.Deliver();
      ASSERT_THAT(g.b.tun.frames, SizeIs(1));
      EXPECT_EQ(cv_get_be16(&g.b.tun.frames[0].packet[row.at]), row.want);
      EXPECT_TRUE(ChecksumsAreRight(g.b.tun.frames[0].packet));
    }
  }
  // Options that lie are left alone.
  for (const base::Bytes& lie :
       {base::Bytes{2, 0, 5, 0xb4}, base::Bytes{2, 9, 5, 0xb4}, base::Bytes{8, 1, 2, 4}, base::Bytes{1, 1, 1, 2}}) {
    TwoGateways g;
    const base::Bytes packet = MakePacket({.payload = 0, .flags = 2, .options = lie});
    g.a.FromHost({{}, packet});
    g.Deliver();
    EXPECT_EQ(g.b.tun.frames.at(0).packet, packet);
  }
}

TEST(Control, InstallIsIdempotentAndRefusesWhatCannotBe) {
  Gateway g;
  ASSERT_EQ(g.datapath.Install(PairConfig({})), absl::OkStatus());
  EXPECT_EQ(g.datapath.Install(PairConfig({})), absl::OkStatus());
  EXPECT_THAT(g.datapath.Ids(), SizeIs(1));

  EXPECT_EQ(g.datapath.Install(PairConfig({.id = 2})).code(), absl::StatusCode::kAlreadyExists);  // the same SPI
  const auto refused = [&](const std::function<void(ChildSaConfig&)>& change) {
    ChildSaConfig c = PairConfig({.id = 3, .spi_step = 9});
    change(c);
    return g.datapath.Install(c).code();
  };
  EXPECT_EQ(refused([](auto& c) { c.suite = "null"; }), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](auto& c) { c.inbound.spi = 255; }), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](auto& c) { c.outbound.spi = 0; }), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](auto& c) { c.selectors.clear(); }), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](auto& c) { c.path.remote = {}; }), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](auto& c) { c.inbound.encryption_key = base::Secret(5); }), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(g.datapath.Ids(), ElementsAre(1));
}

TEST(Control, ARekeyLosesNothing) {
  Gateway g;
  g.datapath.SetPolicies({PolicyOf()});
  const auto spi_of_next = [&] {
    g.wire.batches.clear();
    g.FromHost(kPacket);
    return cv_get_be32(g.wire.Packets().at(0).data());
  };
  ASSERT_EQ(g.datapath.Install(PairConfig({})), absl::OkStatus());
  EXPECT_EQ(spi_of_next(), kSpiB);

  // As the responder of a rekey: not before the peer has shown that it has the new pair.
  ChildSaConfig next = PairConfig({.id = 2, .spi_step = 8});
  next.replaces = 1;
  next.activation = Activation::kOnFirstInbound;
  ASSERT_EQ(g.datapath.Install(next), absl::OkStatus());
  EXPECT_EQ(spi_of_next(), kSpiB);

  TwoGateways peer({.id = 2, .spi_step = 8});
  peer.b.FromHost({{}, MakePacket({.source = "10.2.0.7", .destination = "10.1.0.5"})});
  g.FromWire(peer.b.wire.Packets().at(0));
  EXPECT_THAT(g.datapath.Poll(absl::ZeroDuration()), SizeIs(1));
  EXPECT_EQ(spi_of_next(), kSpiB + (8u << 14));

  // The old one receives through its grace, then it is gone.
  ASSERT_EQ(g.datapath.Retire(1, absl::Seconds(5)), absl::OkStatus());
  TwoGateways old;
  old.b.FromHost({{}, MakePacket({.source = "10.2.0.7", .destination = "10.1.0.5"})});
  g.FromWire(old.b.wire.Packets().at(0));
  EXPECT_EQ(g.in(1).packets, 1u);
  g.clock.now += absl::Seconds(6);
  g.datapath.Poll(absl::ZeroDuration());
  EXPECT_THAT(g.datapath.Ids(), ElementsAre(2));
  EXPECT_EQ(g.shared.quiescence.pending(), 0u);
}

TEST(Control, OnRetireActivatesWhenTheOldOneGoes) {
  Gateway g;
  g.datapath.SetPolicies({PolicyOf()});
  ASSERT_EQ(g.datapath.Install(PairConfig({})), absl::OkStatus());
  ChildSaConfig next = PairConfig({.id = 2, .spi_step = 8});
  next.replaces = 1;
  next.activation = Activation::kOnRetire;
  ASSERT_EQ(g.datapath.Install(next), absl::OkStatus());
  g.FromHost(kPacket);
  ASSERT_EQ(g.datapath.Retire(1, absl::Seconds(5)), absl::OkStatus());
  g.FromHost(kPacket);
  ASSERT_THAT(g.wire.Packets(), SizeIs(2));
  EXPECT_EQ(cv_get_be32(g.wire.Packets()[0].data()), kSpiB);
  EXPECT_EQ(cv_get_be32(g.wire.Packets()[1].data()), kSpiB + (8u << 14));
}

// Two rekeys of one pair that crossed (RFC 7296 2.8.1): the one of ours sends, and the peer may not have its own yet.
TEST(Control, OnRetireWaitsOnWhereAnotherHasTakenOver) {
  Gateway g;
  g.datapath.SetPolicies({PolicyOf()});
  ASSERT_EQ(g.datapath.Install(PairConfig({})), absl::OkStatus());
  ChildSaConfig ours = PairConfig({.id = 2, .spi_step = 8});
  ours.replaces = 1;
  ASSERT_EQ(g.datapath.Install(ours), absl::OkStatus());
  ChildSaConfig theirs = PairConfig({.id = 3, .spi_step = 16});
  theirs.replaces = 1;
  theirs.activation = Activation::kOnFirstInbound;
  ASSERT_EQ(g.datapath.Install(theirs), absl::OkStatus());
  ASSERT_EQ(g.datapath.Retire(1, absl::Seconds(5)), absl::OkStatus());
  g.FromHost(kPacket);
  ASSERT_EQ(g.datapath.Retire(2, absl::Seconds(5)), absl::OkStatus());  // it has lost
  g.FromHost(kPacket);
  ASSERT_THAT(g.wire.Packets(), SizeIs(2));
  EXPECT_EQ(cv_get_be32(g.wire.Packets()[0].data()), kSpiB + (8u << 14));
  EXPECT_EQ(cv_get_be32(g.wire.Packets()[1].data()), kSpiB + (16u << 14));
}

TEST(Control, RetiringTheLastPairWithoutGraceStopsTheTraffic) {
  TwoGateways g;
  ASSERT_EQ(g.a.datapath.Retire(1, absl::ZeroDuration()), absl::OkStatus());
  ASSERT_EQ(g.a.datapath.Retire(1, absl::ZeroDuration()), absl::OkStatus());
  g.a.FromHost(kPacket);
  EXPECT_THAT(g.a.wire.batches, IsEmpty());
}

TEST(Control, UpdatePathMovesTheNextPacket) {
  TwoGateways g;
  const OuterPathConfig moved = {
      {*base::IpAddress::Parse("192.0.2.1"), 4500}, {*base::IpAddress::Parse("203.0.113.9"), 1024}, true};
  ASSERT_EQ(g.a.datapath.UpdatePath(1, moved), absl::OkStatus());
  g.a.FromHost(kPacket);
  EXPECT_EQ(g.a.wire.batches.at(0).path, moved);
  EXPECT_EQ(g.a.datapath.UpdatePath(9, moved).code(), absl::StatusCode::kNotFound);
}

TEST(Policies, PriorityThenPrefixAndExactlyAsALinearSearchWouldFind) {
  std::mt19937 random(7);
  const auto range = [&](uint32_t base_address) {
    cv_range r = {};
    const uint32_t first = base_address + random() % 1024;
    cv_put_be32(r.first, first);
    cv_put_be32(r.last, random() % 3 == 0 ? first : first + random() % 300);
    return r;
  };
  Tunnel tunnel(1, "t");
  for (int round = 0; round < 20; ++round) {
    std::vector<Policy> policies(200);
    for (Policy& p : policies) {
      p.tunnel = &tunnel;
      p.priority = static_cast<int32_t>(random() % 4);
      p.selector.version = 4;
      p.selector.source = range(0x0a010000);
      p.selector.destination = range(0x0a020000);
      p.selector.source_port = {0, 0xffff};
      p.selector.destination_port = {0, static_cast<uint16_t>(random() % 2 == 0 ? 0xffff : 80)};
    }
    const PolicyTable table(policies);
    for (int i = 0; i < 2000; ++i) {
      cv_flow flow = {};
      flow.version = 4;
      flow.protocol = 6;
      flow.destination_port = random() % 2 == 0 ? 80 : 443;
      cv_put_be32(flow.source, 0x0a010000 + random() % 1400);
      cv_put_be32(flow.destination, 0x0a020000 + random() % 1400);
      int32_t best = -1;
      for (const Policy& p : policies) {
        if (cv_selector_matches(&p.selector, &flow, true)) best = std::max(best, p.priority);
      }
      const Policy* found = table.Find(flow);
      ASSERT_EQ(found == nullptr ? -1 : found->priority, best);
      ASSERT_TRUE(found == nullptr || cv_selector_matches(&found->selector, &flow, true));
    }
  }

  Tunnel wide(2, "wide"), narrow(3, "narrow");
  const PolicyTable table({{&wide, SelectorOf("10.1.0.0/16", "0.0.0.0/0"), 5, true},
                           {&narrow, SelectorOf("10.1.0.0/16", "10.2.0.0/24"), 5, true}});
  cv_inner inner;
  const base::Bytes packet = MakePacket();
  ASSERT_TRUE(cv_inner_read(packet.data(), packet.size(), &inner));
  EXPECT_EQ(table.Find(inner.flow)->tunnel, &narrow);  // of one priority: the longer prefix
}

// The control plane replaces everything over and over while a worker encrypts and another decrypts; under TSan and ASan
// this is where a version freed too early would show.
TEST(Threads, ControlPlaneAgainstWorkers) {
  SharedState shared(2);
  const auto crypto = NewBestBackend();
  base::SystemClock clock;
  Datapath datapath(shared, *crypto, clock);
  FakeStrays strays;
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> rounds = 0;
  // The peer's packets, sealed in advance.
  TwoGateways peer;
  for (int i = 0; i < 64; ++i) peer.a.FromHost(kPacket);
  const std::vector<base::Bytes> packets = peer.a.wire.Packets();

  const auto worker = [&](int index) {
    struct NullWire final : EspPort {
      void Send(std::span<const EspBatch>) override {}
    } wire;
    struct NullTun final : TunPort {
      void Write(const uint8_t*, size_t) override {}
    } tun;
    CryptoScratch scratch;
    Encryptor encryptor(shared, index, scratch, tun, wire);
    Decryptor decryptor(shared, index, scratch, tun, strays, true);
    for (int64_t now = 0; !stop; ++now) {
      shared.quiescence.Enter(index);
      base::Bytes frame(sizeof(VnetHeader) + kPacket.packet.size() + Encryptor::kTailRoom);
      std::ranges::copy(kPacket.packet, frame.begin() + sizeof(VnetHeader));
      encryptor.Encrypt(frame.data(), sizeof(VnetHeader) + kPacket.packet.size(), now);
      encryptor.RetryHeld(now);
      encryptor.Flush();
      base::Bytes esp = packets[static_cast<size_t>(now) % packets.size()];
      decryptor.Receive({.data = esp.data(), .size = esp.size(), .source = peer.a.wire.batches[0].path.local}, now);
      decryptor.Flush();
      shared.quiescence.Leave(index);
      ++rounds;
    }
  };
  std::thread first(worker, 0), second(worker, 1);
  for (uint64_t id = 1; id < 300 || rounds < 2000; ++id) {
    if (id % 7 == 0) datapath.SetPolicies({});
    datapath.SetPolicies({PolicyOf()});
    ChildSaConfig pair = PairConfig({}, true);
    pair.id = id;
    pair.selectors = {SelectorOf("10.1.0.0/24", "10.2.0.0/24"), SelectorOf("10.2.0.0/24", "10.1.0.0/24")};
    EXPECT_EQ(datapath.Install(pair), absl::OkStatus());
    EXPECT_EQ(datapath.UpdatePath(id, pair.path), absl::OkStatus());
    datapath.Poll(absl::ZeroDuration());
    datapath.ReadSas([](const ChildSaReading&) {});
    EXPECT_EQ(datapath.Retire(id, absl::ZeroDuration()), absl::OkStatus());
  }
  stop = true;
  first.join();
  second.join();
  datapath.Poll(absl::ZeroDuration());
  EXPECT_EQ(shared.quiescence.pending(), 0u);
}

}  // namespace
}  // namespace culvert::espd
