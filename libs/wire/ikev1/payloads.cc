// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/payloads.h"

#include "libs/wire/ikev1/sa_payload.h"

namespace culvert::wire::ikev1 {
namespace {

using base::ByteView;
using base::ToBytes;

constexpr auto kFields = DecodeError::kPayloadFields;
constexpr size_t kCookiePair = 16;
constexpr uint8_t kLastFragment = 1;
constexpr uint8_t kFirstPrivateType = 128;

// Payloads that are octets and nothing else.
template <typename Body>
Decoded<PayloadBody> DecodeOctets(Reader reader, DecodeError empty) {
  if (reader.consumed()) return empty;
  return PayloadBody(Body{ToBytes(reader.Rest())});
}

Decoded<PayloadBody> DecodeId(Reader reader) {
  READ_OR_RETURN(const uint8_t type, reader.U8(), kFields);
  READ_OR_RETURN(const uint8_t protocol, reader.U8(), kFields);
  READ_OR_RETURN(const uint16_t port, reader.U16(), kFields);
  const size_t size = reader.remaining();
  if (size == 0 || size > kMaxIdentity) return DecodeError::kIdSize;
  struct Size {
    IdType type;
    size_t octets;
  };
  constexpr Size kSizes[] = {{IdType::kIpv4, 4},  {IdType::kIpv4Subnet, 8},  {IdType::kIpv4Range, 8},
                             {IdType::kIpv6, 16}, {IdType::kIpv6Subnet, 32}, {IdType::kIpv6Range, 32}};
  for (const Size& fixed : kSizes) {
    if (fixed.type == static_cast<IdType>(type) && fixed.octets != size) return DecodeError::kIdSize;
  }
  return PayloadBody(IdPayload{static_cast<IdType>(type), protocol, port, ToBytes(reader.Rest())});
}

Decoded<PayloadBody> DecodeCert(Reader reader) {
  READ_OR_RETURN(const uint8_t encoding, reader.U8(), kFields);
  if (reader.consumed()) return DecodeError::kCertEmpty;
  return PayloadBody(CertPayload{static_cast<CertEncoding>(encoding), ToBytes(reader.Rest())});
}

Decoded<PayloadBody> DecodeCertReq(Reader reader) {
  READ_OR_RETURN(const uint8_t encoding, reader.U8(), kFields);
  return PayloadBody(CertReqPayload{static_cast<CertEncoding>(encoding), ToBytes(reader.Rest())});
}

Decoded<PayloadBody> DecodeNonce(Reader reader) {
  if (reader.remaining() < kMinNonce || reader.remaining() > kMaxNonce) return DecodeError::kNonceSize;
  return PayloadBody(NoncePayload{ToBytes(reader.Rest())});
}

bool IsNotificationDoi(uint32_t doi) {
  return doi == kDoiIsakmp || doi == kDoiIpsec;
}

Decoded<PayloadBody> DecodeNotify(Reader reader) {
  READ_OR_RETURN(const uint32_t doi, reader.U32(), kFields);
  if (!IsNotificationDoi(doi)) return DecodeError::kDoi;
  READ_OR_RETURN(const uint8_t protocol, reader.U8(), kFields);
  READ_OR_RETURN(const uint8_t spi_size, reader.U8(), kFields);
  READ_OR_RETURN(const uint16_t type, reader.U16(), kFields);
  if (spi_size > kMaxIsakmpSpi) return DecodeError::kNotifySpi;
  READ_OR_RETURN(const ByteView spi, reader.Take(spi_size), DecodeError::kNotifySpi);
  if (reader.remaining() > kMaxNotifyData) return DecodeError::kNotifyTooLong;
  return PayloadBody(NotifyPayload{static_cast<NotifyType>(type), static_cast<ProtocolId>(protocol), ToBytes(spi),
                                   ToBytes(reader.Rest()), doi});
}

Decoded<PayloadBody> DecodeDelete(Reader reader) {
  DeletePayload del;
  READ_OR_RETURN(del.doi, reader.U32(), kFields);
  if (!IsNotificationDoi(del.doi)) return DecodeError::kDoi;
  READ_OR_RETURN(const uint8_t protocol, reader.U8(), kFields);
  READ_OR_RETURN(const uint8_t spi_size, reader.U8(), kFields);
  READ_OR_RETURN(const uint16_t count, reader.U16(), kFields);
  del.protocol = static_cast<ProtocolId>(protocol);
  const bool isakmp = del.protocol == ProtocolId::kIsakmp;
  const bool ipsec = del.protocol == ProtocolId::kEsp || del.protocol == ProtocolId::kAh;
  const size_t due = isakmp ? kCookiePair : 4;
  if (!(isakmp || ipsec) || spi_size != due || count > kMaxSpisInDelete) return DecodeError::kDeleteSpi;
  for (uint16_t left = count; left > 0; --left) {
    if (isakmp) {
      READ_OR_RETURN(const ByteView cookies, reader.Take(kCookiePair), DecodeError::kDeleteSpi);
      del.isakmp.push_back(*CookiePair::Of(cookies));
    } else {
      READ_OR_RETURN(const uint32_t spi, reader.U32(), DecodeError::kDeleteSpi);
      del.spis.push_back(spi);
    }
  }
  if (!reader.consumed()) return DecodeError::kDeleteSpi;
  return PayloadBody(std::move(del));
}

Decoded<PayloadBody> DecodeAttributesPayload(Reader reader) {
  AttributesPayload payload;
  READ_OR_RETURN(const uint8_t type, reader.U8(), kFields);
  READ_OR_RETURN(const uint8_t reserved, reader.U8(), kFields);
  READ_OR_RETURN(payload.identifier, reader.U16(), kFields);
  if (reserved != 0) return DecodeError::kReserved;
  payload.type = static_cast<ConfigType>(type);
  DECODE_OR_RETURN(payload.attributes, DecodeAttributes(reader));
  return PayloadBody(std::move(payload));
}

Decoded<PayloadBody> DecodeNatOa(Reader reader) {
  READ_OR_RETURN(const uint8_t type, reader.U8(), kFields);
  READ_OR_RETURN(const ByteView reserved, reader.Take(3), kFields);
  for (const uint8_t octet : reserved) {
    if (octet != 0) return DecodeError::kReserved;
  }
  const auto id = static_cast<IdType>(type);
  const size_t due = id == IdType::kIpv4 ? 4 : id == IdType::kIpv6 ? 16 : 0;
  if (due == 0 || reader.remaining() != due) return DecodeError::kIdSize;
  return PayloadBody(NatOaPayload{base::IpAddress::FromBytes(reader.Rest())});
}

Decoded<PayloadBody> DecodeFragment(Reader reader) {
  FragmentPayload fragment;
  READ_OR_RETURN(fragment.id, reader.U16(), kFields);
  READ_OR_RETURN(fragment.number, reader.U8(), kFields);
  READ_OR_RETURN(const uint8_t flags, reader.U8(), kFields);
  if (fragment.number == 0 || flags > kLastFragment || reader.consumed()) return DecodeError::kFragmentNumber;
  fragment.last = flags == kLastFragment;
  fragment.data = ToBytes(reader.Rest());
  return PayloadBody(std::move(fragment));
}

Decoded<PayloadBody> DecodeSaBody(Reader reader) {
  DECODE_OR_RETURN(SaPayload sa, DecodeSa(reader));
  return PayloadBody(std::move(sa));
}

// One overload a body: what stands after the generic header.
struct Encoder {
  Writer& writer;

  void operator()(const SaPayload& sa) const { EncodeSa(sa, writer); }
  void operator()(const KePayload& ke) const { writer.Append(ke.data); }
  void operator()(const IdPayload& id) const {
    writer.U8(static_cast<uint8_t>(id.type));
    writer.U8(id.protocol);
    writer.U16(id.port);
    writer.Append(id.data);
  }
  void operator()(const CertPayload& cert) const {
    writer.U8(static_cast<uint8_t>(cert.encoding));
    writer.Append(cert.data);
  }
  void operator()(const CertReqPayload& request) const {
    writer.U8(static_cast<uint8_t>(request.encoding));
    writer.Append(request.authority);
  }
  void operator()(const HashPayload& hash) const { writer.Append(hash.data); }
  void operator()(const SignaturePayload& signature) const { writer.Append(signature.data); }
  void operator()(const NoncePayload& nonce) const { writer.Append(nonce.data); }
  void operator()(const NotifyPayload& notify) const {
    writer.U32(notify.doi);
    writer.U8(static_cast<uint8_t>(notify.protocol));
    writer.U8(static_cast<uint8_t>(notify.spi.size()));
    writer.U16(static_cast<uint16_t>(notify.type));
    writer.Append(notify.spi);
    writer.Append(notify.data);
  }
  void operator()(const DeletePayload& del) const {
    const bool isakmp = del.protocol == ProtocolId::kIsakmp;
    writer.U32(del.doi);
    writer.U8(static_cast<uint8_t>(del.protocol));
    writer.U8(isakmp ? kCookiePair : 4);
    writer.U16(static_cast<uint16_t>(isakmp ? del.isakmp.size() : del.spis.size()));
    for (const CookiePair& cookies : del.isakmp) writer.Append(cookies.bytes());
    for (const uint32_t spi : del.spis) writer.U32(spi);
  }
  void operator()(const VendorIdPayload& vendor) const { writer.Append(vendor.data); }
  void operator()(const AttributesPayload& attributes) const {
    writer.U8(static_cast<uint8_t>(attributes.type));
    writer.U8(0);
    writer.U16(attributes.identifier);
    EncodeAttributes(attributes.attributes, writer);
  }
  void operator()(const NatDPayload& nat) const { writer.Append(nat.hash); }
  void operator()(const NatOaPayload& nat) const {
    writer.U8(static_cast<uint8_t>(nat.address.is_v4() ? IdType::kIpv4 : IdType::kIpv6));
    writer.Zeros(3);
    writer.Append(nat.address.bytes());
  }
  void operator()(const FragmentPayload& fragment) const {
    writer.U16(fragment.id);
    writer.U8(fragment.number);
    writer.U8(fragment.last ? kLastFragment : 0);
    writer.Append(fragment.data);
  }
  void operator()(const UnknownPayload& unknown) const { writer.Append(unknown.data); }
};

}  // namespace

base::Bytes CookiePair::bytes() const {
  Writer writer;
  writer.U64(initiator);
  writer.U64(responder);
  return std::move(writer).Take();
}

std::optional<CookiePair> CookiePair::Of(ByteView bytes) {
  if (bytes.size() != kCookiePair) return std::nullopt;
  Reader reader(bytes);
  const uint64_t initiator = *reader.U64();
  return CookiePair{initiator, *reader.U64()};
}

Decoded<PayloadBody> DecodePayloadBody(PayloadType type, Reader body) {
  switch (type) {
    case PayloadType::kSa:
      return DecodeSaBody(body);
    case PayloadType::kKe:
      return DecodeOctets<KePayload>(body, DecodeError::kKeEmpty);
    case PayloadType::kId:
      return DecodeId(body);
    case PayloadType::kCert:
      return DecodeCert(body);
    case PayloadType::kCertReq:
      return DecodeCertReq(body);
    case PayloadType::kHash:
      return DecodeOctets<HashPayload>(body, DecodeError::kAuthEmpty);
    case PayloadType::kSignature:
      return DecodeOctets<SignaturePayload>(body, DecodeError::kAuthEmpty);
    case PayloadType::kNonce:
      return DecodeNonce(body);
    case PayloadType::kNotify:
      return DecodeNotify(body);
    case PayloadType::kDelete:
      return DecodeDelete(body);
    case PayloadType::kVendorId:
      return PayloadBody(VendorIdPayload{ToBytes(body.Rest())});
    case PayloadType::kAttributes:
      return DecodeAttributesPayload(body);
    case PayloadType::kNatD:
    case PayloadType::kNatDDraft:
      return DecodeOctets<NatDPayload>(body, kFields);
    case PayloadType::kNatOa:
    case PayloadType::kNatOaDraft:
      return DecodeNatOa(body);
    case PayloadType::kFragment:
      return DecodeFragment(body);
    case PayloadType::kNone:
      break;
  }
  if (static_cast<uint8_t>(type) < kFirstPrivateType) return DecodeError::kUnknownPayload;
  return PayloadBody(UnknownPayload{ToBytes(body.Rest())});
}

void EncodePayloadBody(const PayloadBody& body, Writer& writer) {
  std::visit(Encoder{writer}, body);
}

base::Bytes BodyOctets(const PayloadBody& body) {
  Writer writer;
  EncodePayloadBody(body, writer);
  return std::move(writer).Take();
}

}  // namespace culvert::wire::ikev1
