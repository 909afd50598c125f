// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/message.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/wire/reader.h"
#include "libs/wire/writer.h"

namespace culvert::wire::ikev1 {
namespace {

constexpr uint8_t kKnownFlags = kFlagV1Encryption | kFlagV1Commit | kFlagV1AuthenticationOnly;
constexpr size_t kAlignment = 4;

Malformed In(uint8_t payload, DecodeError error) {
  return {error, payload};
}

struct Chain {
  std::vector<Payload> payloads;
  base::ByteView rest;  // what follows the last payload
};

Decoded<Chain> DecodeChain(uint8_t type, base::ByteView octets) {
  Chain chain;
  Reader reader(octets);
  while (type != 0) {
    if (chain.payloads.size() == kMaxPayloads) return In(type, DecodeError::kTooManyPayloads);
    READ_OR_RETURN(const uint8_t next, reader.U8(), In(type, DecodeError::kPayloadShort));
    READ_OR_RETURN(const uint8_t reserved, reader.U8(), In(type, DecodeError::kPayloadShort));
    READ_OR_RETURN(const uint16_t length, reader.U16(), In(type, DecodeError::kPayloadShort));
    if (reserved != 0) return In(type, DecodeError::kReserved);  // RFC 2408 5.3
    if (length < kPayloadHeaderSize) return In(type, DecodeError::kPayloadLength);
    READ_OR_RETURN(const Reader part, reader.Sub(length - kPayloadHeaderSize), In(type, DecodeError::kPayloadLength));
    const auto known = static_cast<PayloadType>(type);
    Decoded<PayloadBody> body = DecodePayloadBody(known, part);
    if (!body.ok()) return In(type, body.error());
    chain.payloads.push_back({known, *std::move(body)});
    type = next;
  }
  chain.rest = reader.Rest();
  return chain;
}

void EncodeChain(std::span<const Payload> payloads, PayloadChain chain, Writer& writer) {
  for (const Payload& p : payloads) {
    const Writer::Length length = chain.Begin(static_cast<uint8_t>(p.type));
    EncodePayloadBody(p.body, writer);
  }
}

}  // namespace

const NotifyPayload* Message::GetNotify(NotifyType type) const {
  for (const NotifyPayload* notify : All<NotifyPayload>()) {
    if (notify->type == type) return notify;
  }
  return nullptr;
}

const NotifyPayload* Message::FirstErrorNotify() const {
  for (const NotifyPayload* notify : All<NotifyPayload>()) {
    if (IsError(notify->type)) return notify;
  }
  return nullptr;
}

std::string Message::ToString() const {
  std::vector<std::string> names;
  for (const Payload& p : payloads) {
    const auto* notify = std::get_if<NotifyPayload>(&p.body);
    names.push_back(notify == nullptr ? ikev1::ToString(p.type)
                                      : absl::StrCat("N(", ikev1::ToString(notify->type), ")"));
  }
  return absl::StrCat(ikev1::ToString(exchange()), " [", absl::StrJoin(names, ", "), "]");
}

IkeHeader HeaderOf(const CookiePair& cookies, ExchangeType exchange, uint32_t message_id) {
  return {.initiator_spi = cookies.initiator,
          .responder_spi = cookies.responder,
          .major_version = kMajorVersion,
          .exchange_type = static_cast<uint8_t>(exchange),
          .message_id = message_id};
}

Decoded<IkeHeader> DecodeIsakmpHeader(base::ByteView datagram) {
  const std::optional<IkeHeader> peeked = PeekHeader(datagram);
  if (peeked && peeked->major_version != kMajorVersion) return DecodeError::kMajorVersion;
  DECODE_OR_RETURN(const IkeHeader header, DecodeHeader(datagram));
  if (header.minor_version != 0) return DecodeError::kMinorVersion;
  if ((header.flags & ~kKnownFlags) != 0) return DecodeError::kFlags;
  return header;
}

Decoded<Message> DecodeMessage(base::ByteView datagram) {
  Message message;
  DECODE_OR_RETURN(message.header, DecodeIsakmpHeader(datagram));
  if (message.header.encrypted()) return DecodeError::kEncryptionFlag;
  DECODE_OR_RETURN(Chain chain, DecodeChain(message.header.next_payload, datagram.subspan(kIkeHeaderSize)));
  const bool padding = chain.rest.size() < kAlignment &&
                       std::all_of(chain.rest.begin(), chain.rest.end(), [](uint8_t octet) { return octet == 0; });
  if (!padding) return DecodeError::kChainTrailing;
  message.payloads = std::move(chain.payloads);
  return message;
}

Decoded<std::vector<Payload>> DecodePayloads(PayloadType first, base::ByteView text) {
  DECODE_OR_RETURN(Chain chain, DecodeChain(static_cast<uint8_t>(first), text));
  return std::move(chain.payloads);
}

base::Bytes EncodeMessage(const Message& message) {
  Writer writer;
  EncodeHeader(message.header, writer);
  EncodeChain(message.payloads, PayloadChain(writer, kHeaderNextPayloadAt), writer);
  writer.Zeros((kAlignment - writer.size() % kAlignment) % kAlignment);
  FinishMessage(writer);
  return std::move(writer).Take();
}

EncodedPayloads EncodePayloads(std::span<const Payload> payloads) {
  Writer writer;
  writer.U8(0);  // stands for the header whose next payload is the first one
  EncodeChain(payloads, PayloadChain(writer, 0), writer);
  base::Bytes chain = std::move(writer).Take();
  const auto first = static_cast<PayloadType>(chain.front());
  chain.erase(chain.begin());
  return {first, std::move(chain)};
}

base::Bytes OctetsAfterHash(const Message& message) {
  if (message.payloads.empty()) return {};
  return EncodePayloads(std::span(message.payloads).subspan(1)).chain;
}

NotifyType NotifyFor(const Malformed& malformed) {
  switch (malformed.error) {
    case DecodeError::kMajorVersion:
      return NotifyType::kInvalidMajorVersion;
    case DecodeError::kMinorVersion:
      return NotifyType::kInvalidMinorVersion;
    case DecodeError::kFlags:
      return NotifyType::kInvalidFlags;
    case DecodeError::kMessageId:
      return NotifyType::kInvalidMessageId;
    case DecodeError::kExchangeType:
      return NotifyType::kInvalidExchangeType;
    case DecodeError::kUnknownPayload:
      return NotifyType::kInvalidPayloadType;
    case DecodeError::kLengthMismatch:
      return NotifyType::kUnequalPayloadLengths;
    case DecodeError::kDoi:
      return NotifyType::kDoiNotSupported;
    case DecodeError::kSituation:
      return NotifyType::kSituationNotSupported;
    case DecodeError::kSaEmpty:
    case DecodeError::kSaTooManyProposals:
    case DecodeError::kSaTooManyTransforms:
    case DecodeError::kProposalLength:
    case DecodeError::kProposalMore:
    case DecodeError::kProposalNumber:
    case DecodeError::kTransformLength:
    case DecodeError::kTransformMore:
    case DecodeError::kTransformCount:
    case DecodeError::kTransformNumber:
    case DecodeError::kAttribute:
      return NotifyType::kBadProposalSyntax;
    case DecodeError::kProposalSpi:
    case DecodeError::kNotifySpi:
    case DecodeError::kDeleteSpi:
      return NotifyType::kInvalidSpi;
    case DecodeError::kKeEmpty:
      return NotifyType::kInvalidKeyInformation;
    case DecodeError::kIdSize:
      return NotifyType::kInvalidIdInformation;
    default:
      return NotifyType::kPayloadMalformed;
  }
}

}  // namespace culvert::wire::ikev1
