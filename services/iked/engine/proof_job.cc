// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/proof_job.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/ikev1_signature.h"

namespace culvert::iked {
namespace {

using pki::SignatureScheme;

// AUTH's data as method 14 has it: the AlgorithmIdentifier behind its length, then the signature (RFC 7427 3).
struct Signed {
  SignatureScheme scheme;
  base::ByteView signature;
};
absl::StatusOr<Signed> ReadAuth(uint8_t method, base::ByteView data, pki::KeyType key) {
  if (method != pki::kAuthDigitalSignature) {
    const std::optional<SignatureScheme> scheme = pki::SchemeOfAuthMethod(method, key);
    // RSA without RFC 7427 means SHA-1, for which collisions are for sale.
    if (!scheme || !pki::InfoOf(*scheme).may_sign) {
      return absl::UnimplementedError(absl::StrCat("auth method ", method, " with a key of ", ToString(key)));
    }
    return Signed{*scheme, data};
  }
  if (data.empty() || data.size() < size_t{1} + data[0]) return absl::InvalidArgumentError("AUTH is cut off");
  ASSIGN_OR_RETURN(const SignatureScheme scheme, pki::SchemeOf(data.subspan(1, data[0])));
  return Signed{scheme, data.subspan(size_t{1} + data[0])};
}

// The signer is who the certificates say, and that is whom it claims to be.
ProofVerdict JudgeChain(const SignatureToCheck& job, const pki::CertificatePtr& leaf) {
  pki::ChainQuestion question = job.trust;
  question.leaf = leaf;
  for (size_t i = 1; i < job.certificates.size(); ++i) {
    auto issuer = pki::Certificate::Parse(job.certificates[i]);
    if (issuer.ok()) question.intermediates.push_back(*std::move(issuer));
  }
  for (const base::Bytes& der : job.ocsp_answers) {
    auto answer = pki::OcspAnswer::ParseStapled(der);
    if (answer.ok()) question.stapled.push_back(*std::move(answer));
  }
  ProofVerdict verdict{.chain = pki::VerifyChain(question)};
  if (!verdict.chain.ok()) {
    verdict.fault = ProofFault::kCertificate;
  } else if (!leaf->Confirms(job.identity)) {
    verdict.fault = ProofFault::kIdentity;
    verdict.what = leaf->Identities();
  }
  return verdict;
}

ProofVerdict Check(const SignatureToCheck& job) {
  if (job.certificates.empty()) return {.fault = ProofFault::kNoCertificate, .what = "none"};
  if (job.certificates.size() > pki::kMaxPeerCertificates) {
    return {.fault = ProofFault::kNoCertificate, .what = absl::StrCat(job.certificates.size(), ", which is too many")};
  }
  absl::StatusOr<pki::CertificatePtr> leaf = pki::Certificate::Parse(job.certificates.front());
  if (!leaf.ok()) return {.fault = ProofFault::kNoCertificate, .what = std::string(leaf.status().message())};
  if (job.ikev1) {
    if (const absl::Status verified = pki::VerifyIkev1((*leaf)->public_key(), job.octets, job.auth); !verified.ok()) {
      const bool algorithm = absl::IsInvalidArgument(verified);
      return {.fault = algorithm ? ProofFault::kAlgorithm : ProofFault::kSignature, .what = "rsa of IKEv1"};
    }
    return JudgeChain(job, *leaf);
  }
  const absl::StatusOr<Signed> auth = ReadAuth(job.method, job.auth, (*leaf)->public_key().type());
  if (!auth.ok()) return {.fault = ProofFault::kAlgorithm, .what = std::string(auth.status().message())};
  const absl::string_view scheme = pki::InfoOf(auth->scheme).name;
  if (!pki::Fits(auth->scheme, (*leaf)->public_key().type())) {
    return {.fault = ProofFault::kAlgorithm, .what = absl::StrCat(scheme, " with a key of another type")};
  }
  if (!pki::Verify((*leaf)->public_key(), auth->scheme, job.octets, auth->signature).ok()) {
    return {.fault = ProofFault::kSignature, .what = std::string(scheme)};
  }
  return JudgeChain(job, *leaf);
}

// One that is good and fresh; anything else is better left for the peer to find out.
void FindOwnAnswer(const OcspToSend& own, Proven* proven) {
  if (own.evidence != nullptr) {
    const auto known = own.evidence->ocsp_answers.find(own.certificate->fingerprint());
    const bool good = known != own.evidence->ocsp_answers.end() &&
                      pki::FindRevocation(*own.certificate, *own.issuer, {}, own.now, {&known->second, 1}).state ==
                          pki::RevocationState::kGood;
    if (good) proven->ocsp = base::ToBytes(known->second->der());
    if (good) return;
  }
  for (pki::RevocationSource& source : pki::SourcesOf(own.certificate, own.issuer)) {
    if (source.kind == pki::RevocationSource::Kind::kOcsp) proven->ocsp_sources.push_back(std::move(source));
  }
}

base::Bytes AuthData(SignatureScheme scheme, const base::Bytes& signature) {
  const base::ByteView algorithm = pki::InfoOf(scheme).algorithm_identifier;
  if (algorithm.empty()) return signature;
  base::Bytes data(1 + algorithm.size() + signature.size(), static_cast<uint8_t>(algorithm.size()));
  std::copy(signature.begin(), signature.end(), std::copy(algorithm.begin(), algorithm.end(), data.begin() + 1));
  return data;
}

}  // namespace

absl::StatusOr<Proven> RunProof(const Prove& job) {
  Proven proven;
  if (job.check) proven.verdict = Check(*job.check);
  if (proven.verdict.fault != ProofFault::kNone || !job.make) return proven;
  for (const base::Bytes& octets : job.make->octets) {
    if (job.make->ikev1) {
      ASSIGN_OR_RETURN(base::Bytes signature, pki::SignIkev1(*job.make->key, octets));
      proven.auth.push_back(std::move(signature));
      continue;
    }
    ASSIGN_OR_RETURN(const base::Bytes signature, pki::Sign(*job.make->key, job.make->scheme, octets));
    proven.auth.push_back(AuthData(job.make->scheme, signature));
  }
  if (job.make->ocsp) FindOwnAnswer(*job.make->ocsp, &proven);
  return proven;
}

}  // namespace culvert::iked
