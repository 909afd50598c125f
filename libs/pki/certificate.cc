// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/certificate.h"

#include <openssl/err.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/digest.h"
#include "libs/pki/openssl.h"

namespace culvert::pki {
namespace {

using ipsec::Identity;
using ipsec::IdType;

constexpr size_t kMaxAlternativeNames = 256;

absl::Status Broken(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

// An extension that is not there is null with OK; one that is there twice, or that cannot be read, is an error.
template <typename Pointer>
absl::StatusOr<Pointer> Extension(const X509* x509, int nid, absl::string_view name) {
  int critical = 0;
  Pointer extension(static_cast<typename Pointer::pointer>(X509_get_ext_d2i(x509, nid, &critical, nullptr)));
  if (extension == nullptr && critical != -1) return Broken(absl::StrCat("its ", name, " cannot be read"));
  return extension;
}

base::ByteView OctetsOf(const ASN1_STRING* string) {
  return {ASN1_STRING_get0_data(string), static_cast<size_t>(ASN1_STRING_length(string))};
}

// nullopt: a kind of name that IKE has no identity for (URIs, other names).
std::optional<Identity> IdentityOf(const GENERAL_NAME& name) {
  switch (name.type) {
    case GEN_DNS:
      return Identity{IdType::kFqdn, base::ToBytes(OctetsOf(name.d.dNSName))};
    case GEN_EMAIL:
      return Identity{IdType::kEmail, base::ToBytes(OctetsOf(name.d.rfc822Name))};
    case GEN_IPADD: {
      const base::ByteView octets = OctetsOf(name.d.iPAddress);
      if (octets.size() != 4 && octets.size() != 16) return std::nullopt;
      return Identity{octets.size() == 4 ? IdType::kIpv4 : IdType::kIpv6, base::ToBytes(octets)};
    }
    case GEN_DIRNAME:
      return Identity{IdType::kDn, DerOf(name.d.directoryName, i2d_X509_NAME)};
    default:
      return std::nullopt;
  }
}

template <typename Array>
Array DigestOf(crypto::Hash hash, base::ByteView octets) {
  const base::Bytes digest = crypto::Digest(hash, {octets});
  Array array{};
  std::copy(digest.begin(), digest.end(), array.begin());
  return array;
}

std::string HexOf(const ASN1_INTEGER* number) {
  const crypto::Bignum value(MustHave(ASN1_INTEGER_to_BN(number, nullptr)));
  char* hex = MustHave(BN_bn2hex(value.get()));
  std::string text(hex);
  OPENSSL_free(hex);
  return text;
}

}  // namespace

absl::StatusOr<CertificatePtr> Certificate::Parse(base::ByteView der) {
  if (der.size() > kMaxCertificateBytes) {
    return Broken(absl::StrCat("a certificate of ", der.size(), " octets; at most ", kMaxCertificateBytes));
  }
  auto x509 = ExactlyOne<X509Ptr>(der, d2i_X509);
  // Takes the common extensions apart once, now: later calls from several threads then only read.
  const bool sound = x509 != nullptr && X509_check_purpose(x509.get(), -1, 0) == 1 &&
                     (X509_get_extension_flags(x509.get()) & (EXFLAG_INVALID | EXFLAG_NO_FINGERPRINT)) == 0;
  EVP_PKEY* key = sound ? X509_get0_pubkey(x509.get()) : nullptr;
  ERR_clear_error();
  if (x509 == nullptr) return Broken("not an X.509 certificate");
  if (!sound) return Broken("its extensions are broken");
  if (key == nullptr) return Broken("its public key cannot be read");
  ASSIGN_OR_RETURN(PublicKey public_key, PublicKey::Of(key));

  std::shared_ptr<Certificate> made(new Certificate(x509.release(), std::move(public_key)));
  made->der_ = base::ToBytes(der);
  if (absl::Status status = made->ReadExtensions(); !status.ok()) {
    ERR_clear_error();
    return status;
  }
  return made;
}

absl::Status Certificate::ReadExtensions() {
  const X509_NAME* subject = X509_get_subject_name(x509_);
  const X509_NAME* issuer = X509_get_issuer_name(x509_);
  subject_der_ = DerOf(subject, i2d_X509_NAME);
  issuer_der_ = DerOf(issuer, i2d_X509_NAME);
  subject_ = Printed(subject);
  issuer_ = Printed(issuer);
  serial_ = HexOf(X509_get0_serialNumber(x509_));
  const auto not_before = TimeOf(X509_get0_notBefore(x509_));
  const auto not_after = TimeOf(X509_get0_notAfter(x509_));
  if (!not_before || !not_after) return Broken("its dates cannot be read");
  not_before_ = *not_before;
  not_after_ = *not_after;
  is_ca_ = X509_check_ca(x509_) == 1;  // other answers are guesses for certificates of before 1999

  const base::Bytes spki = DerOf(X509_get_X509_PUBKEY(x509_), i2d_X509_PUBKEY);
  spki_hash_ = DigestOf<SpkiHash>(crypto::Hash::kSha1, spki);
  fingerprint_ = DigestOf<Fingerprint>(crypto::Hash::kSha256, der_);

  ASSIGN_OR_RETURN(const auto names, Extension<GeneralNames>(x509_, NID_subject_alt_name, "subjectAltName"));
  if (sk_GENERAL_NAME_num(names.get()) > static_cast<int>(kMaxAlternativeNames)) {
    return Broken("it has too many alternative names");
  }
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    if (auto identity = IdentityOf(*sk_GENERAL_NAME_value(names.get(), i))) {
      alternative_names_.push_back(*std::move(identity));
    }
  }
  ASSIGN_OR_RETURN(const auto points,
                   Extension<DistPoints>(x509_, NID_crl_distribution_points, "cRLDistributionPoints"));
  for (int i = 0; i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
    const bool whole = point->reasons == nullptr && point->CRLissuer == nullptr;  // RFC 5280 4.2.1.13: for all reasons
    if (whole && point->distpoint != nullptr && point->distpoint->type == 0) {
      AppendHttpUris(point->distpoint->name.fullname, &crl_urls_);
    }
  }
  ASSIGN_OR_RETURN(const auto access, Extension<InfoAccess>(x509_, NID_info_access, "authorityInfoAccess"));
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    const ACCESS_DESCRIPTION* description = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(description->method) != NID_ad_OCSP) continue;
    GeneralNames one(MustHave(GENERAL_NAMES_new()));
    Must(sk_GENERAL_NAME_push(one.get(), description->location));
    AppendHttpUris(one.get(), &ocsp_urls_);
    sk_GENERAL_NAME_pop(one.get());  // borrowed
  }
  return absl::OkStatus();
}

Certificate::~Certificate() {
  X509_free(x509_);
}

bool Certificate::Confirms(const Identity& identity) const {
  switch (identity.type) {
    case IdType::kDn:
      // An empty name says nothing about anybody.
      if (X509_NAME_entry_count(X509_get_subject_name(x509_)) > 0 && SubjectIdentity().Same(identity)) return true;
      [[fallthrough]];
    case IdType::kIpv4:
    case IdType::kIpv6:
    case IdType::kFqdn:
    case IdType::kEmail:
      return std::any_of(alternative_names_.begin(), alternative_names_.end(),
                         [&](const Identity& name) { return name.Same(identity); });
    default:
      return false;
  }
}

std::string Certificate::Identities() const {
  std::string text = subject_;
  for (const Identity& name : alternative_names_) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", ipsec::ToString(name.type), " ", name.ToString());
  }
  return text;
}

}  // namespace culvert::pki
