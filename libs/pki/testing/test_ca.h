// SPDX-License-Identifier: Apache-2.0
// A certificate authority for tests. It makes everything anew, so that nothing in the tree expires.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/pki/certificate.h"
#include "libs/pki/private_key.h"

namespace culvert::pki::testing {

// When the tests take place. Certificates are good from a year before to a year after it, unless they say otherwise.
inline const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());

std::shared_ptr<const PrivateKey> MakeKey(KeyType type, int rsa_bits = 2048);
base::Bytes Pkcs8Of(const PrivateKey& key);
std::string PemOf(const PrivateKey& key);
std::string PemOf(const Certificate& certificate);

struct CertificateSpec {
  std::string subject = "CN=gw";                    // as libs/ipsec reads names; "" none
  std::vector<std::string> alternative_names = {};  // "DNS:gw.example", "IP:192.0.2.1", "email:a@example"
  KeyType key = KeyType::kEcP256;
  int rsa_bits = 2048;
  absl::Time not_before = kNow - absl::Hours(24 * 365);
  absl::Time not_after = kNow + absl::Hours(24 * 365);
  bool ca = false;
  std::string key_usage = "";           // "digitalSignature"; "" leaves the extension out
  std::string extended_key_usage = "";  // "serverAuth", "1.3.6.1.5.5.7.3.17"
  std::string name_constraints = "";    // "permitted;DNS:.example"
  std::vector<std::string> crl_urls = {};
  std::vector<std::string> ocsp_urls = {};
  bool sha1 = false;  // signed by way of SHA-1
};

struct Issued {
  CertificatePtr certificate;
  std::shared_ptr<const PrivateKey> key;
};

// Signed by `issuer`'s key, whether or not that is a CA.
Issued IssueBy(const Issued& issuer, const CertificateSpec& spec);

class TestCa {
 public:
  explicit TestCa(CertificateSpec spec = {.subject = "CN=Test CA"});  // self-signed; `ca` is understood
  TestCa(CertificateSpec spec, const TestCa& parent);                 // an intermediate

  const CertificatePtr& certificate() const { return self_.certificate; }
  const Issued& self() const { return self_; }
  Issued Issue(const CertificateSpec& spec) const { return IssueBy(self_, spec); }

  struct CrlSpec {
    absl::Time this_update = kNow - absl::Hours(1);
    absl::Time next_update = kNow + absl::Hours(24);  // InfiniteFuture: left out
    std::string scope = "";                           // issuingDistributionPoint: "onlyuser:TRUE", "indirectCRL:TRUE"
  };
  base::Bytes Crl(const std::vector<CertificatePtr>& revoked, const CrlSpec& spec) const;
  base::Bytes Crl(const std::vector<CertificatePtr>& revoked) const { return Crl(revoked, CrlSpec{}); }

  struct OcspSpec {
    bool revoked = false;
    absl::Time this_update = kNow - absl::Hours(1);
    absl::Time next_update = kNow + absl::Hours(24);
    base::Bytes nonce = {};          // empty: none
    const Issued* signer = nullptr;  // null: the CA itself
  };
  base::Bytes OcspAnswer(const Certificate& certificate, const OcspSpec& spec) const;

 private:
  Issued self_;
};

}  // namespace culvert::pki::testing
