// SPDX-License-Identifier: Apache-2.0
// A bounds-checked view of octets in network order. Pass it by value: a callee cannot move its caller's position, and
// a sub-reader cannot leave the part it was made for.
#pragma once

#include <cstdint>
#include <optional>

#include "libs/base/bytes.h"

namespace culvert::wire {

class Reader {
 public:
  explicit Reader(base::ByteView bytes) : bytes_(bytes) {}

  // Each takes from the front, or takes nothing and answers nullopt when too little is left.
  std::optional<uint8_t> U8() { return Integer<uint8_t>(); }
  std::optional<uint16_t> U16() { return Integer<uint16_t>(); }
  std::optional<uint32_t> U32() { return Integer<uint32_t>(); }
  std::optional<uint64_t> U64() { return Integer<uint64_t>(); }
  std::optional<base::ByteView> Take(size_t size) {
    if (size > bytes_.size()) return std::nullopt;
    const base::ByteView head = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return head;
  }
  std::optional<Reader> Sub(size_t size) {
    const std::optional<base::ByteView> head = Take(size);
    if (!head) return std::nullopt;
    return Reader(*head);
  }
  // All that is left; the reader is then consumed.
  base::ByteView Rest() { return *Take(bytes_.size()); }

  size_t remaining() const { return bytes_.size(); }
  bool consumed() const { return bytes_.empty(); }

 private:
  template <typename T>
  std::optional<T> Integer() {
    const std::optional<base::ByteView> head = Take(sizeof(T));
    if (!head) return std::nullopt;
    T value = 0;
    for (const uint8_t octet : *head) value = static_cast<T>((uint64_t{value} << 8) | octet);
    return value;
  }

  base::ByteView bytes_;
};

}  // namespace culvert::wire
