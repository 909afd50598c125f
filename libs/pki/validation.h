// SPDX-License-Identifier: Apache-2.0
// Is a peer's certificate good for IKE, here and now? Path validation (RFC 5280 6) by OpenSSL; what it must say for IKE
// by RFC 4945; revocation by revocation.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/pki/certificate.h"
#include "libs/pki/revocation.h"

namespace culvert::pki {

inline constexpr size_t kMaxPeerCertificates = 8;  // that a peer may send; the engine drops the message otherwise
inline constexpr int kMaxChainDepth = 6;           // intermediates between leaf and anchor

enum class CertificateFault : uint8_t {
  kNone,
  kExpired,
  kNotYetValid,
  kRevoked,
  kUntrusted,          // no chain to an anchor
  kInvalid,            // broken, or not for IKE: key usage, name constraints, no CA, weak digest
  kRevocationUnknown,  // mode strict, and nobody could say
};
absl::string_view ToString(CertificateFault fault);  // "CERT_EXPIRED", …: the words of the diagnosis codes

struct Verdict {
  CertificateFault fault = CertificateFault::kNone;
  std::string what;            // "expired 2026-01-02T00:00:00Z"
  std::string certificate;     // subject of the one at fault
  bool clock_suspect = false;  // a date is at fault, and so far off that the clock may be: before 2025, or years away
  std::vector<CertificatePtr> chain;      // leaf first, anchor last; empty unless a chain was found
  std::vector<RevocationSource> unknown;  // where to ask about those whose state is unknown; none when disabled

  bool ok() const { return fault == CertificateFault::kNone; }
};

struct ChainQuestion {
  CertificatePtr leaf;
  std::vector<CertificatePtr> intermediates;  // as the peer sent them, and those we know; any order
  std::vector<CertificatePtr> anchors;        // pinned: the chain must end in one of these, self-signed or not
  absl::Time now;
  RevocationMode mode = RevocationMode::kIfAvailable;
  std::shared_ptr<const RevocationEvidence> evidence;      // null: none
  std::vector<std::shared_ptr<const OcspAnswer>> stapled;  // as the peer sent them (RFC 4806)
};

// A few signatures' cost: work for a job. With mode strict and an unknown state the fault is kRevocationUnknown and
// `unknown` says where to ask; with if-available there is no fault, and asking may still find one. Nothing is listed
// that a trusted certificate does not name: no URL of a stranger's is ever fetched.
Verdict VerifyChain(const ChainQuestion& question);

}  // namespace culvert::pki
