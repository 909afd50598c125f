// SPDX-License-Identifier: Apache-2.0
// Data attributes (RFC 2408 3.3): what transforms and the Attributes payload are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/wire/decoded.h"
#include "libs/wire/ikev1/constants.h"
#include "libs/wire/reader.h"
#include "libs/wire/writer.h"

namespace culvert::wire::ikev1 {

// Basic (type and value, 16 bits) or variable (type, length, value).
struct Attribute {
  uint16_t type = 0;  // Phase1Attribute, Phase2Attribute or ConfigAttribute, by where it stands; at most 15 bits
  bool basic = true;
  uint16_t number = 0;    // of a basic one
  base::Bytes data = {};  // of a variable one

  // The shortest form that carries `value`: basic up to 65535, else four or eight octets.
  template <typename Type>
  static Attribute Of(Type type, uint64_t value) {
    return OfNumber(static_cast<uint16_t>(type), value);
  }
  template <typename Type>
  static Attribute Variable(Type type, base::ByteView data) {
    return {static_cast<uint16_t>(type), /*basic=*/false, 0, base::ToBytes(data)};
  }

  // The number in either form. nullopt: no octets, or more than 64 bits.
  std::optional<uint64_t> Number() const;
  // The octets in either form.
  base::Bytes Octets() const;
  // The same type and value, in whichever form.
  bool Means(const Attribute& other) const;

  bool operator==(const Attribute&) const = default;

 private:
  static Attribute OfNumber(uint16_t type, uint64_t value);
};

// The first of that type; null when there is none.
template <typename Type>
const Attribute* Find(std::span<const Attribute> attributes, Type type) {
  for (const Attribute& a : attributes) {
    if (a.type == static_cast<uint16_t>(type)) return &a;
  }
  return nullptr;
}

// All that the reader holds.
Decoded<std::vector<Attribute>> DecodeAttributes(Reader reader);
void EncodeAttributes(std::span<const Attribute> attributes, Writer& writer);

}  // namespace culvert::wire::ikev1
