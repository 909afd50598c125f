// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/payloads.h"

#include <algorithm>

#include "libs/wire/ikev2/sa_payload.h"

namespace culvert::wire::ikev2 {
namespace {

using base::ByteView;
using base::IpAddress;
using base::ToBytes;

// Types of traffic selectors (RFC 7296 3.13.1) and their lengths, header included.
constexpr uint8_t kTsIpv4 = 7;
constexpr uint8_t kTsIpv6 = 8;
constexpr size_t kTsHeader = 4;

constexpr auto kFields = DecodeError::kPayloadFields;

Decoded<KePayload> DecodeKe(Reader reader) {
  KePayload ke;
  READ_OR_RETURN(ke.group, reader.U16(), kFields);
  READ_OR_RETURN([[maybe_unused]] const uint16_t reserved, reader.U16(), kFields);
  if (reader.consumed()) return DecodeError::kKeEmpty;
  ke.data = ToBytes(reader.Rest());
  return ke;
}

// One octet of kind, `reserved` octets, and the rest: the shape of CERT, CERTREQ and AUTH.
struct Tagged {
  uint8_t tag;
  base::Bytes data;
};
Decoded<Tagged> DecodeTagged(Reader reader, size_t reserved) {
  READ_OR_RETURN(const uint8_t tag, reader.U8(), kFields);
  READ_OR_RETURN([[maybe_unused]] const ByteView skipped, reader.Take(reserved), kFields);
  return Tagged{tag, ToBytes(reader.Rest())};
}

Decoded<IdPayload> DecodeId(Reader reader) {
  IdPayload id;
  READ_OR_RETURN(const uint8_t tag, reader.U8(), kFields);
  READ_OR_RETURN(const ByteView reserved, reader.Take(id.reserved.size()), kFields);
  std::copy(reserved.begin(), reserved.end(), id.reserved.begin());
  const size_t size = reader.remaining();
  const auto type = static_cast<ipsec::IdType>(tag);
  if (size == 0 || size > kMaxIdentity) return DecodeError::kIdSize;
  if (type == ipsec::IdType::kIpv4 && size != 4) return DecodeError::kIdSize;
  if (type == ipsec::IdType::kIpv6 && size != 16) return DecodeError::kIdSize;
  id.identity = {type, ToBytes(reader.Rest())};
  return id;
}

Decoded<CertPayload> DecodeCert(Reader reader) {
  DECODE_OR_RETURN(Tagged tagged, DecodeTagged(reader, 0));
  if (tagged.data.empty()) return DecodeError::kCertEmpty;
  return CertPayload{static_cast<CertEncoding>(tagged.tag), std::move(tagged.data)};
}

Decoded<CertReqPayload> DecodeCertReq(Reader reader) {
  DECODE_OR_RETURN(Tagged tagged, DecodeTagged(reader, 0));
  return CertReqPayload{static_cast<CertEncoding>(tagged.tag), std::move(tagged.data)};
}

Decoded<AuthPayload> DecodeAuth(Reader reader) {
  DECODE_OR_RETURN(Tagged tagged, DecodeTagged(reader, 3));
  if (tagged.data.empty()) return DecodeError::kAuthEmpty;
  return AuthPayload{static_cast<AuthMethod>(tagged.tag), std::move(tagged.data)};
}

Decoded<NoncePayload> DecodeNonce(Reader reader) {
  if (reader.remaining() < kMinNonce || reader.remaining() > kMaxNonce) return DecodeError::kNonceSize;
  return NoncePayload{ToBytes(reader.Rest())};
}

Decoded<NotifyPayload> DecodeNotify(Reader reader) {
  READ_OR_RETURN(const uint8_t protocol, reader.U8(), kFields);
  READ_OR_RETURN(const uint8_t spi_size, reader.U8(), kFields);
  READ_OR_RETURN(const uint16_t type, reader.U16(), kFields);
  if (spi_size != 0 && spi_size != 4 && spi_size != 8) return DecodeError::kNotifySpi;
  READ_OR_RETURN(const ByteView spi, reader.Take(spi_size), DecodeError::kNotifySpi);
  if (reader.remaining() > kMaxNotifyData) return DecodeError::kNotifyTooLong;
  return NotifyPayload{static_cast<NotifyType>(type), static_cast<ProtocolId>(protocol), ToBytes(spi),
                       ToBytes(reader.Rest())};
}

Decoded<DeletePayload> DecodeDelete(Reader reader) {
  READ_OR_RETURN(const uint8_t protocol, reader.U8(), kFields);
  READ_OR_RETURN(const uint8_t spi_size, reader.U8(), kFields);
  READ_OR_RETURN(const uint16_t count, reader.U16(), kFields);
  DeletePayload del{static_cast<ProtocolId>(protocol)};
  const bool ike = del.protocol == ProtocolId::kIke;
  if (spi_size != (ike ? 0 : 4) || (ike && count != 0) || count > kMaxSpisInDelete) return DecodeError::kDeleteSpi;
  for (uint16_t left = count; left > 0; --left) {
    READ_OR_RETURN(const uint32_t spi, reader.U32(), DecodeError::kDeleteSpi);
    del.spis.push_back(spi);
  }
  if (!reader.consumed()) return DecodeError::kDeleteSpi;
  return del;
}

Decoded<ipsec::TrafficSelector> DecodeSelector(Reader reader, uint8_t protocol, size_t address_size) {
  ipsec::TrafficSelector selector{protocol};
  READ_OR_RETURN(selector.start_port, reader.U16(), DecodeError::kTsLength);
  READ_OR_RETURN(selector.end_port, reader.U16(), DecodeError::kTsLength);
  READ_OR_RETURN(const ByteView first, reader.Take(address_size), DecodeError::kTsLength);
  READ_OR_RETURN(const ByteView last, reader.Take(address_size), DecodeError::kTsLength);
  if (!reader.consumed()) return DecodeError::kTsLength;
  selector.first = IpAddress::FromBytes(first);
  selector.last = IpAddress::FromBytes(last);
  const bool ports = selector.start_port <= selector.end_port || selector.opaque_port();
  if (selector.last < selector.first || !ports) return DecodeError::kTsRange;
  return selector;
}

Decoded<TsPayload> DecodeTs(Reader reader) {
  READ_OR_RETURN(const uint8_t count, reader.U8(), kFields);
  READ_OR_RETURN([[maybe_unused]] const ByteView reserved, reader.Take(3), kFields);
  TsPayload ts;
  for (uint8_t left = count; left > 0; --left) {
    READ_OR_RETURN(const uint8_t type, reader.U8(), DecodeError::kTsLength);
    READ_OR_RETURN(const uint8_t protocol, reader.U8(), DecodeError::kTsLength);
    READ_OR_RETURN(const uint16_t length, reader.U16(), DecodeError::kTsLength);
    if (length < kTsHeader) return DecodeError::kTsLength;
    READ_OR_RETURN(const Reader body, reader.Sub(length - kTsHeader), DecodeError::kTsLength);
    if (type != kTsIpv4 && type != kTsIpv6) continue;
    DECODE_OR_RETURN(ts.selectors.emplace_back(), DecodeSelector(body, protocol, type == kTsIpv4 ? 4 : 16));
  }
  if (!reader.consumed()) return DecodeError::kTsLength;
  return ts;
}

Decoded<ConfigPayload> DecodeConfig(Reader reader) {
  READ_OR_RETURN(const uint8_t type, reader.U8(), kFields);
  READ_OR_RETURN([[maybe_unused]] const ByteView reserved, reader.Take(3), kFields);
  ConfigPayload config{static_cast<ConfigType>(type)};
  while (!reader.consumed()) {
    constexpr uint16_t kTypeMask = 0x7FFF;  // the top bit is reserved (3.15.1)
    READ_OR_RETURN(const uint16_t attribute, reader.U16(), DecodeError::kConfigAttribute);
    READ_OR_RETURN(const uint16_t length, reader.U16(), DecodeError::kConfigAttribute);
    READ_OR_RETURN(const ByteView value, reader.Take(length), DecodeError::kConfigAttribute);
    config.attributes.push_back({static_cast<ConfigAttributeType>(attribute & kTypeMask), ToBytes(value)});
  }
  return config;
}

Decoded<EapPayload> DecodeEap(Reader reader) {
  Reader header = reader;  // code, identifier, length, data (RFC 3748 4)
  READ_OR_RETURN([[maybe_unused]] const uint16_t code_and_identifier, header.U16(), DecodeError::kEapLength);
  READ_OR_RETURN(const uint16_t length, header.U16(), DecodeError::kEapLength);
  if (length != reader.remaining()) return DecodeError::kEapLength;
  return EapPayload{ToBytes(reader.Rest())};
}

Decoded<SkfPayload> DecodeSkf(uint8_t next, Reader reader) {
  SkfPayload skf{static_cast<PayloadType>(next)};
  READ_OR_RETURN(skf.fragment, reader.U16(), kFields);
  READ_OR_RETURN(skf.total, reader.U16(), kFields);
  if (skf.fragment == 0 || skf.fragment > skf.total || skf.total > kMaxFragments) return DecodeError::kFragmentNumber;
  if (skf.fragment > 1 && next != 0) return DecodeError::kFragmentNumber;  // RFC 7383 2.5
  skf.body = ToBytes(reader.Rest());
  return skf;
}

template <typename Body>
Decoded<PayloadBody> AsPayload(Decoded<Body> decoded) {
  if (!decoded.ok()) return decoded.malformed();
  return PayloadBody(*std::move(decoded));
}

// One overload a body: what stands after the generic header.
struct Encoder {
  Writer& writer;

  void Tagged(uint8_t tag, size_t reserved, ByteView data) const {
    writer.U8(tag);
    writer.Zeros(reserved);
    writer.Append(data);
  }

  void operator()(const SaPayload& sa) const { EncodeSa(sa, writer); }
  void operator()(const KePayload& ke) const {
    writer.U16(ke.group);
    writer.U16(0);
    writer.Append(ke.data);
  }
  void operator()(const IdPayload& id) const {
    writer.U8(static_cast<uint8_t>(id.identity.type));
    writer.Append(id.reserved);
    writer.Append(id.identity.bytes);
  }
  void operator()(const CertPayload& cert) const { Tagged(static_cast<uint8_t>(cert.encoding), 0, cert.data); }
  void operator()(const CertReqPayload& request) const {
    Tagged(static_cast<uint8_t>(request.encoding), 0, request.data);
  }
  void operator()(const AuthPayload& auth) const { Tagged(static_cast<uint8_t>(auth.method), 3, auth.data); }
  void operator()(const NoncePayload& nonce) const { writer.Append(nonce.data); }
  void operator()(const NotifyPayload& notify) const {
    writer.U8(static_cast<uint8_t>(notify.protocol));
    writer.U8(static_cast<uint8_t>(notify.spi.size()));
    writer.U16(static_cast<uint16_t>(notify.type));
    writer.Append(notify.spi);
    writer.Append(notify.data);
  }
  void operator()(const DeletePayload& del) const {
    writer.U8(static_cast<uint8_t>(del.protocol));
    writer.U8(del.protocol == ProtocolId::kIke ? 0 : 4);
    writer.U16(static_cast<uint16_t>(del.spis.size()));
    for (const uint32_t spi : del.spis) writer.U32(spi);
  }
  void operator()(const VendorIdPayload& vendor) const { writer.Append(vendor.data); }
  void operator()(const TsPayload& ts) const {
    Tagged(static_cast<uint8_t>(ts.selectors.size()), 3, {});
    for (const ipsec::TrafficSelector& s : ts.selectors) {
      const size_t start = writer.size();
      writer.U8(s.first.is_v4() ? kTsIpv4 : kTsIpv6);
      writer.U8(s.protocol);
      const Writer::Length length(writer, start, 2);
      writer.U16(s.start_port);
      writer.U16(s.end_port);
      writer.Append(s.first.bytes());
      writer.Append(s.last.bytes());
    }
  }
  void operator()(const ConfigPayload& config) const {
    Tagged(static_cast<uint8_t>(config.type), 3, {});
    for (const ConfigAttribute& a : config.attributes) {
      writer.U16(static_cast<uint16_t>(a.type));
      writer.U16(static_cast<uint16_t>(a.value.size()));
      writer.Append(a.value);
    }
  }
  void operator()(const EapPayload& eap) const { writer.Append(eap.message); }
  void operator()(const SkPayload& sk) const { writer.Append(sk.body); }
  void operator()(const SkfPayload& skf) const {
    writer.U16(skf.fragment);
    writer.U16(skf.total);
    writer.Append(skf.body);
  }
  void operator()(const UnknownPayload& unknown) const { writer.Append(unknown.data); }
};

}  // namespace

Decoded<PayloadBody> DecodePayloadBody(PayloadType type, uint8_t next, Reader body) {
  switch (type) {
    case PayloadType::kSa:
      return AsPayload(DecodeSa(body));
    case PayloadType::kKe:
      return AsPayload(DecodeKe(body));
    case PayloadType::kIdI:
    case PayloadType::kIdR:
      return AsPayload(DecodeId(body));
    case PayloadType::kCert:
      return AsPayload(DecodeCert(body));
    case PayloadType::kCertReq:
      return AsPayload(DecodeCertReq(body));
    case PayloadType::kAuth:
      return AsPayload(DecodeAuth(body));
    case PayloadType::kNonce:
      return AsPayload(DecodeNonce(body));
    case PayloadType::kNotify:
      return AsPayload(DecodeNotify(body));
    case PayloadType::kDelete:
      return AsPayload(DecodeDelete(body));
    case PayloadType::kVendorId:
      return PayloadBody(VendorIdPayload{ToBytes(body.Rest())});
    case PayloadType::kTsI:
    case PayloadType::kTsR:
      return AsPayload(DecodeTs(body));
    case PayloadType::kConfig:
      return AsPayload(DecodeConfig(body));
    case PayloadType::kEap:
      return AsPayload(DecodeEap(body));
    case PayloadType::kSk:
      return PayloadBody(SkPayload{static_cast<PayloadType>(next), ToBytes(body.Rest())});
    case PayloadType::kSkf:
      return AsPayload(DecodeSkf(next, body));
    case PayloadType::kNone:
      break;
  }
  return PayloadBody(UnknownPayload{ToBytes(body.Rest())});
}

void EncodePayloadBody(const PayloadBody& body, Writer& writer) {
  std::visit(Encoder{writer}, body);
}

}  // namespace culvert::wire::ikev2
