// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/certificates.h"

#include <algorithm>

namespace culvert::iked {

const CertificateConfig* Certificates::Own(const Authentication& authentication) const {
  for (const CertificateConfig& entry : list) {
    const std::string& name = authentication.certificate;
    if (entry.key != nullptr && (name.empty() || entry.name == name)) return &entry;
  }
  return nullptr;
}

pki::CertificatePtr Certificates::IssuerOf(const CertificateConfig& own) const {
  const auto signs = [&own](const pki::CertificatePtr& certificate) {
    return std::ranges::equal(certificate->subject_der(), own.certificate->issuer_der());
  };
  for (const pki::CertificatePtr& certificate : own.chain) {
    if (signs(certificate)) return certificate;
  }
  for (const CertificateConfig& entry : list) {
    if (signs(entry.certificate)) return entry.certificate;
  }
  return nullptr;
}

std::vector<pki::CertificatePtr> Certificates::Anchors(const Authentication& authentication) const {
  const std::vector<std::string>& names = authentication.remote_cas;
  std::vector<pki::CertificatePtr> anchors;
  for (const CertificateConfig& entry : list) {
    const bool named = std::find(names.begin(), names.end(), entry.name) != names.end();
    if (named || (names.empty() && entry.key == nullptr)) anchors.push_back(entry.certificate);
  }
  return anchors;
}

ipsec::Identity OwnIdentity(const ipsec::Identity& configured, const Authentication& authentication,
                            const Certificates& certificates, const base::IpAddress& local) {
  if (!configured.any()) return configured;
  const CertificateConfig* own = authentication.local == AuthKind::kX509 ? certificates.Own(authentication) : nullptr;
  return own != nullptr ? own->certificate->SubjectIdentity() : ipsec::Identity::Of(local);
}

}  // namespace culvert::iked
