// SPDX-License-Identifier: Apache-2.0
// The payloads of IKEv2 as values (RFC 7296 3.3 to 3.16, RFC 7383). What a field may hold is what the decoder lets in:
// see libs/wire/ikev2/payloads.cc for the checks, libs/wire/decoded.h for their names.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/ipsec/identity.h"
#include "libs/ipsec/selector.h"
#include "libs/wire/decoded.h"
#include "libs/wire/ikev2/constants.h"
#include "libs/wire/reader.h"
#include "libs/wire/writer.h"

namespace culvert::wire::ikev2 {

// 3.3.2. Key Length is the one attribute IKEv2 defines; a transform with any other must not be chosen (3.3.6).
struct Transform {
  uint8_t type = 0;  // ipsec::TransformKind, or a number we do not know
  uint16_t id = 0;
  uint16_t key_bits = 0;  // 0: no attribute
  bool unknown_attribute = false;
  bool operator==(const Transform&) const = default;
};

struct Proposal {  // 3.3.1
  uint8_t number = 1;
  ProtocolId protocol = ProtocolId::kIke;
  base::Bytes spi = {};  // empty in IKE_SA_INIT, 8 octets when an IKE SA is rekeyed, 4 for ESP and AH
  std::vector<Transform> transforms = {};
  bool operator==(const Proposal&) const = default;
};

struct SaPayload {  // 3.3
  std::vector<Proposal> proposals = {};
  bool operator==(const SaPayload&) const = default;
};

struct KePayload {  // 3.4
  uint16_t group = 0;
  base::Bytes data = {};
  bool operator==(const KePayload&) const = default;
};

struct IdPayload {  // 3.5; IDi and IDr
  ipsec::Identity identity = {};
  std::array<uint8_t, 3> reserved = {};  // zero in ours; a peer's as they came, since AUTH covers them (2.15)
  bool operator==(const IdPayload&) const = default;
};

struct CertPayload {  // 3.6
  CertEncoding encoding = CertEncoding::kX509Signature;
  base::Bytes data = {};
  bool operator==(const CertPayload&) const = default;
};

struct CertReqPayload {  // 3.7
  CertEncoding encoding = CertEncoding::kX509Signature;
  base::Bytes data = {};  // SHA-1 hashes of CA keys, one after another
  bool operator==(const CertReqPayload&) const = default;
};

struct AuthPayload {  // 3.8
  AuthMethod method = AuthMethod::kSharedKey;
  base::Bytes data = {};
  bool operator==(const AuthPayload&) const = default;
};

struct NoncePayload {  // 3.9
  base::Bytes data = {};
  bool operator==(const NoncePayload&) const = default;
};

struct NotifyPayload {  // 3.10
  NotifyType type = NotifyType::kInvalidSyntax;
  ProtocolId protocol = ProtocolId::kNone;  // of the SA that `spi` names
  base::Bytes spi = {};
  base::Bytes data = {};
  bool operator==(const NotifyPayload&) const = default;
};

struct DeletePayload {  // 3.11
  ProtocolId protocol = ProtocolId::kIke;
  std::vector<uint32_t> spis = {};  // empty for IKE: the SA that carries the message
  bool operator==(const DeletePayload&) const = default;
};

struct VendorIdPayload {  // 3.12
  base::Bytes data = {};
  bool operator==(const VendorIdPayload&) const = default;
};

// 3.13; TSi and TSr. Selectors of a type we do not know are left out (3.13.1), so none may be left: TS_UNACCEPTABLE.
struct TsPayload {
  std::vector<ipsec::TrafficSelector> selectors = {};
  bool operator==(const TsPayload&) const = default;
};

struct ConfigAttribute {  // 3.15.1
  ConfigAttributeType type{};
  base::Bytes value = {};
  bool operator==(const ConfigAttribute&) const = default;
};

struct ConfigPayload {  // 3.15
  ConfigType type = ConfigType::kRequest;
  std::vector<ConfigAttribute> attributes = {};
  bool operator==(const ConfigPayload&) const = default;
};

struct EapPayload {  // 3.16; the EAP message whole, its length field checked
  base::Bytes message = {};
  bool operator==(const EapPayload&) const = default;
};

// 3.14, still sealed; libs/wire/ikev2/protected.h opens it.
struct SkPayload {
  PayloadType first_inner = PayloadType::kNone;
  base::Bytes body = {};  // IV | ciphertext | ICV
  bool operator==(const SkPayload&) const = default;
};

// RFC 7383 2.5, still sealed.
struct SkfPayload {
  PayloadType first_inner = PayloadType::kNone;  // in the first fragment alone
  uint16_t fragment = 1;                         // 1..total
  uint16_t total = 1;
  base::Bytes body = {};
  bool operator==(const SkfPayload&) const = default;
};

// A payload type we do not know, without the critical bit; kept so that vendors' extensions can be seen in a trace.
struct UnknownPayload {
  base::Bytes data = {};
  bool operator==(const UnknownPayload&) const = default;
};

using PayloadBody = std::variant<SaPayload, KePayload, IdPayload, CertPayload, CertReqPayload, AuthPayload,
                                 NoncePayload, NotifyPayload, DeletePayload, VendorIdPayload, TsPayload, ConfigPayload,
                                 EapPayload, SkPayload, SkfPayload, UnknownPayload>;

// Body of one payload of type `type`, after its generic header. `next` is the header's next-payload octet, which SK and
// SKF give another meaning.
Decoded<PayloadBody> DecodePayloadBody(PayloadType type, uint8_t next, Reader body);
void EncodePayloadBody(const PayloadBody& body, Writer& writer);

}  // namespace culvert::wire::ikev2
