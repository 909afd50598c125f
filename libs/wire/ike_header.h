// SPDX-License-Identifier: Apache-2.0
// The fixed header that ISAKMP (RFC 2408 3.1) and IKEv2 (RFC 7296 3.1) share.
#pragma once

#include <cstdint>
#include <optional>

#include "libs/base/bytes.h"
#include "libs/wire/decoded.h"
#include "libs/wire/writer.h"

namespace culvert::wire {

inline constexpr size_t kIkeHeaderSize = 28;
inline constexpr size_t kPayloadHeaderSize = 4;     // next payload, flags, length (RFC 7296 3.2)
inline constexpr size_t kHeaderNextPayloadAt = 16;  // offset of the next-payload octet
inline constexpr size_t kHeaderLengthAt = 24;
inline constexpr size_t kNonEspMarkerSize = 4;  // RFC 3948 2.2; never part of what this library sees

// Flags of IKEv2. ISAKMP's Encryption, Commit and Authentication-only are bits 0, 1 and 2 of the same octet.
inline constexpr uint8_t kFlagInitiator = 0x08;
inline constexpr uint8_t kFlagVersion = 0x10;
inline constexpr uint8_t kFlagResponse = 0x20;
inline constexpr uint8_t kFlagV1Encryption = 0x01;
inline constexpr uint8_t kFlagV1Commit = 0x02;
inline constexpr uint8_t kFlagV1AuthenticationOnly = 0x04;

struct IkeHeader {
  uint64_t initiator_spi = 0;  // ISAKMP: initiator cookie
  uint64_t responder_spi = 0;
  uint8_t next_payload = 0;  // what was read; an encoder computes its own
  uint8_t major_version = 2;
  uint8_t minor_version = 0;
  uint8_t exchange_type = 0;
  uint8_t flags = 0;
  uint32_t message_id = 0;
  uint32_t length = 0;  // of the whole message; what was read

  bool encrypted() const { return (flags & kFlagV1Encryption) != 0; }    // IKEv1: all that follows the header
  bool from_initiator() const { return (flags & kFlagInitiator) != 0; }  // sender is the SA's original initiator
  bool is_response() const { return (flags & kFlagResponse) != 0; }
  bool operator==(const IkeHeader&) const = default;
};

// The first 28 octets as they stand, without judgement beyond their number; allocates nothing. For the cookie path, and
// for telling the versions apart.
std::optional<IkeHeader> PeekHeader(base::ByteView datagram);

// The header of a datagram that must be whole: its length field is the datagram's, its initiator SPI is not zero.
Decoded<IkeHeader> DecodeHeader(base::ByteView datagram);

// Writes the 28 octets with next payload and length zero; PayloadChain and FinishMessage fill them.
void EncodeHeader(const IkeHeader& header, Writer& writer);
// Patches the length field, once the message is complete.
void FinishMessage(Writer& writer);

}  // namespace culvert::wire
