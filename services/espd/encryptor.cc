// SPDX-License-Identifier: Apache-2.0
#include "services/espd/encryptor.h"

#include <algorithm>
#include <cstring>

#include "services/espd/limits.h"
#include "services/espd/packet_too_big.h"

namespace culvert::espd {
namespace {

constexpr int64_t kAcquireAgainMs = 1000;  // a tunnel without SA asks for one at most this often
constexpr int kTooBigPerSecond = 100;      // RFC 4443 2.4 (f)

// RFC 4301 5.1.2.1 for the DSCP, RFC 6040 4.1 (normal mode) for ECN.
uint8_t OuterTos(const ChildSa& sa, uint8_t inner) {
  return static_cast<uint8_t>((sa.copy_dscp ? inner & 0xfc : 0) | (sa.ecn ? inner & 0x03 : 0));
}

}  // namespace

const FlowCache::Entry& Encryptor::Lookup(const cv_flow& flow) {
  FlowCache::Entry& entry = cache_.At(flow);
  const uint64_t version = shared_.version.load(std::memory_order_acquire);
  if (entry.version == version && FlowCache::Same(entry.flow, flow)) return entry;
  const PolicyTable* policies = shared_.policies.load(std::memory_order_acquire);
  const Policy* policy = policies != nullptr ? policies->Find(flow) : nullptr;
  entry = {flow, policy, policy != nullptr ? policy->tunnel->PairFor(flow) : nullptr, version};
  return entry;
}

void Encryptor::Encrypt(uint8_t* frame, size_t size, int64_t now_ms) {
  VnetHeader vnet;
  if (size < sizeof(vnet)) return;
  std::memcpy(&vnet, frame, sizeof(vnet));
  now_ms_ = now_ms;
  if (!segments_.Start(vnet, frame + sizeof(vnet), size - sizeof(vnet))) {
    return shared_.drops.Count(Drop::kMalformed);
  }
  const cv_flow& flow = segments_.inner().flow;
  const FlowCache::Entry& found = Lookup(flow);
  if (found.policy == nullptr) return shared_.drops.Count(Drop::kNoSa, segments_.count());
  if (found.sa == nullptr) return HoldForSa(*found.policy, flow, frame, size, now_ms);

  ChildSa& sa = *found.sa;
  if (sa.transport && !TransportHeader::Spares(segments_.inner())) {
    return sa.out.drops.Count(Drop::kPolicy, segments_.count());
  }
  const uint32_t mtu = sa.inner_mtu.load(std::memory_order_relaxed);
  if (segments_.packet_size() > mtu) return TooBig(sa);
  if (sa.out.expired.load(std::memory_order_relaxed) ||
      !BookTraffic(shared_, worker_, sa, sa.out, segments_.total_size(), segments_.count(), now_ms)) {
    return sa.out.drops.Count(Drop::kExpired, segments_.count());
  }
  const uint64_t first_seq = sa.ReserveSequence(segments_.count());
  if (first_seq == 0) {
    if (!sa.out.expired.exchange(true)) {
      shared_.Raise(worker_, {.kind = Event::Kind::kHardExpire, .child_sa = sa.id});
    }
    return sa.out.drops.Count(Drop::kExpired, segments_.count());
  }
  segments_.ClampMss(mtu);
  Seal(sa, first_seq);
}

void Encryptor::Seal(ChildSa& sa, uint64_t first_seq) {
  const OuterPath* path = sa.path.load(std::memory_order_acquire);
  const uint8_t tos = OuterTos(sa, segments_.inner().tos);
  const cv_inner& inner = segments_.inner();
  const uint8_t tunnelled = inner.flow.version == 4 ? CV_NEXT_HEADER_IPV4 : CV_NEXT_HEADER_IPV6;
  const uint8_t next_header = sa.transport ? inner.flow.protocol : tunnelled;
  const size_t spared = sa.transport ? inner.transport : 0;  // transport mode leaves the IP header behind
  const size_t least = std::min<size_t>(sa.tfc, sa.inner_mtu.load(std::memory_order_relaxed));
  const cv_esp_shape& shape = sa.suite.shape;
  for (uint32_t i = 0; i < segments_.count(); ++i) {
    size_t payload;
    uint8_t* plain = segments_.Cut(i, &payload) + spared;
    payload -= spared;
    if (payload < least) plain = Padded(plain, &payload, least);
    const size_t pad = cv_esp_pad(&shape, payload);
    // The trailer stands where the next segment's payload begins; that is put back once it is encrypted.
    uint8_t next_payload[kTailRoom];
    std::memcpy(next_payload, plain + payload, CV_ESP_MIN_ALIGN + CV_ESP_MAX_IV + CV_ESP_TRAILER_SIZE);
    const size_t trailer = cv_esp_put_trailer(plain + payload, pad, next_header);
    uint8_t* packet = batcher_.Append(path, tos, cv_esp_packet_size(&shape, payload), &sa.out.drops);
    cv_esp_put_header(packet, sa.outbound_spi, first_seq + i);
    sa.sealer->Seal(scratch_, first_seq + i, plain, payload + trailer, packet);
    std::memcpy(plain + payload, next_payload, CV_ESP_MIN_ALIGN + CV_ESP_MAX_IV + CV_ESP_TRAILER_SIZE);
  }
}

// RFC 4303 2.7. Behind the packet may stand the next segment: the padded one is made elsewhere.
uint8_t* Encryptor::Padded(uint8_t* payload, size_t* size, size_t wanted) {
  std::memcpy(padded_.get(), payload, *size);
  std::memset(padded_.get() + *size, 0, wanted - *size);
  *size = wanted;
  return padded_.get();
}

void Encryptor::HoldForSa(const Policy& policy, const cv_flow& flow, const uint8_t* frame, size_t size,
                          int64_t now_ms) {
  Tunnel& tunnel = *policy.tunnel;
  if (!policy.acquire) return tunnel.drops_out.Count(Drop::kNoSa, segments_.count());
  int64_t told = tunnel.acquire_told_ms.load(std::memory_order_relaxed);
  if ((told == 0 || now_ms - told >= kAcquireAgainMs) && tunnel.acquire_told_ms.compare_exchange_strong(told, now_ms)) {
    const Event acquire = {.kind = Event::Kind::kAcquire, .tunnel = tunnel.id, .flow = flow};
    if (!shared_.Raise(worker_, acquire)) tunnel.acquire_told_ms = 0;
  }
  if (!held_.Hold(tunnel.id, frame, size, now_ms)) tunnel.drops_out.Count(Drop::kQueue, segments_.count());
}

void Encryptor::RetryHeld(int64_t now_ms) {
  for (HeldPackets::Packet& p : held_.TakeAll()) {
    if (now_ms - p.since_ms > kHeldForMs) {
      shared_.drops.Count(Drop::kNoSa);
      continue;
    }
    const size_t size = p.frame.size();
    p.frame.resize(size + kTailRoom);
    Encrypt(p.frame.data(), size, now_ms);
  }
}

void Encryptor::TooBig(ChildSa& sa) {
  sa.out.drops.Count(Drop::kMtu, segments_.count());
  if (now_ms_ - too_big_window_ms_ >= 1000) {
    too_big_window_ms_ = now_ms_;
    too_big_sent_ = 0;
  }
  if (too_big_sent_ >= kTooBigPerSecond) return;
  uint8_t frame[sizeof(VnetHeader) + kPacketTooBigMax] = {};
  const size_t size = MakePacketTooBig(segments_.packet(), segments_.inner(), sa.inner_mtu, frame + sizeof(VnetHeader));
  if (size == 0) return;
  ++too_big_sent_;
  tun_.Write(frame, sizeof(VnetHeader) + size);
}

}  // namespace culvert::espd
