// SPDX-License-Identifier: Apache-2.0
// An IKEv2 message as a value: the header and the chain of payloads (RFC 7296 3.1, 3.2).
//
//   DECODE_OR_RETURN(const Message message, DecodeMessage(datagram));
//   if (const KePayload* ke = message.Get<KePayload>()) …
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/wire/decoded.h"
#include "libs/wire/ike_header.h"
#include "libs/wire/ikev2/constants.h"
#include "libs/wire/ikev2/payloads.h"
#include "libs/wire/payload_list.h"

namespace culvert::wire::ikev2 {

struct Payload {
  PayloadType type = PayloadType::kNone;
  PayloadBody body;
  bool critical = false;  // set by us for nothing that RFC 7296 defines (3.2)

  // For bodies that belong to one type. IDi/IDr, TSi/TSr and unknown ones name theirs.
  template <typename Body>
  Payload(Body b) : type(TypeOf<Body>()), body(std::move(b)) {}  // NOLINT: a body is a payload
  Payload(PayloadType t, PayloadBody b, bool c = false) : type(t), body(std::move(b)), critical(c) {}

  bool operator==(const Payload&) const = default;

 private:
  template <typename Body>
  static constexpr PayloadType TypeOf();
};

struct Message {
  IkeHeader header;
  std::vector<Payload> payloads;

  ExchangeType exchange() const { return static_cast<ExchangeType>(header.exchange_type); }

  // The first payload with such a body; null when there is none. Which ones may be several is in payload_rules.h.
  template <typename Body>
  const Body* Get() const {
    return FirstBody<Body>(payloads);
  }
  // The first payload of that type: Get<IdPayload>(PayloadType::kIdR).
  template <typename Body>
  const Body* Get(PayloadType type) const {
    for (const Payload& p : payloads) {
      if (p.type == type) return std::get_if<Body>(&p.body);
    }
    return nullptr;
  }
  template <typename Body>
  std::vector<const Body*> All() const {
    return AllBodies<Body>(payloads);
  }
  const NotifyPayload* GetNotify(NotifyType type) const;
  const NotifyPayload* FirstErrorNotify() const;
  bool Has(NotifyType type) const { return GetNotify(type) != nullptr; }

  std::string ToString()
      const;  // "IKE_AUTH request 1 [IDi, AUTH, SA, TSi, TSr, N(MOBIKE_SUPPORTED)]", for logs and tests
  bool operator==(const Message&) const = default;
};

// A whole datagram (without the non-ESP marker). SK and SKF stay sealed. Malformed{kUnsupportedCritical, type} carries
// the type that UNSUPPORTED_CRITICAL_PAYLOAD must name.
Decoded<Message> DecodeMessage(base::ByteView datagram);

// The chain alone, from its first payload's type: what is inside SK.
Decoded<std::vector<Payload>> DecodePayloads(PayloadType first, base::ByteView chain);

// The inverse. Next payloads and lengths are computed; header.next_payload and header.length are ignored.
base::Bytes EncodeMessage(const Message& message);
struct EncodedPayloads {
  PayloadType first = PayloadType::kNone;
  base::Bytes chain;
};
EncodedPayloads EncodePayloads(const std::vector<Payload>& payloads);

// The notification that answers a malformed message (RFC 7296 2.21.2, 2.5); its data for the critical payload's type.
NotifyPayload NotifyFor(const Malformed& malformed);

template <typename Body>
constexpr PayloadType Payload::TypeOf() {
  if constexpr (std::is_same_v<Body, SaPayload>) return PayloadType::kSa;
  if constexpr (std::is_same_v<Body, KePayload>) return PayloadType::kKe;
  if constexpr (std::is_same_v<Body, CertPayload>) return PayloadType::kCert;
  if constexpr (std::is_same_v<Body, CertReqPayload>) return PayloadType::kCertReq;
  if constexpr (std::is_same_v<Body, AuthPayload>) return PayloadType::kAuth;
  if constexpr (std::is_same_v<Body, NoncePayload>) return PayloadType::kNonce;
  if constexpr (std::is_same_v<Body, NotifyPayload>) return PayloadType::kNotify;
  if constexpr (std::is_same_v<Body, DeletePayload>) return PayloadType::kDelete;
  if constexpr (std::is_same_v<Body, VendorIdPayload>) return PayloadType::kVendorId;
  if constexpr (std::is_same_v<Body, ConfigPayload>) return PayloadType::kConfig;
  if constexpr (std::is_same_v<Body, EapPayload>) return PayloadType::kEap;
  if constexpr (std::is_same_v<Body, SkPayload>) return PayloadType::kSk;
  if constexpr (std::is_same_v<Body, SkfPayload>) return PayloadType::kSkf;
}

}  // namespace culvert::wire::ikev2
