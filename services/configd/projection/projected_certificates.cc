// SPDX-License-Identifier: Apache-2.0
#include "services/configd/projection/projected_certificates.h"

#include "libs/pki/pem.h"
#include "services/configd/rules/certificate_list.h"

namespace culvert::configd {
namespace {

using config::v1::Configuration;

std::string Text(base::ByteView octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

config::v1::IkeCertificate IkeCertificateOf(const config::v1::Certificate& entry, const pki::Certificate& certificate) {
  config::v1::IkeCertificate projected;
  projected.set_name(entry.name());
  projected.set_certificate(Text(certificate.der()));
  if (const auto chain = pki::CertificatesFromPem(entry.chain_pem()); chain.ok()) {
    for (const base::Bytes& der : *chain) projected.add_chain(Text(der));
  }
  if (const auto key = pki::PrivateKeyFromPem(entry.private_key_pem()); key.ok()) {
    projected.set_private_key(Text(key->view()));
  }
  return projected;
}

}  // namespace

void ProjectCertificates(const Configuration& configuration, config::v1::IkeSnapshot* ike) {
  for (const config::v1::Certificate& entry : configuration.certificates()) {
    if (const auto certificate = CertificateOf(entry)) *ike->add_certificates() = IkeCertificateOf(entry, *certificate);
  }
  const config::v1::Revocation& revocation = configuration.revocation();
  ike->mutable_revocation()->set_mode(revocation.has_mode() ? revocation.mode()
                                                            : config::v1::RevocationMode::IF_AVAILABLE);
  for (const std::string& pem : revocation.crls()) {
    const auto ders = pki::CrlsFromPem(pem);
    if (!ders.ok()) continue;
    for (const base::Bytes& der : *ders) ike->mutable_revocation()->add_crls(Text(der));
  }
}

void ProjectCertificates(const Configuration& configuration, config::v1::MetricsSnapshot* metrics) {
  for (const config::v1::Certificate& entry : configuration.certificates()) {
    const auto certificate = CertificateOf(entry);
    if (certificate == nullptr) continue;
    auto& projected = *metrics->add_certificates();
    projected.set_name(entry.name());
    projected.set_not_after_seconds(absl::ToUnixSeconds(certificate->not_after()));
  }
}

}  // namespace culvert::configd
