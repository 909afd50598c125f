// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/nat.h"

#include "libs/crypto/digest.h"
#include "libs/wire/writer.h"

namespace culvert::iked {

using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;

base::Bytes NatDetectionHash(uint64_t spi_i, uint64_t spi_r, const base::Endpoint& endpoint) {
  wire::Writer writer;
  writer.U64(spi_i);
  writer.U64(spi_r);
  writer.Append(endpoint.address.bytes());
  writer.U16(endpoint.port);
  return crypto::Digest(crypto::Hash::kSha1, {writer.view()});
}

void AppendNatDetection(std::vector<wire::ikev2::Payload>& payloads, uint64_t spi_i, uint64_t spi_r,
                        const base::Endpoint& local, const base::Endpoint& remote, Encapsulation encapsulation,
                        base::Rng& rng) {
  if (encapsulation == Encapsulation::kNever) return;
  NotifyPayload source{.type = NotifyType::kNatDetectionSourceIp};
  source.data = encapsulation == Encapsulation::kForce ? rng.Take(crypto::DigestSize(crypto::Hash::kSha1))
                                                       : NatDetectionHash(spi_i, spi_r, local);
  payloads.push_back(std::move(source));
  payloads.push_back(
      NotifyPayload{.type = NotifyType::kNatDetectionDestinationIp, .data = NatDetectionHash(spi_i, spi_r, remote)});
}

NatSituation JudgeNat(const wire::ikev2::Message& message, uint64_t spi_i, uint64_t spi_r, const base::Endpoint& local,
                      const base::Endpoint& remote, Encapsulation encapsulation) {
  NatSituation nat;
  if (encapsulation == Encapsulation::kNever) return nat;
  bool source_seen = false;
  bool source_matches = false;
  const NotifyPayload* destination = message.GetNotify(NotifyType::kNatDetectionDestinationIp);
  const base::Bytes remote_hash = NatDetectionHash(spi_i, spi_r, remote);
  for (const NotifyPayload* notify : message.All<NotifyPayload>()) {  // a sender may know several own addresses
    if (notify->type != NotifyType::kNatDetectionSourceIp) continue;
    source_seen = true;
    source_matches = source_matches || notify->data == remote_hash;
  }
  if (!source_seen || destination == nullptr) return nat;
  nat.detection = true;
  nat.remote = !source_matches;
  nat.local = destination->data != NatDetectionHash(spi_i, spi_r, local);
  nat.forced = encapsulation == Encapsulation::kForce;
  return nat;
}

}  // namespace culvert::iked
