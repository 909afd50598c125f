// SPDX-License-Identifier: Apache-2.0
// The engine without I/O beside the cipher it calls: what lookup, cutting, checksums, batching and merging add.
#include <benchmark/benchmark.h>
#include <intel-ipsec-mb.h>

#include <cstring>
#include <memory>
#include <vector>

#include "kmod/core/spi.h"
#include "libs/base/clock.h"
#include "services/espd/checksum.h"
#include "services/espd/datapath.h"
#include "services/espd/decryptor.h"
#include "services/espd/encryptor.h"

namespace {

using namespace culvert;        // NOLINT: a program of one file
using namespace culvert::espd;  // NOLINT

constexpr size_t kInner = 1408;  // octets of an inner packet
constexpr uint32_t kSegments = 44;

struct NullTun final : TunPort {
  void Write(const uint8_t* frame, size_t) override { benchmark::DoNotOptimize(frame); }
};
struct KeepingWire final : EspPort {
  void Send(std::span<const EspBatch> batches) override {
    if (!keep) return;
    for (const EspBatch& b : batches) sent.emplace_back(b.data, b.data + b.size);
  }
  bool keep = false;
  std::vector<base::Bytes> sent;
};
struct NullStrays final : StrayPort {
  void Send(base::MutableByteView, const base::Endpoint&, const base::Endpoint&) override {}
};

// A TCP super-packet of kSegments inner packets, from 10.x.y.1 to 11.x.y.1 of pair `n`.
base::Bytes SuperFrame(uint32_t n) {
  const size_t payload = (kInner - 40) * kSegments;
  base::Bytes frame(sizeof(VnetHeader) + 40 + payload + Encryptor::kTailRoom);
  VnetHeader vnet;
  vnet.flags = VnetHeader::kNeedsChecksum;
  vnet.gso_type = VnetHeader::kGsoTcp4;
  vnet.gso_size = kInner - 40;
  vnet.checksum_start = 20;
  vnet.checksum_offset = 16;
  std::memcpy(frame.data(), &vnet, sizeof(vnet));
  uint8_t* p = frame.data() + sizeof(vnet);
  p[0] = 0x45;
  cv_put_be16(p + 2, static_cast<uint16_t>(40 + payload));
  p[8] = 64;
  p[9] = CV_PROTO_TCP;
  cv_put_be32(p + 12, 0x0a000001 + (n << 8));
  cv_put_be32(p + 16, 0x0b000001 + (n << 8));
  p[32] = 0x50;
  p[33] = 0x10;
  return frame;
}

struct World {
  std::unique_ptr<CryptoBackend> crypto = NewBestBackend();
  base::SystemClock clock;
  SharedState shared{1};
  Datapath datapath{shared, *crypto, clock};
  CryptoScratch scratch;
  NullTun tun;
  KeepingWire wire;
  NullStrays strays;
  Encryptor encryptor{shared, 0, scratch, tun, wire};
  Decryptor decryptor{shared, 0, scratch, tun, strays, true};

  // Each pair's inbound SPI and key are its outbound ones, so that it can open what it sealed.
  explicit World(uint32_t pairs) {
    std::vector<PolicyConfig> policies;
    for (uint32_t n = 0; n < pairs; ++n) {
      cv_selector s = {};
      s.version = 4;
      s.source_port = s.destination_port = {0, 0xffff};
      cv_put_be32(s.source.first, 0x0a000000 + (n << 8));
      cv_put_be32(s.source.last, 0x0a0000ff + (n << 8));
      cv_put_be32(s.destination.first, 0x0b000000 + (n << 8));
      cv_put_be32(s.destination.last, 0x0b0000ff + (n << 8));
      cv_selector back = s;
      std::swap(back.source, back.destination);
      ChildSaConfig c;
      c.id = n + 1;
      c.tunnel = std::to_string(n);
      c.suite = "aes128gcm16";
      c.replay_window = 0;  // the same packets again and again
      for (SaConfig* sa : {&c.inbound, &c.outbound}) {
        sa->spi = cv_spi_make(n + 1, 0, 0);
        sa->encryption_key = base::Secret(20);
        sa->encryption_key.mutable_view()[0] = static_cast<uint8_t>(n);
      }
      c.selectors = {s, back};
      const base::Endpoint end = {base::IpAddress::V4(0x7f000001 + n), 4500};
      c.path = {end, end, true};
      policies.push_back({.tunnel = c.tunnel, .selectors = {s}});
      if (!datapath.Install(c).ok()) std::abort();
    }
    datapath.SetPolicies(policies);
  }
};

void PerPacket(benchmark::State& state, uint64_t packets) {
  state.counters["ns/packet"] = benchmark::Counter(static_cast<double>(packets) * 1e-9,
                                                   benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void RawCipher(benchmark::State& state) {
  IMB_MGR* mb = alloc_mb_mgr(0);
  init_mb_mgr_auto(mb, nullptr);
  alignas(64) static gcm_key_data key;
  const uint8_t raw_key[16] = {};
  IMB_AES128_GCM_PRE(mb, raw_key, &key);
  base::Bytes in(kInner * kSegments), out(in.size() + 16);
  uint64_t packets = 0;
  for (auto _ : state) {
    for (uint32_t i = 0; i < kSegments; ++i) {
      gcm_context_data context;
      uint8_t iv[12] = {}, aad[8] = {}, tag[16];
      IMB_AES128_GCM_ENC(mb, &key, &context, out.data() + i * kInner, in.data() + i * kInner, kInner, iv, aad, 8, tag,
                         16);
      benchmark::DoNotOptimize(tag);
    }
    packets += kSegments;
  }
  PerPacket(state, packets);
  free_mb_mgr(mb);
}
BENCHMARK(RawCipher);

// Round robin over `range(0)` pairs, a super-packet each.
void Encrypt(benchmark::State& state) {
  const auto pairs = static_cast<uint32_t>(state.range(0));
  World w(pairs);
  base::Bytes original = SuperFrame(0), frame = original;
  uint32_t n = 0;
  uint64_t packets = 0;
  for (auto _ : state) {
    // What the kernel would have put there: the headers anew, the payload as it is.
    std::memcpy(frame.data(), original.data(), sizeof(VnetHeader) + 40);
    cv_put_be32(frame.data() + sizeof(VnetHeader) + 12, 0x0a000001 + (n << 8));
    cv_put_be32(frame.data() + sizeof(VnetHeader) + 16, 0x0b000001 + (n << 8));
    n = n + 1 == pairs ? 0 : n + 1;
    w.encryptor.Encrypt(frame.data(), frame.size() - Encryptor::kTailRoom, 1);
    w.encryptor.Flush();
    packets += kSegments;
  }
  PerPacket(state, packets);
}
BENCHMARK(Encrypt)->Arg(1)->Arg(10'000);

void Decrypt(benchmark::State& state) {
  const auto pairs = static_cast<uint32_t>(state.range(0));
  World w(pairs);
  w.wire.keep = true;
  // As many super-packets whatever the number of pairs, so that the data's own share of the caches is the same.
  for (uint32_t i = 0; i < 64; ++i) {
    base::Bytes frame = SuperFrame(pairs == 1 ? 0 : i * (pairs / 64));
    w.encryptor.Encrypt(frame.data(), frame.size() - Encryptor::kTailRoom, 1);
    w.encryptor.Flush();
  }
  const size_t segment = 8 + 8 + kInner + 4 + 16;
  size_t i = 0;
  uint64_t packets = 0;
  for (auto _ : state) {
    base::Bytes& batch = w.wire.sent[i];
    i = i + 1 == w.wire.sent.size() ? 0 : i + 1;
    w.decryptor.Receive({.data = batch.data(), .size = batch.size(), .segment = segment}, 1);
    w.decryptor.Flush();
    packets += (batch.size() + segment - 1) / segment;
  }
  PerPacket(state, packets);
}
BENCHMARK(Decrypt)->Arg(1)->Arg(10'000);

}  // namespace

BENCHMARK_MAIN();
