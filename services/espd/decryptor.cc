// SPDX-License-Identifier: Apache-2.0
#include "services/espd/decryptor.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "services/espd/ecn.h"
#include "services/espd/limits.h"
#include "services/espd/mss.h"

namespace culvert::espd {
namespace {

constexpr uint8_t kKeepaliveOctet = 0xff;     // RFC 3948 2.3
constexpr int64_t kUnknownSpiEveryMs = 1000;  // per worker

enum class Kind { kEsp, kKeepalive, kStray, kRunt };

// RFC 3948 2.2 and 2.3. A raw socket carries ESP alone.
Kind Classify(const uint8_t* data, size_t size, bool udp) {
  if (udp && size == 1 && data[0] == kKeepaliveOctet) return Kind::kKeepalive;
  if (size < CV_ESP_HEADER_SIZE) return udp && size >= 4 && cv_get_be32(data) == 0 ? Kind::kStray : Kind::kRunt;
  return udp && cv_get_be32(data) == 0 ? Kind::kStray : Kind::kEsp;
}

}  // namespace

struct Decryptor::Run {
  ChildSa& sa;
  const Received& received;
  uint64_t packets = 0;  // authenticated and passed on
  uint64_t bytes = 0;    // of inner packets
  bool authenticated = false;
  bool newest = false;  // one of them had the highest sequence number yet
};

void Decryptor::Receive(const Received& received, int64_t now_ms) {
  now_ms_ = now_ms;
  const size_t segment = received.segment == 0 ? received.size : received.segment;
  for (size_t at = 0; at < received.size;) {
    uint8_t* data = received.data + at;
    const size_t size = std::min(segment, received.size - at);
    switch (Classify(data, size, received.udp)) {
      case Kind::kKeepalive:
        at += size;
        continue;
      case Kind::kStray:
        strays_.Send({data, size}, received.local, received.source);
        at += size;
        continue;
      case Kind::kRunt:
        shared_.drops.Count(Drop::kMalformed);
        at += size;
        continue;
      case Kind::kEsp:
        break;
    }
    const uint32_t spi = cv_get_be32(data);
    ChildSa* sa = shared_.sas.Find(spi);
    if (sa == nullptr) {
      UnknownSpi(spi, received.source);
      at += size;
      continue;
    }
    Run run{*sa, received};
    {
      const ChildSa::Guard guard(*sa);
      do {
        const size_t packet_size = std::min(segment, received.size - at);
        OpenPacket(run, received.data + at, packet_size);
        at += packet_size;
      } while (received.size - at >= CV_ESP_HEADER_SIZE && cv_get_be32(received.data + at) == spi);
    }
    FinishRun(run);
  }
}

void Decryptor::OpenPacket(Run& run, uint8_t* packet, size_t size) {
  ChildSa& sa = run.sa;
  DropCounters& drops = sa.in.drops;
  if (!cv_esp_size_valid(&sa.suite.shape, size)) return drops.Count(Drop::kMalformed);
  if (sa.in.expired.load(std::memory_order_relaxed)) return drops.Count(Drop::kExpired);
  const uint64_t seq = cv_replay_extend(&sa.replay, cv_get_be32(packet + 4), sa.esn);
  if (!cv_replay_check(&sa.replay, seq)) return drops.Count(Drop::kReplay);

  const size_t text_size = size - CV_ESP_HEADER_SIZE - sa.suite.shape.iv - sa.suite.shape.icv;
  const size_t header = sa.header.size();  // transport mode: room for the one that did not come along
  uint8_t* plain = merger_.Reserve(header + text_size);
  if (!sa.opener->Open(scratch_, seq, packet, size, plain + header)) {
    merger_.Abandon();
    return drops.Count(Drop::kIntegrity);
  }
  run.newest = run.newest || seq > sa.replay.top;
  run.authenticated = true;
  cv_replay_set(&sa.replay, seq);

  cv_inner inner;
  if (!AcceptInner(run, plain, text_size, &inner)) return merger_.Abandon();
  run.bytes += inner.size;
  ++run.packets;
  merger_.Commit(inner);
}

// What is authentic may still be no business of this SA (RFC 4301 5.2 step 4). Counts what it refuses.
bool Decryptor::AcceptInner(Run& run, uint8_t* plain, size_t text_size, cv_inner* inner) {
  ChildSa& sa = run.sa;
  DropCounters& drops = sa.in.drops;
  size_t payload;
  uint8_t next_header;
  const size_t header = sa.header.size();
  if (!cv_esp_get_trailer(plain + header, text_size, &payload, &next_header)) {
    drops.Count(Drop::kMalformed);
    return false;
  }
  if (next_header == CV_NEXT_HEADER_NONE) return false;  // a dummy, not a fault (RFC 4303 2.6)
  if (sa.transport) sa.header.Write(plain, payload, next_header, run.received.tos);
  if (!cv_inner_read(plain, header + payload, inner) ||
      (!sa.transport && next_header != (inner->flow.version == 4 ? CV_NEXT_HEADER_IPV4 : CV_NEXT_HEADER_IPV6))) {
    drops.Count(Drop::kMalformed);
    return false;
  }
  if (!sa.Covers(inner->flow, /*outbound=*/false)) {
    drops.Count(Drop::kPolicy);
    return false;
  }
  if (sa.transport) {
    if (run.received.udp) RenewTransportChecksum(plain, *inner);
  } else if (sa.ecn && !DecapsulateEcn(plain, inner, run.received.tos)) {
    drops.Count(Drop::kMalformed);
    return false;
  }
  ClampTcpMss(plain, *inner, sa.inner_mtu.load(std::memory_order_relaxed), /*fix_checksum=*/true);
  return true;
}

void Decryptor::FinishRun(const Run& run) {
  ChildSa& sa = run.sa;
  if (!run.authenticated) return;
  // The packets are through already: a run may overshoot a limit by itself, and is the last one to do so.
  if (!BookTraffic(shared_, worker_, sa, sa.in, run.bytes, run.packets, now_ms_)) {
    sa.in.drops.Count(Drop::kExpired, run.packets);
  }
  if (!sa.first_told.load(std::memory_order_relaxed)) [[unlikely]] {
    if (shared_.Raise(worker_, {.kind = Event::Kind::kFirstInbound, .child_sa = sa.id})) sa.first_told = true;
  }
  // Only the newest packet says where the peer is now; a delayed or replayed one says where it was.
  if (run.newest && run.received.udp) NoticeMapping(sa, run.received.source);
}

void Decryptor::NoticeMapping(ChildSa& sa, const base::Endpoint& source) {
  const OuterPath* path = sa.path.load(std::memory_order_acquire);
  if (path->config.remote == source) [[likely]]
    return;
  const uint64_t hash = absl::HashOf(source, path->config.remote) | 1;
  if (sa.mapping_told.load(std::memory_order_relaxed) == hash) return;
  if (shared_.Raise(worker_, {.kind = Event::Kind::kNatMapping, .child_sa = sa.id, .source = source})) {
    sa.mapping_told = hash;
  }
}

void Decryptor::UnknownSpi(uint32_t spi, const base::Endpoint& source) {
  shared_.drops.Count(Drop::kNoSa);
  if (now_ms_ - unknown_told_ms_ < kUnknownSpiEveryMs) return;
  if (shared_.Raise(worker_, {.kind = Event::Kind::kUnknownSpi, .spi = spi, .source = source}))
    unknown_told_ms_ = now_ms_;
}

}  // namespace culvert::espd
