// SPDX-License-Identifier: Apache-2.0
// Certificates, their keys and CRLs as such, and what tunnels want of them.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/pki/crl.h"
#include "libs/pki/pem.h"
#include "libs/pki/private_key.h"
#include "services/configd/rules/certificate_list.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

// Null after an error.
pki::CertificatePtr CheckOne(const std::string& pem, const std::string& field, Problems* problems) {
  const auto ders = pki::CertificatesFromPem(pem);
  if (!ders.ok()) {
    problems->Error(Code::BAD_CERTIFICATE, field, absl::StrCat("not a PEM certificate: ", ders.status().message()),
                    "-----BEGIN CERTIFICATE----- …");
    return nullptr;
  }
  if (ders->size() > 1) {
    problems->Error(Code::BAD_CERTIFICATE, field, "something follows the certificate",
                    "put intermediate certificates into chain_pem");
    return nullptr;
  }
  const auto certificate = pki::Certificate::Parse(ders->front());
  if (!certificate.ok()) {
    problems->Error(Code::BAD_CERTIFICATE, field, certificate.status().message(),
                    "a certificate with an RSA key of 2048 bits, ECDSA P-256, P-384 or P-521, or Ed25519");
    return nullptr;
  }
  const pki::PublicKey& key = (*certificate)->public_key();
  if (key.type() == pki::KeyType::kRsa && key.bits() < pki::kRecommendedRsaBits) {
    problems->Warning(Code::WEAK_KEY, field, absl::StrCat("an RSA key of ", key.bits(), " bits is weak"),
                      "use RSA of 3072 bits, or ECDSA");
  }
  return *certificate;
}

void CheckKey(const std::string& pem, const pki::Certificate* certificate, const std::string& field,
              Problems* problems) {
  const auto der = pki::PrivateKeyFromPem(pem);
  const auto key = der.ok() ? pki::PrivateKey::FromPkcs8(der->view()) : der.status();
  if (absl::IsFailedPrecondition(key.status())) {
    problems->Error(Code::BAD_PRIVATE_KEY, field,
                    "the private key is encrypted; the appliance has no passphrase for it",
                    "openssl pkey -in KEY -out PLAIN_KEY (for PKCS#12: openssl pkcs12 -in FILE -nodes -nocerts)");
  } else if (!key.ok()) {
    problems->Error(Code::BAD_PRIVATE_KEY, field,
                    absl::StrCat("not one unencrypted PEM private key: ", key.status().message()),
                    "openssl pkey -in KEY -out PLAIN_KEY");
  } else if (certificate != nullptr && !((*key)->public_key() == certificate->public_key())) {
    problems->Error(Code::KEY_DOES_NOT_MATCH, field, "the key does not belong to the certificate",
                    "give the key that the certificate was made for");
  }
}

void CheckChain(const std::string& pem, const std::string& field, Problems* problems) {
  const auto ders = pki::CertificatesFromPem(pem);
  absl::Status status = ders.status();
  for (size_t i = 0; ders.ok() && i < ders->size() && status.ok(); ++i) {
    status = pki::Certificate::Parse((*ders)[i]).status();
  }
  if (status.ok()) return;
  problems->Error(Code::BAD_CERTIFICATE, field, absl::StrCat("not a list of PEM certificates: ", status.message()),
                  "intermediate certificates, nearest first");
}

void CheckCrls(const config::v1::Revocation& revocation, Problems* problems) {
  for (int i = 0; i < revocation.crls_size(); ++i) {
    const auto ders = pki::CrlsFromPem(revocation.crls(i));
    absl::Status status = ders.status();
    for (size_t j = 0; ders.ok() && j < ders->size() && status.ok(); ++j) {
      status = pki::Crl::Parse((*ders)[j]).status();
    }
    if (status.ok()) continue;
    problems->Error(Code::BAD_CERTIFICATE, absl::StrCat("revocation.crls[", i, "]"),
                    absl::StrCat("not a PEM CRL: ", status.message()), "-----BEGIN X509 CRL----- …");
  }
}

bool IsOwnOfSomeTunnel(const ConfigurationView& view, const std::string& name) {
  return std::any_of(view.tunnels.begin(), view.tunnels.end(), [&](const TunnelView& tunnel) {
    return tunnel.effective.authentication().local().x509().certificate() == name;
  });
}

void ReportMissingKey(const ConfigurationView& view, const std::string& field, Problems* problems) {
  if (view.host != nullptr) {
    problems->Error(
        Code::SECRET_VALUE_MISSING, field,
        "a tunnel authenticates by this certificate, which has no key here, and none is kept under this name",
        "give private_key_pem or private_key_file");
  } else {
    problems->Info(Code::NOT_CHECKED, field, "no value here: the one that the appliance keeps is used",
                   "give private_key_pem where the appliance has none");
  }
}

// We sign with a certificate of ours, so it must be named, and it must confirm who we say we are.
void CheckOwnCertificate(const TunnelView& tunnel, Problems* problems) {
  const auto& local = tunnel.effective.authentication().local();
  if (!local.has_x509()) return;
  const bool apart = tunnel.typed.authentication().local().has_x509();
  const std::string field =
      tunnel.Path(apart ? "authentication.local.x509.certificate" : "authentication.x509.certificate");
  if (!local.x509().has_certificate()) {
    problems->Error(Code::REQUIRED, field, "it is not said by which certificate we authenticate",
                    "name an entry of certificates that has a private key");
    return;
  }
  const auto* entry = FindCertificate(tunnel.configuration, local.x509().certificate());
  if (entry == nullptr) return;  // an unknown reference, which is reported as such
  const pki::CertificatePtr certificate = CertificateOf(*entry);
  if (certificate != nullptr && !tunnel.ikev2() && certificate->public_key().type() != pki::KeyType::kRsa) {
    problems->Error(Code::NOT_IN_IKEV1, field, "IKEv1 signs by RSA alone, and this certificate has another key",
                    "use one with an RSA key, or set ike.version to IKEV2");
  }
  const ipsec::Identity& identity = tunnel.parsed.local_identity;
  if (certificate == nullptr || identity.any() || certificate->Confirms(identity)) return;
  problems->Warning(Code::BAD_IDENTIFIER, tunnel.Path("local.identifier"),
                    absl::StrCat("our certificate does not confirm it, so that peers refuse us; it confirms ",
                                 certificate->Identities()),
                    "use one of those, or leave it out: it is then the certificate's subject");
}

void CheckPeerAuthorities(const TunnelView& tunnel, Problems* problems) {
  const auto& authentication = tunnel.effective.authentication();
  if (!authentication.remote().has_x509() || authentication.remote().x509().ca_size() > 0) return;
  problems->Error(Code::CA_MISSING, tunnel.Path("authentication"),
                  "no CA is named, so that no certificate of the peer could be trusted", "name one in x509.ca");
}

}  // namespace

void CheckCertificates(const ConfigurationView& view, Problems* problems) {
  for (int i = 0; i < view.configuration.certificates_size(); ++i) {
    const auto& entry = view.configuration.certificates(i);
    const std::string path = ElementPath("certificates", entry.name(), static_cast<size_t>(i));
    if (!entry.has_certificate_pem()) {
      problems->Error(Code::REQUIRED, FieldPath(path, "certificate_pem"), "the certificate is missing",
                      "give certificate_pem or certificate_file");
      continue;
    }
    const pki::CertificatePtr certificate =
        CheckOne(entry.certificate_pem(), FieldPath(path, "certificate_pem"), problems);
    if (entry.has_private_key_pem()) {
      CheckKey(entry.private_key_pem(), certificate.get(), FieldPath(path, "private_key_pem"), problems);
    } else if (IsOwnOfSomeTunnel(view, entry.name())) {
      ReportMissingKey(view, FieldPath(path, "private_key_pem"), problems);
    }
    if (entry.has_chain_pem()) CheckChain(entry.chain_pem(), FieldPath(path, "chain_pem"), problems);
  }
  CheckCrls(view.configuration.revocation(), problems);
  for (const TunnelView& tunnel : view.tunnels) {
    CheckOwnCertificate(tunnel, problems);
    CheckPeerAuthorities(tunnel, problems);
  }
}

}  // namespace culvert::configd
