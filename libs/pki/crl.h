// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists (RFC 5280 5).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/pki/certificate.h"
#include "libs/pki/openssl.h"

namespace culvert::pki {

inline constexpr size_t kMaxCrlBytes = 1024 * 1024;
inline constexpr absl::Duration kClockSkew = absl::Minutes(5);  // how far the issuer's clock may be ahead of ours

class Crl {
 public:
  // DER. InvalidArgument: not exactly one CRL, larger than the bound; Unimplemented: a delta or indirect CRL, one for
  // some reasons only, or one with a critical extension that we do not know.
  static absl::StatusOr<std::shared_ptr<const Crl>> Parse(base::ByteView der);

  base::ByteView issuer_der() const { return issuer_der_; }
  const std::string& issuer() const { return issuer_; }
  absl::Time this_update() const { return this_update_; }
  absl::Time next_update() const { return next_update_; }  // InfiniteFuture: it says none
  bool FreshAt(absl::Time now) const;

  // Signed by `issuer`, which may sign CRLs. The cost of a signature.
  bool IssuedBy(const Certificate& issuer) const;
  // It speaks of this kind of certificate: same issuer, and inside the scope that it names (5.2.5).
  bool Covers(const Certificate& certificate) const;
  // The time of revocation, if it is listed.
  std::optional<absl::Time> RevokedSince(const Certificate& certificate) const;

 private:
  explicit Crl(X509Crl crl) : crl_(std::move(crl)) {}
  absl::Status Read();
  absl::Status SortEntries();

  X509Crl crl_;
  base::Bytes issuer_der_;
  std::string issuer_;
  absl::Time this_update_, next_update_;
  bool only_users_ = false, only_cas_ = false;
  std::vector<std::string> scope_;  // URIs of its issuingDistributionPoint; none: everything
};

}  // namespace culvert::pki
