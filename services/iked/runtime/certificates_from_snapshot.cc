// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/certificates_from_snapshot.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/iked/runtime/authentication_from_snapshot.h"

namespace culvert::iked {
namespace {

absl::StatusOr<CertificateConfig> EntryOf(const config::v1::IkeCertificate& in, const base::Secret& key) {
  CertificateConfig entry{.name = in.name(), .certificate = nullptr, .chain = {}, .key = nullptr};
  ASSIGN_OR_RETURN(entry.certificate, pki::Certificate::Parse(base::AsBytes(in.certificate())));
  for (const std::string& der : in.chain()) {
    ASSIGN_OR_RETURN(pki::CertificatePtr issuer, pki::Certificate::Parse(base::AsBytes(der)));
    entry.chain.push_back(std::move(issuer));
  }
  if (!key.empty()) {
    ASSIGN_OR_RETURN(entry.key, pki::PrivateKey::FromPkcs8(key.view()));
  }
  return entry;
}

pki::RevocationMode ModeOf(config::v1::RevocationMode::Value mode) {
  switch (mode) {
    case config::v1::RevocationMode::STRICT:
      return pki::RevocationMode::kStrict;
    case config::v1::RevocationMode::DISABLED:
      return pki::RevocationMode::kDisabled;
    default:
      return pki::RevocationMode::kIfAvailable;
  }
}

}  // namespace

absl::StatusOr<Certificates> TakeCertificates(config::v1::IkeSnapshot& snapshot) {
  Certificates certificates;
  absl::Status first_fault;
  for (config::v1::IkeCertificate& in : *snapshot.mutable_certificates()) {
    const base::Secret key = TakeSecret(in.mutable_private_key());
    absl::StatusOr<CertificateConfig> entry = EntryOf(in, key);
    if (entry.ok()) {
      certificates.list.push_back(*std::move(entry));
    } else if (first_fault.ok()) {
      first_fault =
          absl::InvalidArgumentError(absl::StrCat("certificates[", in.name(), "]: ", entry.status().message()));
    }
  }
  RETURN_IF_ERROR(first_fault);
  certificates.revocation = ModeOf(snapshot.revocation().mode());
  auto evidence = std::make_shared<pki::RevocationEvidence>();
  for (const std::string& der : snapshot.revocation().crls()) {
    ASSIGN_OR_RETURN(auto crl, pki::Crl::Parse(base::AsBytes(der)));
    evidence->crls.push_back(std::move(crl));
  }
  certificates.evidence = std::move(evidence);
  return certificates;
}

}  // namespace culvert::iked
