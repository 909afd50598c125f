// SPDX-License-Identifier: Apache-2.0
// The SA payload (RFC 7296 3.3): proposals, their transforms, and the one attribute these may have.
#include "libs/wire/ikev2/sa_payload.h"

#include "libs/wire/substructure.h"

namespace culvert::wire::ikev2 {
namespace {

constexpr uint16_t kAttributeTv = 0x8000;  // the value is in the length field's place (3.3.5)
constexpr uint16_t kKeyLength = 14;

Decoded<Transform> DecodeTransform(Reader reader) {
  Transform transform;
  READ_OR_RETURN(transform.type, reader.U8(), DecodeError::kTransformLength);
  READ_OR_RETURN([[maybe_unused]] const uint8_t reserved, reader.U8(), DecodeError::kTransformLength);
  READ_OR_RETURN(transform.id, reader.U16(), DecodeError::kTransformLength);
  while (!reader.consumed()) {
    READ_OR_RETURN(const uint16_t type, reader.U16(), DecodeError::kAttribute);
    READ_OR_RETURN(const uint16_t value, reader.U16(), DecodeError::kAttribute);
    if (type == (kAttributeTv | kKeyLength)) {
      if (value == 0) return DecodeError::kKeyLengthZero;
      if (transform.key_bits != 0) return DecodeError::kAttribute;  // twice
      transform.key_bits = value;
      continue;
    }
    transform.unknown_attribute = true;
    if ((type & kAttributeTv) == 0 && !reader.Take(value)) return DecodeError::kAttribute;
  }
  return transform;
}

// ESP and AH SPIs have 4 octets; an IKE SPI is absent or has 8 (3.3.1). Of other protocols we know nothing, and choose
// none.
bool IsSpiSize(ProtocolId protocol, size_t size) {
  switch (protocol) {
    case ProtocolId::kIke:
      return size == 0 || size == 8;
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
  for (size_t left = transform_count; left > 0; --left) {
    DECODE_OR_RETURN(const Substructure part, DecodeSubstructure(reader, DecodeError::kTransformLength));
    if (part.more != (left > 1 ? kMoreTransforms : kLast)) return DecodeError::kTransformMore;
    DECODE_OR_RETURN(proposal.transforms.emplace_back(), DecodeTransform(part.body));
  }
  if (!reader.consumed()) return DecodeError::kTransformCount;
  return proposal;
}

void EncodeTransform(const Transform& transform, bool last, Writer& writer) {
  const size_t start = writer.size();
  writer.U8(last ? kLast : kMoreTransforms);
  writer.U8(0);
  const Writer::Length length(writer, start, 2);
  writer.U8(transform.type);
  writer.U8(0);
  writer.U16(transform.id);
  if (transform.key_bits != 0) {
    writer.U16(kAttributeTv | kKeyLength);
    writer.U16(transform.key_bits);
  }
  if (transform.unknown_attribute) {  // what it was is not kept; that there was one is
    writer.U16(kAttributeTv);
    writer.U16(0);
  }
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
  if (reader.consumed()) return DecodeError::kSaEmpty;
  size_t transforms_left = kMaxTransforms;
  while (!reader.consumed()) {
    if (sa.proposals.size() == kMaxProposals) return DecodeError::kSaTooManyProposals;
    DECODE_OR_RETURN(const Substructure part, DecodeSubstructure(reader, DecodeError::kProposalLength));
    if (part.more != (reader.consumed() ? kLast : kMoreProposals)) return DecodeError::kProposalMore;
    DECODE_OR_RETURN(Proposal proposal, DecodeProposal(part.body, transforms_left));
    // Numbered from 1, each one more than the one before; a lone proposal may be the answer to any (3.3.1).
    const bool first = sa.proposals.empty();
    const bool alone = first && reader.consumed();
    const int expected = first ? 1 : sa.proposals.back().number + 1;
    if (alone ? proposal.number == 0 : proposal.number != expected) return DecodeError::kProposalNumber;
    sa.proposals.push_back(std::move(proposal));
  }
  return sa;
}

void EncodeSa(const SaPayload& sa, Writer& writer) {
  for (const Proposal& proposal : sa.proposals) {
    EncodeProposal(proposal, &proposal == &sa.proposals.back(), writer);
  }
}

}  // namespace culvert::wire::ikev2
