// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/certificate_list.h"

#include "libs/pki/pem.h"

namespace culvert::configd {

pki::CertificatePtr CertificateOf(const config::v1::Certificate& entry) {
  const auto ders = pki::CertificatesFromPem(entry.certificate_pem());
  if (!ders.ok() || ders->size() != 1) return nullptr;
  return pki::Certificate::Parse(ders->front()).value_or(nullptr);
}

const config::v1::Certificate* FindCertificate(const config::v1::Configuration& configuration, absl::string_view name) {
  for (const config::v1::Certificate& entry : configuration.certificates()) {
    if (entry.name() == name) return &entry;
  }
  return nullptr;
}

pki::CertificatePtr OwnCertificateOf(const config::v1::Tunnel& effective,
                                     const config::v1::Configuration& configuration) {
  const auto* entry = FindCertificate(configuration, effective.authentication().local().x509().certificate());
  return entry == nullptr ? nullptr : CertificateOf(*entry);
}

}  // namespace culvert::configd
