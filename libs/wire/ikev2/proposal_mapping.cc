// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/proposal_mapping.h"

namespace culvert::wire::ikev2 {
namespace {

using ipsec::Algorithm;
using ipsec::TransformKind;

// The order in which strongSwan and most others write them; the receiver does not care.
constexpr TransformKind kKinds[] = {TransformKind::kEncr, TransformKind::kInteg, TransformKind::kPrf,
                                    TransformKind::kDh, TransformKind::kEsn};

ProtocolId ToProtocolId(ipsec::Protocol protocol) {
  return protocol == ipsec::Protocol::kIke ? ProtocolId::kIke : ProtocolId::kEsp;
}

Proposal ToWire(const ipsec::Proposal& proposal, uint8_t number, base::ByteView spi) {
  Proposal wire{number, ToProtocolId(proposal.protocol), base::ToBytes(spi)};
  for (const TransformKind kind : kKinds) {
    for (const Algorithm* a : proposal.of(kind)) {
      wire.transforms.push_back({static_cast<uint8_t>(kind), a->id, a->key_bits});
    }
  }
  // ESN is mandatory in ESP, and NO_ESN must be said (RFC 7296 3.3.3).
  if (proposal.protocol == ipsec::Protocol::kEsp && proposal.esn.empty()) {
    wire.transforms.push_back({static_cast<uint8_t>(TransformKind::kEsn), 0});
  }
  return wire;
}

ipsec::Proposal ToProposal(const ipsec::Suite& suite) {
  ipsec::Proposal proposal{suite.protocol};
  const auto add = [&proposal](const Algorithm* a) {
    if (a != nullptr) proposal.of(a->kind).push_back(a);
  };
  for (const Algorithm* a : {suite.encr, suite.integ, suite.prf, suite.dh}) add(a);
  if (suite.esn) add(ipsec::FindTransform(TransformKind::kEsn, 1, 0));
  return proposal;
}

}  // namespace

SaPayload ToSaPayload(std::span<const ipsec::Proposal> proposals, base::ByteView spi) {
  SaPayload sa;
  uint8_t number = 0;
  for (const ipsec::Proposal& proposal : proposals) sa.proposals.push_back(ToWire(proposal, ++number, spi));
  return sa;
}

SaPayload ToSaPayload(const ipsec::Suite& suite, uint8_t number, base::ByteView spi) {
  return {{ToWire(ToProposal(suite), number, spi)}};
}

ipsec::Proposal FromWire(const Proposal& proposal) {
  ipsec::Proposal result{proposal.protocol == ProtocolId::kIke ? ipsec::Protocol::kIke : ipsec::Protocol::kEsp};
  if (proposal.protocol != ProtocolId::kIke && proposal.protocol != ProtocolId::kEsp) {
    result.unknown.push_back({});  // type 0: no proposal of ours can match it
  }
  for (const Transform& t : proposal.transforms) {
    const Algorithm* known = nullptr;
    if (!t.unknown_attribute) known = ipsec::FindTransform(static_cast<TransformKind>(t.type), t.id, t.key_bits);
    if (known == nullptr) {
      result.unknown.push_back({t.type, t.id, t.key_bits});
    } else {
      result.of(known->kind).push_back(known);
    }
  }
  return result;
}

std::vector<ipsec::Proposal> FromWire(const SaPayload& sa) {
  std::vector<ipsec::Proposal> proposals;
  for (const Proposal& proposal : sa.proposals) proposals.push_back(FromWire(proposal));
  return proposals;
}

}  // namespace culvert::wire::ikev2
