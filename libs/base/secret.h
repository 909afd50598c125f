// SPDX-License-Identifier: Apache-2.0
// Key material: move-only, wiped on destruction, with no way to print it.
#pragma once

#include <cstddef>
#include <utility>

#include "libs/base/bytes.h"

namespace culvert::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(size_t size) : bytes_(size) {}  // zeros, to be filled through mutable_view()
  static Secret CopyOf(ByteView bytes);

  Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Wipe(); }

  // A copy is always deliberate and visible at the call.
  Secret Clone() const { return CopyOf(bytes_); }
  // Bytes [offset, offset + size) as a Secret of their own; CHECKs the range.
  Secret Slice(size_t offset, size_t size) const;

  ByteView view() const { return bytes_; }
  MutableByteView mutable_view() { return bytes_; }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  void Wipe();
  Bytes bytes_;
};

// Overwrites memory in a way the compiler may not elide.
void SecureWipe(MutableByteView bytes);

}  // namespace culvert::base
