// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ike_header.h"

#include "libs/wire/reader.h"

namespace culvert::wire {

std::optional<IkeHeader> PeekHeader(base::ByteView datagram) {
  if (datagram.size() < kIkeHeaderSize) return std::nullopt;
  Reader reader(datagram);
  IkeHeader header;
  header.initiator_spi = *reader.U64();
  header.responder_spi = *reader.U64();
  header.next_payload = *reader.U8();
  const uint8_t version = *reader.U8();
  header.major_version = version >> 4;
  header.minor_version = version & 15;
  header.exchange_type = *reader.U8();
  header.flags = *reader.U8();
  header.message_id = *reader.U32();
  header.length = *reader.U32();
  return header;
}

Decoded<IkeHeader> DecodeHeader(base::ByteView datagram) {
  const std::optional<IkeHeader> header = PeekHeader(datagram);
  if (!header) return DecodeError::kHeaderShort;
  if (header->length != datagram.size()) return DecodeError::kLengthMismatch;
  if (header->initiator_spi == 0) return DecodeError::kInitiatorSpiZero;  // RFC 7296 3.1: MUST NOT be zero
  return *header;
}

void EncodeHeader(const IkeHeader& header, Writer& writer) {
  writer.U64(header.initiator_spi);
  writer.U64(header.responder_spi);
  writer.U8(0);
  writer.U8(static_cast<uint8_t>(header.major_version << 4 | header.minor_version));
  writer.U8(header.exchange_type);
  writer.U8(header.flags);
  writer.U32(header.message_id);
  writer.U32(0);
}

void FinishMessage(Writer& writer) {
  const size_t length = writer.size();
  for (size_t i = 0; i < 4; ++i) {
    writer.mutable_view()[kHeaderLengthAt + i] = static_cast<uint8_t>(length >> (8 * (3 - i)));
  }
}

}  // namespace culvert::wire
