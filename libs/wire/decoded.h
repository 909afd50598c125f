// SPDX-License-Identifier: Apache-2.0
// The outcome of decoding a peer's octets: a value, or the named reason why there is none. It allocates nothing when it
// fails, since whoever sends garbage decides how often it fails.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"

namespace culvert::wire {

// One reason each; the names are the label values of the "malformed" counters, the texts go to logs and diagnoses.
enum class DecodeError : uint8_t {
  // header
  kHeaderShort,
  kMajorVersion,
  kLengthMismatch,
  kInitiatorSpiZero,
  kMinorVersion,
  kFlags,
  kMessageId,
  kEncryptionFlag,
  // chain
  kPayloadShort,
  kPayloadLength,
  kPayloadFields,
  kTooManyPayloads,
  kChainTrailing,
  kUnsupportedCritical,
  kReserved,
  kUnknownPayload,
  // payloads
  kSaEmpty,
  kSaTooManyProposals,
  kSaTooManyTransforms,
  kProposalLength,
  kProposalMore,
  kProposalNumber,
  kProposalSpi,
  kTransformLength,
  kTransformMore,
  kTransformCount,
  kTransformNumber,
  kAttribute,
  kKeyLengthZero,
  kKeEmpty,
  kIdSize,
  kAuthEmpty,
  kCertEmpty,
  kNonceSize,
  kNotifySpi,
  kNotifyTooLong,
  kDeleteSpi,
  kTsLength,
  kTsRange,
  kConfigAttribute,
  kEapLength,
  kFragmentNumber,
  kDoi,
  kSituation,
  // protection (RFC 7296 3.14, RFC 7383 2.5; RFC 2409 appendix B)
  kNotProtected,
  kUnprotectedPayload,
  kIntegrity,
  kPadding,
  kCiphertext,
  // legality (libs/wire/ikev2/payload_rules.h, libs/wire/ikev1/payload_rules.h)
  kExchangeType,
  kMissingPayload,
  kDuplicatePayload,
  kPayloadOrder,
  kUnexpectedPayload,
};

absl::string_view Name(DecodeError error);  // "payload_length": stable, a metrics label
absl::string_view Text(DecodeError error);  // "a payload's length is below its header's or beyond the message"

struct Malformed {
  DecodeError error;
  uint8_t payload = 0;  // type of the payload it was found in; 0: the header
  bool operator==(const Malformed&) const = default;

  std::string ToString() const;  // "TSi: the number of traffic selectors …"
};

template <typename T>
class [[nodiscard]] Decoded {
 public:
  Decoded(T value) : result_(std::move(value)) {}            // NOLINT: a value is a success
  Decoded(Malformed malformed) : result_(malformed) {}       // NOLINT: a reason is a failure
  Decoded(DecodeError error) : result_(Malformed{error}) {}  // NOLINT

  bool ok() const { return std::holds_alternative<T>(result_); }
  const Malformed& malformed() const { return std::get<Malformed>(result_); }  // only when !ok()
  DecodeError error() const { return malformed().error; }
  T& operator*() & { return std::get<T>(result_); }
  const T& operator*() const& { return std::get<T>(result_); }
  T&& operator*() && { return std::get<T>(std::move(result_)); }
  T* operator->() { return &std::get<T>(result_); }
  const T* operator->() const { return &std::get<T>(result_); }

 private:
  std::variant<T, Malformed> result_;
};

}  // namespace culvert::wire

// DECODE_OR_RETURN(const Nonce nonce, DecodeNonce(reader));
#define DECODE_OR_RETURN(lhs, expr) DECODE_OR_RETURN_INNER(DECODE_CONCAT(_decoded, __LINE__), lhs, expr)
#define DECODE_OR_RETURN_INNER(tmp, lhs, expr) \
  auto tmp = (expr);                           \
  if (!tmp.ok()) return tmp.malformed();       \
  lhs = *std::move(tmp)
// READ_OR_RETURN(const uint8_t spi_size, reader.U8(), DecodeError::kProposalLength);
#define READ_OR_RETURN(lhs, expr, error) READ_OR_RETURN_INNER(DECODE_CONCAT(_read, __LINE__), lhs, expr, error)
#define READ_OR_RETURN_INNER(tmp, lhs, expr, error) \
  auto tmp = (expr);                                \
  if (!tmp) return error;                           \
  lhs = *std::move(tmp)
#define DECODE_CONCAT_INNER(a, b) a##b
#define DECODE_CONCAT(a, b) DECODE_CONCAT_INNER(a, b)
