// SPDX-License-Identifier: Apache-2.0
// The payloads of IKEv1 as values (RFC 2408 3.4 to 3.16, RFC 2407 4.6, RFC 3947, the Mode Config draft). What is
// decoded encodes to the same octets again: reserved fields must be zero, and every attribute keeps its form. So
// HASH_I, HASH_R and HASH(1) to HASH(3), which cover payloads as they were sent (RFC 2409 5), are made from values, a
// peer's likewise. What a field may hold is what the decoder lets in: see payloads.cc for the checks,
// libs/wire/decoded.h for their names.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/ip.h"
#include "libs/wire/decoded.h"
#include "libs/wire/ikev1/attribute.h"
#include "libs/wire/ikev1/constants.h"
#include "libs/wire/reader.h"
#include "libs/wire/writer.h"

namespace culvert::wire::ikev1 {

struct Transform {  // 3.6
  uint8_t number = 1;
  uint8_t id = kTransformKeyIke;
  std::vector<Attribute> attributes = {};
  bool operator==(const Transform&) const = default;
};

// 3.5. Proposals of one number belong together (AND), those of different numbers are alternatives, and so are the
// transforms of one proposal.
struct Proposal {
  uint8_t number = 1;
  ProtocolId protocol = ProtocolId::kIsakmp;
  base::Bytes spi = {};  // 4 octets for ESP and AH; of ISAKMP up to 16 of no meaning, none in ours
  std::vector<Transform> transforms = {};
  bool operator==(const Proposal&) const = default;
};

struct SaPayload {  // 3.4; of the IPsec DOI and the situation "identity only", which are no fields since nothing else
                    // is
  std::vector<Proposal> proposals = {};
  bool operator==(const SaPayload&) const = default;
};

struct KePayload {  // 3.7
  base::Bytes data = {};
  bool operator==(const KePayload&) const = default;
};

// 3.8, RFC 2407 4.6.2. In phase 1 who one is, in Quick Mode what is protected: libs/wire/ikev1/identification.h.
struct IdPayload {
  IdType type = IdType::kIpv4;
  uint8_t protocol = 0;
  uint16_t port = 0;
  base::Bytes data = {};
  bool operator==(const IdPayload&) const = default;
};

struct CertPayload {  // 3.9
  CertEncoding encoding = CertEncoding::kX509Signature;
  base::Bytes data = {};
  bool operator==(const CertPayload&) const = default;
};

struct CertReqPayload {  // 3.10
  CertEncoding encoding = CertEncoding::kX509Signature;
  base::Bytes authority = {};  // DN of a CA in DER; empty: any
  bool operator==(const CertReqPayload&) const = default;
};

struct HashPayload {  // 3.11
  base::Bytes data = {};
  bool operator==(const HashPayload&) const = default;
};

struct SignaturePayload {  // 3.12
  base::Bytes data = {};
  bool operator==(const SignaturePayload&) const = default;
};

struct NoncePayload {  // 3.13
  base::Bytes data = {};
  bool operator==(const NoncePayload&) const = default;
};

struct NotifyPayload {  // 3.14
  NotifyType type = NotifyType::kPayloadMalformed;
  ProtocolId protocol = ProtocolId::kIsakmp;  // of the SA that `spi` names
  base::Bytes spi = {};                       // ISAKMP: the two cookies (RFC 2407 4.6.3.3, RFC 3706 5.2), or none
  base::Bytes data = {};
  uint32_t doi = kDoiIpsec;
  bool operator==(const NotifyPayload&) const = default;
};

struct CookiePair {
  uint64_t initiator = 0;
  uint64_t responder = 0;
  base::Bytes bytes() const;                            // 16 octets
  static std::optional<CookiePair> Of(base::ByteView);  // nullopt unless 16 octets
  bool operator==(const CookiePair&) const = default;
};

// 3.15. ISAKMP SAs by their cookies; ESP and AH by the SPIs of their sender's inbound SAs.
struct DeletePayload {
  ProtocolId protocol = ProtocolId::kIsakmp;
  std::vector<CookiePair> isakmp = {};
  std::vector<uint32_t> spis = {};
  uint32_t doi = kDoiIpsec;
  bool operator==(const DeletePayload&) const = default;
};

struct VendorIdPayload {  // 3.16; libs/wire/ikev1/vendor_ids.h
  base::Bytes data = {};
  bool operator==(const VendorIdPayload&) const = default;
};

struct AttributesPayload {  // draft-ietf-ipsec-isakmp-mode-cfg 3.2
  ConfigType type = ConfigType::kRequest;
  uint16_t identifier = 0;  // a reply's is its request's
  std::vector<Attribute> attributes = {};
  bool operator==(const AttributesPayload&) const = default;
};

struct NatDPayload {  // RFC 3947 3.2; the type says whether by the RFC or a draft
  base::Bytes hash = {};
  bool operator==(const NatDPayload&) const = default;
};

struct NatOaPayload {  // RFC 3947 5.2
  base::IpAddress address = {};
  bool operator==(const NatOaPayload&) const = default;
};

// A piece of a whole IKE message, header included: libs/wire/ikev1/fragment.h.
struct FragmentPayload {
  uint16_t id = 1;
  uint8_t number = 1;  // from 1
  bool last = false;
  base::Bytes data = {};
  bool operator==(const FragmentPayload&) const = default;
};

// A type for private use (128 to 255) that we do not know. Other unknown ones are refused (RFC 2408 5.3).
struct UnknownPayload {
  base::Bytes data = {};
  bool operator==(const UnknownPayload&) const = default;
};

using PayloadBody = std::variant<SaPayload, KePayload, IdPayload, CertPayload, CertReqPayload, HashPayload,
                                 SignaturePayload, NoncePayload, NotifyPayload, DeletePayload, VendorIdPayload,
                                 AttributesPayload, NatDPayload, NatOaPayload, FragmentPayload, UnknownPayload>;

// Body of one payload of type `type`, after its generic header.
Decoded<PayloadBody> DecodePayloadBody(PayloadType type, Reader body);
void EncodePayloadBody(const PayloadBody& body, Writer& writer);
// The octets after the generic header: SAi_b and IDii_b of HASH_I and HASH_R (RFC 2409 5).
base::Bytes BodyOctets(const PayloadBody& body);

}  // namespace culvert::wire::ikev1
