// SPDX-License-Identifier: Apache-2.0
// The certificates of the configuration: ours, with their keys, and those of the CAs that we trust.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/base/ip.h"
#include "libs/ipsec/identity.h"
#include "libs/pki/certificate.h"
#include "libs/pki/private_key.h"
#include "libs/pki/revocation.h"
#include "services/iked/engine/authentication.h"

namespace culvert::iked {

struct CertificateConfig {
  std::string name;
  pki::CertificatePtr certificate;
  std::vector<pki::CertificatePtr> chain;      // issuer by issuer
  std::shared_ptr<const pki::PrivateKey> key;  // null: a CA that is trusted
};

struct Certificates {
  std::vector<CertificateConfig> list;
  pki::RevocationMode revocation = pki::RevocationMode::kIfAvailable;
  std::shared_ptr<const pki::RevocationEvidence> evidence;  // null: none

  // What we sign with under `authentication`: the one it names, or the first. Null: there is none with a key.
  const CertificateConfig* Own(const Authentication& authentication) const;
  // Whoever signed one of ours, as far as the configuration has it; null: it has not.
  pki::CertificatePtr IssuerOf(const CertificateConfig& own) const;
  // That the peer's chain must end in: those it names, or every one without a key.
  std::vector<pki::CertificatePtr> Anchors(const Authentication& authentication) const;
};

// As whom we speak: the configured identity, else the subject of the certificate that we sign with, else our address.
ipsec::Identity OwnIdentity(const ipsec::Identity& configured, const Authentication& authentication,
                            const Certificates& certificates, const base::IpAddress& local);

}  // namespace culvert::iked
