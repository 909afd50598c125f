// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/attribute.h"

namespace culvert::wire::ikev1 {
namespace {

constexpr uint16_t kBasic = 0x8000;  // the attribute format bit: the value is in the length field's place

base::Bytes BigEndian(uint64_t value, size_t size) {
  base::Bytes bytes(size);
  for (size_t i = size; i-- > 0; value >>= 8) bytes[i] = static_cast<uint8_t>(value);
  return bytes;
}

}  // namespace

Attribute Attribute::OfNumber(uint16_t type, uint64_t value) {
  if (value <= UINT16_MAX) return {type, /*basic=*/true, static_cast<uint16_t>(value)};
  return {type, /*basic=*/false, 0, BigEndian(value, value <= UINT32_MAX ? 4 : 8)};
}

std::optional<uint64_t> Attribute::Number() const {
  if (basic) return number;
  if (data.empty() || data.size() > 8) return std::nullopt;
  uint64_t value = 0;
  for (const uint8_t octet : data) value = value << 8 | octet;
  return value;
}

base::Bytes Attribute::Octets() const {
  return basic ? BigEndian(number, 2) : data;
}

bool Attribute::Means(const Attribute& other) const {
  if (type != other.type) return false;
  const std::optional<uint64_t> value = Number();
  return value && value == other.Number() ? true : Octets() == other.Octets();
}

Decoded<std::vector<Attribute>> DecodeAttributes(Reader reader) {
  std::vector<Attribute> attributes;
  while (!reader.consumed()) {
    if (attributes.size() == kMaxAttributes) return DecodeError::kAttribute;
    READ_OR_RETURN(const uint16_t type, reader.U16(), DecodeError::kAttribute);
    READ_OR_RETURN(const uint16_t length_or_value, reader.U16(), DecodeError::kAttribute);
    Attribute attribute{static_cast<uint16_t>(type & ~kBasic), (type & kBasic) != 0};
    if (attribute.basic) {
      attribute.number = length_or_value;
    } else {
      READ_OR_RETURN(const base::ByteView data, reader.Take(length_or_value), DecodeError::kAttribute);
      attribute.data = base::ToBytes(data);
    }
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

void EncodeAttributes(std::span<const Attribute> attributes, Writer& writer) {
  for (const Attribute& a : attributes) {
    writer.U16(static_cast<uint16_t>(a.type | (a.basic ? kBasic : 0)));
    writer.U16(a.basic ? a.number : static_cast<uint16_t>(a.data.size()));
    writer.Append(a.data);
  }
}

}  // namespace culvert::wire::ikev1
