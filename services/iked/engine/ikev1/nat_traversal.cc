// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/nat_traversal.h"

#include <algorithm>

#include "libs/base/host.h"
#include "libs/crypto/digest.h"
#include "libs/wire/writer.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::NatDPayload;
using wire::ikev1::PayloadType;

namespace {

// HASH(CKY-I | CKY-R | IP | Port), by the hash that was negotiated.
base::Bytes NatDetectionHash(const IkeSa& sa, const base::Endpoint& endpoint) {
  wire::Writer writer;
  writer.U64(sa.spi_i());
  writer.U64(sa.spi_r());
  writer.Append(endpoint.address.bytes());
  writer.U16(endpoint.port);
  return crypto::Digest(sa.ikev1->prf.hash(), {writer.view()});
}

PayloadType NatDType(const IkeSa& sa) {
  return sa.ikev1->peer.nat == NatTraversal::kRfc3947 ? PayloadType::kNatD : PayloadType::kNatDDraft;
}

}  // namespace

void AppendNatDetection(Payloads& payloads, const IkeSa& sa, base::Rng& rng) {
  if (sa.ikev1->peer.nat == NatTraversal::kNone) return;
  base::Bytes own = sa.handshake->encapsulation == Encapsulation::kForce ? rng.Take(sa.ikev1->prf.size())
                                                                         : NatDetectionHash(sa, sa.local);
  payloads.push_back({NatDType(sa), NatDPayload{NatDetectionHash(sa, sa.remote)}});
  payloads.push_back({NatDType(sa), NatDPayload{std::move(own)}});
}

NatSituation JudgeNat(const IkeSa& sa, const wire::ikev1::Message& message) {
  NatSituation nat;
  if (sa.ikev1->peer.nat == NatTraversal::kNone) return nat;
  const std::vector<const NatDPayload*> hashes = message.All<NatDPayload>();
  if (hashes.size() < 2) return nat;
  const base::Bytes theirs = NatDetectionHash(sa, sa.remote);
  nat.detection = true;
  nat.local = hashes.front()->hash != NatDetectionHash(sa, sa.local);
  nat.remote = std::none_of(hashes.begin() + 1, hashes.end(),  // a sender may know several own addresses
                            [&](const NatDPayload* payload) { return payload->hash == theirs; });
  nat.forced = sa.handshake->encapsulation == Encapsulation::kForce;
  return nat;
}

void FloatUnlessDirect(IkeSa& sa) {
  if (!sa.nat.encapsulate()) return;
  sa.local.port = sa.remote.port = base::kIkeNatPort;
  sa.nat_port = true;
}

}  // namespace culvert::iked::ikev1
