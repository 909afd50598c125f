// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/crl.h"

#include <openssl/err.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace culvert::pki {
namespace {

// Every critical extension must be understood (RFC 5280 5.2), and a delta CRL is only half a list (5.2.4).
absl::Status CheckExtensions(const X509_CRL* crl) {
  if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0) return absl::UnimplementedError("a delta CRL");
  for (int i = X509_CRL_get_ext_by_critical(crl, 1, -1); i >= 0; i = X509_CRL_get_ext_by_critical(crl, 1, i)) {
    const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(X509_CRL_get_ext(crl, i)));
    if (nid != NID_issuing_distribution_point) {
      return absl::UnimplementedError("a CRL with a critical extension that is not known");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Crl>> Crl::Parse(base::ByteView der) {
  if (der.size() > kMaxCrlBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a CRL of ", der.size(), " octets; at most ", kMaxCrlBytes));
  }
  auto x509_crl = ExactlyOne<X509Crl>(der, d2i_X509_CRL);
  ERR_clear_error();
  if (x509_crl == nullptr) return absl::InvalidArgumentError("not an X.509 CRL");
  std::shared_ptr<Crl> made(new Crl(std::move(x509_crl)));
  if (absl::Status status = made->Read(); !status.ok()) {
    ERR_clear_error();
    return status;
  }
  return made;
}

absl::Status Crl::Read() {
  if (absl::Status status = CheckExtensions(crl_.get()); !status.ok()) return status;
  issuer_der_ = DerOf(X509_CRL_get_issuer(crl_.get()), i2d_X509_NAME);
  issuer_ = Printed(X509_CRL_get_issuer(crl_.get()));
  const auto this_update = TimeOf(X509_CRL_get0_lastUpdate(crl_.get()));
  const ASN1_TIME* next = X509_CRL_get0_nextUpdate(crl_.get());
  const auto next_update = next == nullptr ? absl::InfiniteFuture() : TimeOf(next);
  if (!this_update || !next_update) return absl::InvalidArgumentError("a CRL whose dates cannot be read");
  this_update_ = *this_update;
  next_update_ = *next_update;

  int critical = 0;
  const IssuingDistPoint point(static_cast<ISSUING_DIST_POINT*>(
      X509_CRL_get_ext_d2i(crl_.get(), NID_issuing_distribution_point, &critical, nullptr)));
  if (point == nullptr) {
    if (critical == -1) return SortEntries();  // there is none
    return absl::InvalidArgumentError("a CRL whose issuingDistributionPoint cannot be read");
  }
  if (point->indirectCRL > 0 || point->onlyattr > 0 || point->onlysomereasons != nullptr) {
    return absl::UnimplementedError("an indirect CRL, or one for some reasons only");
  }
  only_users_ = point->onlyuser > 0;
  only_cas_ = point->onlyCA > 0;
  if (point->distpoint != nullptr) {
    if (point->distpoint->type != 0) return absl::UnimplementedError("a CRL with a relative distribution point");
    AppendHttpUris(point->distpoint->name.fullname, &scope_);
    if (scope_.empty()) return absl::UnimplementedError("a CRL whose distribution point is no HTTP URL");
  }
  return SortEntries();
}

// OpenSSL sorts the entries at the first look-up, under a lock but through a const pointer: done here, later look-ups
// from any thread only read.
absl::Status Crl::SortEntries() {
  Must(X509_CRL_sort(crl_.get()));
  return absl::OkStatus();
}

bool Crl::FreshAt(absl::Time now) const {
  return this_update_ <= now + kClockSkew && now < next_update_;
}

bool Crl::IssuedBy(const Certificate& issuer) const {
  if (!std::equal(issuer_der_.begin(), issuer_der_.end(), issuer.subject_der().begin(), issuer.subject_der().end())) {
    return false;
  }
  // Absent, the answer has all bits set (RFC 5280 4.2.1.3).
  if ((X509_get_key_usage(issuer.get()) & KU_CRL_SIGN) == 0) return false;
  const bool signed_by = X509_CRL_verify(crl_.get(), issuer.public_key().get()) == 1;
  ERR_clear_error();
  return signed_by;
}

bool Crl::Covers(const Certificate& certificate) const {
  const auto same = [&](base::ByteView der) {
    return std::equal(der.begin(), der.end(), issuer_der_.begin(), issuer_der_.end());
  };
  if (!same(certificate.issuer_der())) return false;
  if (certificate.is_ca() ? only_users_ : only_cas_) return false;
  const auto& urls = certificate.crl_urls();
  return scope_.empty() || std::find_first_of(scope_.begin(), scope_.end(), urls.begin(), urls.end()) != scope_.end();
}

std::optional<absl::Time> Crl::RevokedSince(const Certificate& certificate) const {
  X509_REVOKED* entry = nullptr;
  // 2 would mean removeFromCRL, which a complete list has not; it is listed all the same.
  if (X509_CRL_get0_by_serial(crl_.get(), &entry, X509_get_serialNumber(certificate.get())) == 0) return std::nullopt;
  return TimeOf(X509_REVOKED_get0_revocationDate(entry)).value_or(absl::InfinitePast());
}

}  // namespace culvert::pki
