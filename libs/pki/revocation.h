// SPDX-License-Identifier: Apache-2.0
// Has a certificate been revoked? From what is at hand; what would have to be fetched is said, not done.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/ocsp.h"

namespace culvert::pki {

enum class RevocationMode : uint8_t {
  kDisabled,     // nobody asks
  kIfAvailable,  // a revoked certificate is refused, one that nobody knows about is not
  kStrict,       // a certificate is accepted only when somebody vouches for it
};

// Immutable once shared: a job on any thread may read it while its owner makes the next one.
struct RevocationEvidence {
  std::vector<std::shared_ptr<const Crl>> crls;
  absl::flat_hash_map<Fingerprint, std::shared_ptr<const OcspAnswer>> ocsp_answers;  // by whom they speak of
};

// How long an answer without a nextUpdate holds (RFC 6960 2.4 promises newer information at any time).
inline constexpr absl::Duration kOcspWithoutNextUpdate = absl::Hours(1);

enum class RevocationState : uint8_t { kUnknown, kGood, kRevoked };  // each outweighs the one before
struct RevocationFinding {
  RevocationState state = RevocationState::kUnknown;
  std::string what;  // "revoked since 2026-01-02T00:00:00Z", "the CRL expired 2026-…"
};
// `issuer` has signed `certificate`. A revocation counts even where it stands in an old list: it is never taken back.
// `stapled`: OCSP answers that whoever shows the certificate brings along, whoever they speak of.
RevocationFinding FindRevocation(const Certificate& certificate, const Certificate& issuer,
                                 const RevocationEvidence& evidence, absl::Time now,
                                 std::span<const std::shared_ptr<const OcspAnswer>> stapled = {});
inline constexpr size_t kMaxStapled = 4;  // of one message: signatures cost

// Where to ask about a certificate whose state is unknown.
struct RevocationSource {
  enum class Kind : uint8_t { kCrl, kOcsp };
  Kind kind = Kind::kCrl;
  std::string url;
  CertificatePtr certificate;
  CertificatePtr issuer;
};
std::vector<RevocationSource> SourcesOf(const CertificatePtr& certificate, const CertificatePtr& issuer);
inline constexpr size_t kMaxRevocationSources = 8;  // of one chain

}  // namespace culvert::pki
