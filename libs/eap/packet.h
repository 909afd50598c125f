// SPDX-License-Identifier: Apache-2.0
// EAP packets (RFC 3748 4).
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "libs/base/bytes.h"

namespace culvert::eap {

enum class Code : uint8_t { kRequest = 1, kResponse = 2, kSuccess = 3, kFailure = 4 };

// Numbers of IANA's EAP registry; a peer may name others.
enum class Type : uint8_t {
  kNone = 0,  // Success and Failure carry no type
  kIdentity = 1,
  kNotification = 2,
  kNak = 3,
  kTls = 13,
  kMschapV2 = 26,
};
std::string ToString(Type type);  // "EAP-TLS"; "EAP type 6"

inline constexpr size_t kMaxPacket = 4096;

struct Packet {
  Code code = Code::kRequest;
  uint8_t identifier = 0;
  Type type = Type::kNone;
  base::Bytes data = {};  // after the type
  bool operator==(const Packet&) const = default;
};

// InvalidArgument: a length that is not the packet's, one beyond kMaxPacket, a code we do not know, a Request or
// Response without a type, or a Success or Failure with one.
absl::StatusOr<Packet> Decode(base::ByteView octets);
base::Bytes Encode(const Packet& packet);

}  // namespace culvert::eap
