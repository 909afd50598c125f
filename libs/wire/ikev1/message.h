// SPDX-License-Identifier: Apache-2.0
// An IKEv1 message as a value: the ISAKMP header and the chain of payloads (RFC 2408 3.1, 3.2).
//
//   DECODE_OR_RETURN(const Message message, DecodeMessage(datagram));  // in clear; else OpenMessage (protected.h)
//   if (const KePayload* ke = message.Get<KePayload>()) …
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/wire/decoded.h"
#include "libs/wire/ike_header.h"
#include "libs/wire/ikev1/constants.h"
#include "libs/wire/ikev1/payloads.h"
#include "libs/wire/payload_list.h"

namespace culvert::wire::ikev1 {

struct Payload {
  PayloadType type = PayloadType::kNone;
  PayloadBody body;

  // For all bodies but the unknown one; NAT-D and NAT-OA are RFC 3947's unless their type is named.
  template <typename Body>
  Payload(Body b) : type(TypeOf<Body>()), body(std::move(b)) {}  // NOLINT: a body is a payload
  Payload(PayloadType t, PayloadBody b) : type(t), body(std::move(b)) {}

  bool operator==(const Payload&) const = default;

 private:
  template <typename Body>
  static constexpr PayloadType TypeOf();
};

struct Message {
  IkeHeader header;
  std::vector<Payload> payloads;

  ExchangeType exchange() const { return static_cast<ExchangeType>(header.exchange_type); }
  CookiePair cookies() const { return {header.initiator_spi, header.responder_spi}; }

  // The first payload with such a body; null when there is none. Which ones may be several is in payload_rules.h.
  template <typename Body>
  const Body* Get() const {
    return FirstBody<Body>(payloads);
  }
  // All of them, in order: of Quick Mode's two IDs the first is IDci, the second IDcr (RFC 2409 5.5).
  template <typename Body>
  std::vector<const Body*> All() const {
    return AllBodies<Body>(payloads);
  }
  const NotifyPayload* GetNotify(NotifyType type) const;
  const NotifyPayload* FirstErrorNotify() const;
  bool Has(NotifyType type) const { return GetNotify(type) != nullptr; }

  std::string ToString() const;  // "MAIN [SA, VID, VID]", "INFORMATIONAL [HASH, N(R-U-THERE)]", for logs and tests
  bool operator==(const Message&) const = default;
};

// A header of version 1.0. `message_id` is zero in phase 1 (RFC 2408 3.1).
IkeHeader HeaderOf(const CookiePair& cookies, ExchangeType exchange, uint32_t message_id = 0);

// The 28 octets of a datagram (without the non-ESP marker) that must be whole: version 1.0, no reserved flag.
Decoded<IkeHeader> DecodeIsakmpHeader(base::ByteView datagram);

// A whole datagram in clear. kEncryptionFlag: it is encrypted. Up to three octets of zero may follow the last payload,
// since messages are multiples of four octets (RFC 2408 3).
Decoded<Message> DecodeMessage(base::ByteView datagram);

// The chain alone, from its first payload's type: what was encrypted. Whatever follows the last payload is padding
// (RFC 2409 appendix B), which nobody says how to fill. With the wrong key, nearly every text fails here.
Decoded<std::vector<Payload>> DecodePayloads(PayloadType first, base::ByteView text);

// The inverse of DecodeMessage. Next payloads and lengths are computed; header.next_payload and header.length are
// ignored.
base::Bytes EncodeMessage(const Message& message);

struct EncodedPayloads {
  PayloadType first = PayloadType::kNone;
  base::Bytes chain;
};
EncodedPayloads EncodePayloads(std::span<const Payload> payloads);

// All that follows the first payload, generic headers included and padding not: what HASH(1), HASH(2) and the HASH of
// Informational and Transaction cover (RFC 2409 5.5, 5.7).
base::Bytes OctetsAfterHash(const Message& message);

// The notification that tells a peer of a malformed message (RFC 2408 5.2 to 5.15).
NotifyType NotifyFor(const Malformed& malformed);

template <typename Body>
constexpr PayloadType Payload::TypeOf() {
  if constexpr (std::is_same_v<Body, SaPayload>) return PayloadType::kSa;
  if constexpr (std::is_same_v<Body, KePayload>) return PayloadType::kKe;
  if constexpr (std::is_same_v<Body, IdPayload>) return PayloadType::kId;
  if constexpr (std::is_same_v<Body, CertPayload>) return PayloadType::kCert;
  if constexpr (std::is_same_v<Body, CertReqPayload>) return PayloadType::kCertReq;
  if constexpr (std::is_same_v<Body, HashPayload>) return PayloadType::kHash;
  if constexpr (std::is_same_v<Body, SignaturePayload>) return PayloadType::kSignature;
  if constexpr (std::is_same_v<Body, NoncePayload>) return PayloadType::kNonce;
  if constexpr (std::is_same_v<Body, NotifyPayload>) return PayloadType::kNotify;
  if constexpr (std::is_same_v<Body, DeletePayload>) return PayloadType::kDelete;
  if constexpr (std::is_same_v<Body, VendorIdPayload>) return PayloadType::kVendorId;
  if constexpr (std::is_same_v<Body, AttributesPayload>) return PayloadType::kAttributes;
  if constexpr (std::is_same_v<Body, NatDPayload>) return PayloadType::kNatD;
  if constexpr (std::is_same_v<Body, NatOaPayload>) return PayloadType::kNatOa;
  if constexpr (std::is_same_v<Body, FragmentPayload>) return PayloadType::kFragment;
}

}  // namespace culvert::wire::ikev1
