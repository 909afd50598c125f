// SPDX-License-Identifier: Apache-2.0
// X.509 certificates (RFC 5280) as IKE sees them (RFC 4945).
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/ipsec/identity.h"
#include "libs/pki/public_key.h"

namespace culvert::pki {

inline constexpr size_t kMaxCertificateBytes = 16 * 1024;

using SpkiHash = std::array<uint8_t, 20>;     // SHA-1, as CERTREQ names a CA (RFC 7296 3.7)
using Fingerprint = std::array<uint8_t, 32>;  // SHA-256 of the whole certificate

// Parsed once, immutable, shared between threads.
class Certificate {
 public:
  // InvalidArgument: not exactly one certificate, larger than the bound, or with an extension that cannot be read;
  // Unimplemented: its key is of no type that we know (public_key.h).
  static absl::StatusOr<std::shared_ptr<const Certificate>> Parse(base::ByteView der);
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  base::ByteView der() const { return der_; }
  base::ByteView subject_der() const { return subject_der_; }
  base::ByteView issuer_der() const { return issuer_der_; }
  const std::string& subject() const { return subject_; }  // for people: "C=CH, CN=gw"
  const std::string& issuer() const { return issuer_; }
  const std::string& serial() const { return serial_; }  // hexadecimal
  // The subjectAltName: addresses, DNS names, e-mail addresses, directory names.
  const std::vector<ipsec::Identity>& alternative_names() const { return alternative_names_; }
  const PublicKey& public_key() const { return public_key_; }
  const SpkiHash& spki_hash() const { return spki_hash_; }
  const Fingerprint& fingerprint() const { return fingerprint_; }
  absl::Time not_before() const { return not_before_; }
  absl::Time not_after() const { return not_after_; }
  bool is_ca() const { return is_ca_; }  // basicConstraints say so
  bool self_issued() const { return subject_der_ == issuer_der_; }
  const std::vector<std::string>& crl_urls() const { return crl_urls_; }  // http and https alone
  const std::vector<std::string>& ocsp_urls() const { return ocsp_urls_; }

  // The subject, for an ID_DER_ASN1_DN that nobody configured.
  ipsec::Identity SubjectIdentity() const { return {ipsec::IdType::kDn, subject_der_}; }

  // RFC 4945 3.1: a DN is the subject or a directoryName; an address, an FQDN or an e-mail address stands in the
  // subjectAltName, whole and without wildcards. The CN is not looked at, and a key id is confirmed by no certificate.
  bool Confirms(const ipsec::Identity& identity) const;
  // "C=CH, CN=gw; ID_FQDN gw.example": all that Confirms would accept, for a diagnosis.
  std::string Identities() const;

  X509* get() const { return x509_; }  // for OpenSSL, which is not const-correct here; nobody changes it

 private:
  Certificate(X509* x509, PublicKey key) : x509_(x509), public_key_(std::move(key)) {}
  absl::Status ReadExtensions();

  X509* x509_;  // owned
  PublicKey public_key_;
  base::Bytes der_, subject_der_, issuer_der_;
  std::string subject_, issuer_, serial_;
  std::vector<ipsec::Identity> alternative_names_;
  SpkiHash spki_hash_{};
  Fingerprint fingerprint_{};
  absl::Time not_before_, not_after_;
  bool is_ca_ = false;
  std::vector<std::string> crl_urls_, ocsp_urls_;
};

using CertificatePtr = std::shared_ptr<const Certificate>;

}  // namespace culvert::pki
