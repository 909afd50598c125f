// SPDX-License-Identifier: Apache-2.0
// The online certificate status protocol (RFC 6960): one question, one answer.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/pki/certificate.h"
#include "libs/pki/openssl.h"

namespace culvert::pki {

inline constexpr size_t kMaxOcspBytes = 64 * 1024;
inline constexpr size_t kOcspNonceBytes = 32;  // RFC 8954

// The DER of an OCSPRequest for `certificate`, which `issuer` issued. `nonce` comes from the caller's generator.
base::Bytes OcspRequest(const Certificate& certificate, const Certificate& issuer, base::ByteView nonce);

struct OcspStatus {
  bool revoked = false;
  absl::Time revoked_since;  // of a revoked one
  absl::Time this_update;
  std::optional<absl::Time> next_update;  // nullopt: none, newer information is always there
};

class OcspAnswer {
 public:
  // `nonce` is the request's: an answer that holds another is refused, one that holds none is not, since responders
  // that answer from a store have none (RFC 5019 4). InvalidArgument: not a response, or to something else;
  // Unavailable: the responder has no answer ("tryLater").
  static absl::StatusOr<std::shared_ptr<const OcspAnswer>> Parse(base::ByteView der, base::ByteView nonce);
  // One that was sent along with the certificate (RFC 4806): somebody else asked for it, with whatever nonce.
  static absl::StatusOr<std::shared_ptr<const OcspAnswer>> ParseStapled(base::ByteView der);

  base::ByteView der() const { return der_; }
  // What it says of `certificate`. nullopt: nothing, "unknown", or not signed by `issuer` or by a certificate that
  // `issuer` made for OCSP and that is valid at `now` (4.2.2.2). The cost of one or two signatures.
  std::optional<OcspStatus> StatusOf(const Certificate& certificate, const Certificate& issuer, absl::Time now) const;

 private:
  static absl::StatusOr<OcspBasic> ParseBasic(base::ByteView der);
  OcspAnswer(OcspBasic basic, base::Bytes der) : basic_(std::move(basic)), der_(std::move(der)) {}
  bool SignedFor(const Certificate& issuer, absl::Time now) const;

  OcspBasic basic_;
  base::Bytes der_;
};

}  // namespace culvert::pki
