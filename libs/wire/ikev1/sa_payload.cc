// SPDX-License-Identifier: Apache-2.0
// The SA payload (RFC 2408 3.4 to 3.6, RFC 2407 4.6.1): proposals, their transforms, and the attributes of these.
#include "libs/wire/ikev1/sa_payload.h"

#include <bitset>

#include "libs/wire/substructure.h"

namespace culvert::wire::ikev1 {
namespace {

Decoded<Transform> DecodeTransform(Reader reader) {
  Transform transform;
  READ_OR_RETURN(transform.number, reader.U8(), DecodeError::kTransformLength);
  READ_OR_RETURN(transform.id, reader.U8(), DecodeError::kTransformLength);
  READ_OR_RETURN(const uint16_t reserved, reader.U16(), DecodeError::kTransformLength);
  if (reserved != 0) return DecodeError::kReserved;
  DECODE_OR_RETURN(transform.attributes, DecodeAttributes(reader));
  return transform;
}

// Of protocols that we do not know, we choose none, whatever their SPIs.
bool IsSpiSize(ProtocolId protocol, size_t size) {
  switch (protocol) {
    case ProtocolId::kIsakmp:
      return size <= kMaxIsakmpSpi;
    case ProtocolId::kAh:
    case ProtocolId::kEsp:
      return size == 4;
    default:
      return true;
  }
}

Decoded<Proposal> DecodeProposal(Reader reader, size_t& transforms_left) {
  Proposal proposal;
  READ_OR_RETURN(proposal.number, reader.U8(), DecodeError::kProposalLength);
  READ_OR_RETURN(const uint8_t protocol, reader.U8(), DecodeError::kProposalLength);
  READ_OR_RETURN(const uint8_t spi_size, reader.U8(), DecodeError::kProposalLength);
  READ_OR_RETURN(const uint8_t transform_count, reader.U8(), DecodeError::kProposalLength);
  proposal.protocol = static_cast<ProtocolId>(protocol);
  if (!IsSpiSize(proposal.protocol, spi_size)) return DecodeError::kProposalSpi;
  READ_OR_RETURN(const base::ByteView spi, reader.Take(spi_size), DecodeError::kProposalSpi);
  proposal.spi = base::ToBytes(spi);
  if (transform_count > transforms_left) return DecodeError::kSaTooManyTransforms;
  transforms_left -= transform_count;
  std::bitset<256> numbers;
  for (size_t left = transform_count; left > 0; --left) {
    DECODE_OR_RETURN(const Substructure part, DecodeSubstructure(reader, DecodeError::kTransformLength));
    if (part.more != (left > 1 ? kMoreTransforms : kLast)) return DecodeError::kTransformMore;
    if (part.reserved != 0) return DecodeError::kReserved;
    DECODE_OR_RETURN(Transform transform, DecodeTransform(part.body));
    if (numbers.test(transform.number)) return DecodeError::kTransformNumber;  // unique (3.6)
    numbers.set(transform.number);
    proposal.transforms.push_back(std::move(transform));
  }
  if (!reader.consumed()) return DecodeError::kTransformCount;
  return proposal;
}

void EncodeTransform(const Transform& transform, bool last, Writer& writer) {
  const size_t start = writer.size();
  writer.U8(last ? kLast : kMoreTransforms);
  writer.U8(0);
  const Writer::Length length(writer, start, 2);
  writer.U8(transform.number);
  writer.U8(transform.id);
  writer.U16(0);
  EncodeAttributes(transform.attributes, writer);
}

void EncodeProposal(const Proposal& proposal, bool last, Writer& writer) {
  const size_t start = writer.size();
  writer.U8(last ? kLast : kMoreProposals);
  writer.U8(0);
  const Writer::Length length(writer, start, 2);
  writer.U8(proposal.number);
  writer.U8(static_cast<uint8_t>(proposal.protocol));
  writer.U8(static_cast<uint8_t>(proposal.spi.size()));
  writer.U8(static_cast<uint8_t>(proposal.transforms.size()));
  writer.Append(proposal.spi);
  for (const Transform& transform : proposal.transforms) {
    EncodeTransform(transform, &transform == &proposal.transforms.back(), writer);
  }
}

}  // namespace

Decoded<SaPayload> DecodeSa(Reader reader) {
  SaPayload sa;
  READ_OR_RETURN(const uint32_t doi, reader.U32(), DecodeError::kPayloadFields);
  if (doi != kDoiIpsec) return DecodeError::kDoi;
  READ_OR_RETURN(const uint32_t situation, reader.U32(), DecodeError::kPayloadFields);
  if (situation != kSituationIdentityOnly) return DecodeError::kSituation;
  if (reader.consumed()) return DecodeError::kSaEmpty;
  size_t transforms_left = kMaxTransforms;
  while (!reader.consumed()) {
    if (sa.proposals.size() == kMaxProposals) return DecodeError::kSaTooManyProposals;
    DECODE_OR_RETURN(const Substructure part, DecodeSubstructure(reader, DecodeError::kProposalLength));
    if (part.more != (reader.consumed() ? kLast : kMoreProposals)) return DecodeError::kProposalMore;
    if (part.reserved != 0) return DecodeError::kReserved;
    DECODE_OR_RETURN(Proposal proposal, DecodeProposal(part.body, transforms_left));
    // In ascending order, from whatever number; equal ones make one bundle (4.2).
    if (!sa.proposals.empty() && proposal.number < sa.proposals.back().number) return DecodeError::kProposalNumber;
    sa.proposals.push_back(std::move(proposal));
  }
  return sa;
}

void EncodeSa(const SaPayload& sa, Writer& writer) {
  writer.U32(kDoiIpsec);
  writer.U32(kSituationIdentityOnly);
  for (const Proposal& proposal : sa.proposals) {
    EncodeProposal(proposal, &proposal == &sa.proposals.back(), writer);
  }
}

}  // namespace culvert::wire::ikev1
