// SPDX-License-Identifier: Apache-2.0
// Appends octets in network order. Lengths and next-payload octets are patched by the scopes that own them, so no
// caller computes one.
#pragma once

#include <cstdint>

#include "libs/base/bytes.h"

namespace culvert::wire {

class Writer {
 public:
  void U8(uint8_t value) { bytes_.push_back(value); }
  void U16(uint16_t value) { Integer(value, 2); }
  void U32(uint32_t value) { Integer(value, 4); }
  void U64(uint64_t value) { Integer(value, 8); }
  void Append(base::ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void Zeros(size_t size) { bytes_.resize(bytes_.size() + size); }

  size_t size() const { return bytes_.size(); }
  base::ByteView view() const { return bytes_; }
  base::MutableByteView mutable_view() { return bytes_; }
  base::Bytes Take() && { return std::move(bytes_); }

  // Writes a length field of `width` octets (2 or 4) now, and its value when the scope ends: the octets from `start` up
  // to the end. A value that does not fit aborts: it is our own message, and validation bounds all that goes into one.
  class Length {
   public:
    Length(Writer& writer, size_t start, size_t width);
    Length(const Length&) = delete;
    Length& operator=(const Length&) = delete;
    ~Length();

   private:
    Writer& writer_;
    size_t start_;
    size_t at_;
    size_t width_;
  };

 private:
  void Integer(uint64_t value, size_t width) {
    for (size_t i = width; i-- > 0;) bytes_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }

  base::Bytes bytes_;
};

// The generic payload chain of ISAKMP and IKEv2 (RFC 7296 3.2): each payload's type stands in the payload before it.
class PayloadChain {
 public:
  // `next_at`: offset of the header's next-payload octet, which the first payload patches.
  PayloadChain(Writer& writer, size_t next_at) : writer_(writer), next_at_(next_at) {}

  // Starts a payload; its length is written when the returned scope ends.
  [[nodiscard]] Writer::Length Begin(uint8_t type, bool critical = false);
  // What the last payload's next-payload octet says otherwise than 0: SK names the first payload inside it.
  void SetNext(uint8_t type);

 private:
  Writer& writer_;
  size_t next_at_;
};

}  // namespace culvert::wire
