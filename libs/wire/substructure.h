// SPDX-License-Identifier: Apache-2.0
// The header that proposals and transforms have in both versions of IKE (RFC 2408 3.5, 3.6; RFC 7296 3.3.1, 3.3.2).
#pragma once

#include <cstdint>

#include "libs/wire/decoded.h"
#include "libs/wire/reader.h"

namespace culvert::wire {

inline constexpr uint8_t kMoreProposals = 2;
inline constexpr uint8_t kMoreTransforms = 3;
inline constexpr uint8_t kLast = 0;
inline constexpr size_t kSubstructureHeader = 4;  // last/more, reserved, length

// What "last or more" says, and a reader of what follows the header.
struct Substructure {
  uint8_t more;
  uint8_t reserved;
  Reader body;
};

// Takes one from the front of `reader`.
inline Decoded<Substructure> DecodeSubstructure(Reader& reader, DecodeError wrong_length) {
  READ_OR_RETURN(const uint8_t more, reader.U8(), wrong_length);
  READ_OR_RETURN(const uint8_t reserved, reader.U8(), wrong_length);
  READ_OR_RETURN(const uint16_t length, reader.U16(), wrong_length);
  if (length < kSubstructureHeader) return wrong_length;
  READ_OR_RETURN(const Reader body, reader.Sub(length - kSubstructureHeader), wrong_length);
  return Substructure{more, reserved, body};
}

}  // namespace culvert::wire
