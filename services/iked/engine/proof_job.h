// SPDX-License-Identifier: Apache-2.0
// The signatures of IKE_AUTH as work for a Compute job: the peer's is checked first, since who does not prove itself is
// not worth a signature of ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/ipsec/identity.h"
#include "libs/pki/signature.h"
#include "libs/pki/validation.h"

namespace culvert::iked {

struct SignatureToCheck {
  bool ikev1 = false;                     // SIG of IKEv1: `octets` are the hash that it is of (RFC 2409 5.1)
  uint8_t method = 0;                     // of AUTH
  base::Bytes auth;                       // its data
  base::Bytes octets;                     // what it is to be a signature of (RFC 7296 2.15)
  std::vector<base::Bytes> certificates;  // as sent: the signer's first
  std::vector<base::Bytes> ocsp_answers;  // sent along (RFC 4806)
  ipsec::Identity identity;               // that the certificate must confirm
  pki::ChainQuestion trust;               // all but leaf and intermediates
};
// What the peer asks for besides: an OCSP answer about our own certificate (RFC 4806).
struct OcspToSend {
  pki::CertificatePtr certificate;
  pki::CertificatePtr issuer;
  absl::Time now;
  std::shared_ptr<const pki::RevocationEvidence> evidence;  // null: none
};
struct SignatureToMake {
  bool ikev1 = false;
  std::shared_ptr<const pki::PrivateKey> key;
  pki::SignatureScheme scheme{};
  std::vector<base::Bytes> octets{};  // a signature of each
  std::optional<OcspToSend> ocsp{};
};
struct Prove {
  std::optional<SignatureToCheck> check{};
  std::optional<SignatureToMake> make{};
};

enum class ProofFault : uint8_t {
  kNone,
  kNoCertificate,  // the peer sent none that can be read
  kAlgorithm,      // signed in a way that we do not accept
  kSignature,      // not by the owner of the certificate, or not of these octets
  kCertificate,    // as `chain` says
  kIdentity,       // the certificate is somebody else's
};
struct ProofVerdict {
  ProofFault fault = ProofFault::kNone;
  std::string what{};  // the algorithm, the certificate's identities, or why it cannot be read
  pki::Verdict chain{};
};
struct Proven {
  ProofVerdict verdict;                               // of `check`
  std::vector<base::Bytes> auth;                      // AUTH's data for each of `make`, unless there is a fault
  base::Bytes ocsp{};                                 // DER of the OCSP answer to send along; empty: none
  std::vector<pki::RevocationSource> ocsp_sources{};  // that would have one
};

// A status: our own key cannot sign.
absl::StatusOr<Proven> RunProof(const Prove& job);

}  // namespace culvert::iked
