// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/diagnoses_certificate.h"

#include "services/iked/engine/diagnosis_parts.h"

namespace culvert::iked {
namespace {

using pki::CertificateFault;

struct FaultWords {
  CertificateFault fault;
  DiagnosisCode code;
  absl::string_view expected;
  absl::string_view cause;
  absl::string_view fix;
};
constexpr FaultWords kFaults[] = {
    {CertificateFault::kExpired, DiagnosisCode::kCertExpired, "certificates within their validity",
     "the certificate was not renewed in time", "Renew the certificate."},
    {CertificateFault::kNotYetValid, DiagnosisCode::kCertNotYetValid, "certificates within their validity",
     "a clock is wrong, here or at the CA", "Compare the clocks of this gateway and of the CA."},
    {CertificateFault::kRevoked, DiagnosisCode::kCertRevoked, "a certificate that its CA stands by",
     "the peer's key was lost or replaced", "Have the peer use a certificate that is not revoked."},
    {CertificateFault::kUntrusted, DiagnosisCode::kCertUntrusted, "a chain that ends in a CA of ours",
     "the peer's certificate is of another CA, or the peer leaves out an intermediate",
     "Name the peer's CA, or have the peer send its whole chain."},
    {CertificateFault::kInvalid, DiagnosisCode::kCertInvalid, "a certificate that is fit for IKE (RFC 4945)",
     "the certificate was made for another purpose", "Have the CA issue one for IKE: digitalSignature, and no CA."},
    {CertificateFault::kRevocationUnknown, DiagnosisCode::kRevocationUnknown,
     "a CRL or an OCSP answer about each certificate", "the CRL or the OCSP server cannot be reached",
     "Give the CRL in revocation.crls, or set revocation.mode to IF_AVAILABLE."},
};

Diagnosis ChainRefused(const Circumstance& c, const pki::Verdict& verdict, const ipsec::Identity& peer) {
  const FaultWords* words = std::begin(kFaults);
  while (words->fault != verdict.fault && words + 1 != std::end(kFaults)) ++words;
  Diagnosis d = Make(c, verdict.clock_suspect ? DiagnosisCode::kClockSuspect : words->code,
                     absl::StrCat("The certificate ", verdict.certificate, " of ", peer.ToString(),
                                  " is refused: ", verdict.what, "."));
  d.field = words->fault == CertificateFault::kRevocationUnknown ? "revocation.mode"
                                                                 : Field(c, "authentication.remote.x509.ca");
  d.expected = std::string(words->expected);
  d.received = absl::StrCat(verdict.certificate, ": ", verdict.what);
  d.likely_causes = {std::string(words->cause)};
  d.fixes = {std::string(words->fix)};
  if (verdict.clock_suspect) {
    d.field.clear();
    d.likely_causes = {"the clock of this gateway is wrong: the date is far from any that the certificate knows"};
    d.fixes = {"Set the clock, and have it kept by NTP."};
  }
  return d;
}

}  // namespace

Diagnosis CertificateRefused(const Circumstance& c, const ProofVerdict& verdict, const ipsec::Identity& peer) {
  Diagnosis d;
  switch (verdict.fault) {
    case ProofFault::kNone:
    case ProofFault::kCertificate:
      return ChainRefused(c, verdict.chain, peer);
    case ProofFault::kNoCertificate:
      d = Make(c, DiagnosisCode::kCertificateMissing,
               absl::StrCat(peer.ToString(), " sent no certificate that can be read."));
      d.expected = "CERT payloads of type X.509, the signer's first";
      d.likely_causes = {"the peer is told not to send its certificate", "its key is of a type that we do not know"};
      d.fixes = {"Have the peer send its certificate (strongSwan: send_cert = always)."};
      break;
    case ProofFault::kAlgorithm:
      d = Make(c, DiagnosisCode::kSignatureAlgorithmMismatch,
               absl::StrCat(peer.ToString(), " signs in a way that is not accepted: ", verdict.what, "."));
      d.expected = "a signature by RFC 7427 with SHA-256, SHA-384, SHA-512 or Ed25519, or ECDSA by RFC 4754";
      d.likely_causes = {"the peer does not know RFC 7427, and signs with SHA-1"};
      d.fixes = {"Switch signature authentication (RFC 7427) on at the peer, or give it an ECDSA key."};
      break;
    case ProofFault::kSignature:
      d = Make(c, DiagnosisCode::kSignatureInvalid,
               absl::StrCat("The signature of ", peer.ToString(), " is not by the key of its certificate."));
      d.expected = "AUTH signed by the key of the first certificate";
      d.likely_causes = {"the peer's key and certificate do not belong together", "a middleman changed IKE_SA_INIT"};
      d.fixes = {"Check the peer's key against its certificate."};
      break;
    case ProofFault::kIdentity:
      d = Make(
          c, DiagnosisCode::kIdNotInCertificate,
          absl::StrCat("The certificate of ", peer.ToString(), " is not in that name: it says ", verdict.what, "."));
      d.expected = absl::StrCat(peer.ToString(), " as subject or subjectAltName");
      d.likely_causes = {"the peer's identifier is not in its certificate"};
      d.fixes = {absl::StrCat("Issue a certificate with ", peer.ToString(), " as subjectAltName."),
                 "Set the peer's own identifier to a name in its certificate."};
      break;
  }
  d.field = Field(c, "authentication.remote.x509");
  d.received = verdict.what;
  return d;
}

Diagnosis OwnCertificateMissing(const Circumstance& c, absl::string_view name) {
  Diagnosis d = Make(c, DiagnosisCode::kCertificateMissing,
                     absl::StrCat("We have no certificate with a private key named ", name, " to sign with."));
  d.field = Field(c, "authentication.local.x509.certificate");
  d.expected = "an entry of certificates with private_key_pem";
  d.received = name.empty() ? "none" : std::string(name);
  d.likely_causes = {"the entry has no private key"};
  d.fixes = {absl::StrCat("Give ", d.field, " the name of a certificate whose key is there.")};
  return d;
}

Diagnosis NoCommonSignature(const Circumstance& c, absl::string_view key, bool announced) {
  Diagnosis d = Make(c, DiagnosisCode::kSignatureAlgorithmMismatch,
                     absl::StrCat("The peer verifies no signature that our key (", key, ") can make."));
  d.field = Field(c, "authentication.local.x509.certificate");
  d.expected = "SIGNATURE_HASH_ALGORITHMS with SHA-256 or better";
  d.received = announced ? "other hash algorithms" : "no SIGNATURE_HASH_ALGORITHMS: the peer does not know RFC 7427";
  d.likely_causes = {"the peer is old, and would have us sign with SHA-1"};
  d.fixes = {"Use an ECDSA certificate, which RFC 4754 covers, or update the peer."};
  return d;
}

Diagnosis PeerRefusedCertificate(const Circumstance& c, absl::string_view certificate, const ipsec::Identity& local) {
  Diagnosis d = Make(c, DiagnosisCode::kPeerRefusedAuthentication,
                     absl::StrCat("The peer refused our authentication as ", local.ToString(), "."));
  d.field = Field(c, "authentication.local.x509.certificate");
  d.expected = absl::StrCat("the peer to accept ", local.ToString(), " with certificate ", certificate);
  d.received = "AUTHENTICATION_FAILED; a peer does not say why";
  d.likely_causes = {"the peer does not trust our CA", "our certificate has expired or is revoked",
                     "our identifier is not in our certificate", "the peer expects another identity of us"};
  d.fixes = {absl::StrCat("Add our CA at the peer, and check that ", local.ToString(), " is in ", d.field, "."),
             "Read the peer's log."};
  return d;
}

}  // namespace culvert::iked
