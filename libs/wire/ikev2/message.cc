// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/message.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/wire/reader.h"
#include "libs/wire/writer.h"

namespace culvert::wire::ikev2 {
namespace {

constexpr uint8_t kCritical = 0x80;
constexpr uint8_t kMajorVersion = 2;

bool IsSealed(PayloadType type) {
  return type == PayloadType::kSk || type == PayloadType::kSkf;
}

Malformed In(uint8_t payload, DecodeError error) {
  return {error, payload};
}

// What the next-payload octet says after `payload`, when that is the last one.
uint8_t NextAfter(const PayloadBody& body) {
  if (const auto* sk = std::get_if<SkPayload>(&body)) return static_cast<uint8_t>(sk->first_inner);
  if (const auto* skf = std::get_if<SkfPayload>(&body)) return static_cast<uint8_t>(skf->first_inner);
  return 0;
}

void EncodeChain(const std::vector<Payload>& payloads, PayloadChain chain, Writer& writer) {
  for (const Payload& p : payloads) {
    {
      const Writer::Length length = chain.Begin(static_cast<uint8_t>(p.type), p.critical);
      EncodePayloadBody(p.body, writer);
    }
    chain.SetNext(NextAfter(p.body));
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
    names.push_back(notify == nullptr ? ikev2::ToString(p.type)
                                      : absl::StrCat("N(", ikev2::ToString(notify->type), ")"));
  }
  return absl::StrCat(ikev2::ToString(exchange()), header.is_response() ? " response " : " request ", header.message_id,
                      " [", absl::StrJoin(names, ", "), "]");
}

Decoded<Message> DecodeMessage(base::ByteView datagram) {
  const std::optional<IkeHeader> peeked = PeekHeader(datagram);
  if (peeked && peeked->major_version != kMajorVersion) return DecodeError::kMajorVersion;
  Message message;
  DECODE_OR_RETURN(message.header, DecodeHeader(datagram));
  DECODE_OR_RETURN(message.payloads, DecodePayloads(static_cast<PayloadType>(message.header.next_payload),
                                                    datagram.subspan(kIkeHeaderSize)));
  return message;
}

Decoded<std::vector<Payload>> DecodePayloads(PayloadType first, base::ByteView chain) {
  std::vector<Payload> payloads;
  Reader reader(chain);
  uint8_t type = static_cast<uint8_t>(first);
  while (type != 0) {
    if (payloads.size() == kMaxPayloads) return In(type, DecodeError::kTooManyPayloads);
    READ_OR_RETURN(const uint8_t next, reader.U8(), In(type, DecodeError::kPayloadShort));
    READ_OR_RETURN(const uint8_t flags, reader.U8(), In(type, DecodeError::kPayloadShort));
    READ_OR_RETURN(const uint16_t length, reader.U16(), In(type, DecodeError::kPayloadShort));
    if (length < kPayloadHeaderSize) return In(type, DecodeError::kPayloadLength);
    READ_OR_RETURN(const Reader part, reader.Sub(length - kPayloadHeaderSize), In(type, DecodeError::kPayloadLength));
    const auto known = static_cast<PayloadType>(type);
    Decoded<PayloadBody> body = DecodePayloadBody(known, next, part);
    if (!body.ok()) return In(type, body.error());
    const bool critical = (flags & kCritical) != 0;
    if (critical && std::holds_alternative<UnknownPayload>(*body)) return In(type, DecodeError::kUnsupportedCritical);
    payloads.emplace_back(known, *std::move(body), critical);
    if (IsSealed(known)) break;  // the last one by definition: its next payload is inside (RFC 7296 3.14)
    type = next;
  }
  if (!reader.consumed()) return In(type, DecodeError::kChainTrailing);
  return payloads;
}

base::Bytes EncodeMessage(const Message& message) {
  Writer writer;
  EncodeHeader(message.header, writer);
  EncodeChain(message.payloads, PayloadChain(writer, kHeaderNextPayloadAt), writer);
  FinishMessage(writer);
  return std::move(writer).Take();
}

EncodedPayloads EncodePayloads(const std::vector<Payload>& payloads) {
  Writer writer;
  writer.U8(0);  // stands for the header whose next payload is the first one
  EncodeChain(payloads, PayloadChain(writer, 0), writer);
  base::Bytes chain = std::move(writer).Take();
  const auto first = static_cast<PayloadType>(chain.front());
  chain.erase(chain.begin());
  return {first, std::move(chain)};
}

NotifyPayload NotifyFor(const Malformed& malformed) {
  switch (malformed.error) {
    case DecodeError::kMajorVersion:
      return {NotifyType::kInvalidMajorVersion};
    case DecodeError::kUnsupportedCritical:
      return {.type = NotifyType::kUnsupportedCriticalPayload, .data = {malformed.payload}};
    default:
      return {NotifyType::kInvalidSyntax};
  }
}

}  // namespace culvert::wire::ikev2
