// SPDX-License-Identifier: Apache-2.0
// espd's two mouths. The first octet picks: bytes as they come from the network; an authentic peer that seals whatever
// it likes; packets from the host with any offload header.
#include <cstdint>
#include <cstring>

#include "kmod/core/spi.h"
#include "libs/base/clock.h"
#include "services/espd/datapath.h"
#include "services/espd/decryptor.h"
#include "services/espd/encryptor.h"

namespace {

using namespace culvert;        // NOLINT: a program of one file
using namespace culvert::espd;  // NOLINT

constexpr uint32_t kSpi = (1u << 14) | 5;

struct NullTun final : TunPort {
  void Write(const uint8_t* frame, size_t size) override { sum += frame[size - 1]; }
  uint64_t sum = 0;  // so that the last octet is read, which ASan checks
};
struct NullWire final : EspPort {
  void Send(std::span<const EspBatch> batches) override {
    for (const EspBatch& b : batches) sum += b.data[b.size - 1];
  }
  uint64_t sum = 0;
};
struct NullStrays final : StrayPort {
  void Send(base::MutableByteView, const base::Endpoint&, const base::Endpoint&) override {}
};

struct World {
  std::unique_ptr<CryptoBackend> crypto = NewOpenSslBackend();  // instrumented no more than the other, but steps less
  base::SystemClock clock;
  SharedState shared{1};
  Datapath datapath{shared, *crypto, clock};
  CryptoScratch scratch;
  NullTun tun;
  NullWire wire;
  NullStrays strays;
  Encryptor encryptor{shared, 0, scratch, tun, wire};
  Decryptor decryptor{shared, 0, scratch, tun, strays, true};
  Suite suite = *Suite::Parse("aes128gcm16");
  std::unique_ptr<EspCipher> peer;
  uint64_t seq = 0;

  World() {
    const base::Bytes key(20, 7);
    ChildSaConfig c;
    c.id = 1;
    c.tunnel = "t";
    c.suite = "aes128gcm16";
    for (SaConfig* sa : {&c.inbound, &c.outbound}) {
      sa->spi = kSpi;
      sa->encryption_key = base::Secret::CopyOf(key);
    }
    for (const uint8_t version : {4, 6}) {
      cv_selector s = {};
      s.version = version;
      std::memset(s.source.last, 0xff, 16);
      std::memset(s.destination.last, 0xff, 16);
      s.source_port = s.destination_port = {0, 0xffff};
      c.selectors.push_back(s);
    }
    const base::Endpoint end = {base::IpAddress::V4(0x7f000001), 4500};
    c.path = {end, end, true};
    datapath.SetPolicies({{.tunnel = "t", .selectors = c.selectors}});
    if (!datapath.Install(c).ok()) std::abort();
    peer = *crypto->MakeCipher(suite, {key, {}}, false, Direction::kOutbound);
  }
};

void FromNetwork(World& w, base::Bytes data, size_t segment) {
  w.decryptor.Receive({.data = data.data(), .size = data.size(), .segment = segment}, 1);
  w.decryptor.Flush();
}

// Several packets a round, so that merging meets them side by side: the plain texts are separated by their lengths.
void FromPeer(World& w, const uint8_t* data, size_t size) {
  while (size >= 2) {
    const size_t length = std::min<size_t>(data[0] << 8 | data[1], size - 2);
    base::Bytes plain(data + 2, data + 2 + length);
    if (length > 0 && (data[0] & 0x80) == 0) {  // most often with a right trailer, else none gets any further
      const size_t pad = cv_esp_pad(&w.suite.shape, length);
      plain.resize(length + pad + 2);
      cv_esp_put_trailer(&plain[length], pad, plain[0] >> 4 == 6 ? 41 : 4);
    }
    plain.resize((plain.size() + 3) / 4 * 4 + (plain.empty() ? 4 : 0));
    base::Bytes packet(8 + 8 + plain.size() + 16);
    cv_esp_put_header(packet.data(), kSpi, ++w.seq);
    w.peer->Seal(w.scratch, w.seq, plain.data(), plain.size(), packet.data());
    w.decryptor.Receive({.data = packet.data(), .size = packet.size()}, 1);
    data += 2 + length;
    size -= 2 + length;
  }
  w.decryptor.Flush();
}

void FromHost(World& w, const uint8_t* data, size_t size) {
  base::Bytes frame(data, data + size);
  frame.resize(size + Encryptor::kTailRoom);
  w.encryptor.Encrypt(frame.data(), size, 1);
  w.encryptor.Flush();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World& world = *new World;
  if (size < 2 || size > 65536) return 0;
  switch (data[0] % 3) {
    case 0:
      FromNetwork(world, {data + 2, data + size}, data[1]);
      break;
    case 1:
      FromPeer(world, data + 1, size - 1);
      break;
    case 2:
      FromHost(world, data + 1, size - 1);
      break;
  }
  return 0;
}
