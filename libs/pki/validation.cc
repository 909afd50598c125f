// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/validation.h"

#include <openssl/err.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/pki/openssl.h"

namespace culvert::pki {
namespace {

using enum CertificateFault;

// No honest clock shows an earlier time to this software.
const absl::Time kEarliestHonestTime = absl::FromCivil(absl::CivilSecond(2025, 1, 1), absl::UTCTimeZone());
constexpr int kSecurityLevel = 1;  // no MD5 and no SHA-1 signature on a certificate, no RSA key below 1024 bits

Verdict Fault(CertificateFault fault, std::string what, const Certificate& certificate) {
  Verdict verdict;
  verdict.fault = fault;
  verdict.what = std::move(what);
  verdict.certificate = certificate.subject();
  return verdict;
}

// Ours for one of OpenSSL's: it works on the very objects that we gave it.
CertificatePtr OursOf(const X509* x509, const ChainQuestion& question) {
  if (question.leaf->get() == x509) return question.leaf;
  for (const auto* list : {&question.intermediates, &question.anchors}) {
    for (const CertificatePtr& certificate : *list) {
      if (certificate->get() == x509) return certificate;
    }
  }
  return nullptr;
}

CertificateFault FaultOf(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return kNotYetValid;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // a CA of the same name, with another key
    case X509_V_ERR_CERT_UNTRUSTED:
      return kUntrusted;
    default:
      return kInvalid;
  }
}

std::string WhatOf(CertificateFault fault, int error, const Certificate& certificate) {
  switch (fault) {
    case kExpired:
      return absl::StrCat("expired ", UtcText(certificate.not_after()));
    case kNotYetValid:
      return absl::StrCat("not valid before ", UtcText(certificate.not_before()));
    case kUntrusted:
      return absl::StrCat("issued by ", certificate.issuer(), ": ", X509_verify_cert_error_string(error));
    default:
      return X509_verify_cert_error_string(error);
  }
}

// A CA of our own configuration that is not valid yet, or a time before this software: rather the clock is wrong.
bool ClockSuspect(const ChainQuestion& question) {
  const auto ahead = [&](const CertificatePtr& anchor) { return question.now < anchor->not_before(); };
  return question.now < kEarliestHonestTime || std::any_of(question.anchors.begin(), question.anchors.end(), ahead);
}

Verdict BuildChain(const ChainQuestion& question) {
  const X509Store store(MustHave(X509_STORE_new()));
  for (const CertificatePtr& anchor : question.anchors) Must(X509_STORE_add_cert(store.get(), anchor->get()));
  const X509Stack untrusted(MustHave(sk_X509_new_null()));
  for (const CertificatePtr& c : question.intermediates) Must(sk_X509_push(untrusted.get(), c->get()));

  const X509StoreCtx context(MustHave(X509_STORE_CTX_new()));
  Must(X509_STORE_CTX_init(context.get(), store.get(), question.leaf->get(), untrusted.get()));
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  Must(X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN));  // a pin may be an intermediate, or the leaf
  X509_VERIFY_PARAM_set_time(param, absl::ToTimeT(question.now));
  X509_VERIFY_PARAM_set_depth(param, kMaxChainDepth);
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
  const bool good = X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (!good || error != X509_V_OK) {
    const X509* at = X509_STORE_CTX_get_current_cert(context.get());
    const CertificatePtr ours = at == nullptr ? nullptr : OursOf(at, question);
    const Certificate& certificate = ours == nullptr ? *question.leaf : *ours;
    const CertificateFault fault = FaultOf(error);
    Verdict verdict = Fault(fault, WhatOf(fault, error, certificate), certificate);
    verdict.clock_suspect = (fault == kExpired || fault == kNotYetValid) && ClockSuspect(question);
    return verdict;
  }
  Verdict verdict;
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) verdict.chain.push_back(OursOf(sk_X509_value(chain, i), question));
  return verdict;
}

// RFC 4945 5.1.3.2: with a keyUsage, one of the two signing bits. 5.1.3.12: with an extendedKeyUsage, one for IKE, or
// for anything; gateways that got a certificate for TLS are let in too, as local policy may.
bool IsForIke(const Certificate& leaf, std::string* why) {
  if ((X509_get_key_usage(leaf.get()) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0) {
    *why = "its keyUsage allows no signatures";
    return false;
  }
  using ExtendedKeyUsage = std::unique_ptr<EXTENDED_KEY_USAGE, crypto::Freer<EXTENDED_KEY_USAGE_free>>;
  const ExtendedKeyUsage usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(leaf.get(), NID_ext_key_usage, nullptr, nullptr)));
  ERR_clear_error();
  if (usages == nullptr) return true;  // absent: one that cannot be read was refused when it was parsed
  static constexpr int kAccepted[] = {NID_ipsec_IKE, NID_anyExtendedKeyUsage, NID_server_auth, NID_client_auth};
  static const ASN1_OBJECT* const kIkeIntermediate = MustHave(OBJ_txt2obj("1.3.6.1.5.5.8.2.2", 1));
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    const ASN1_OBJECT* usage = sk_ASN1_OBJECT_value(usages.get(), i);
    const bool named = std::find(std::begin(kAccepted), std::end(kAccepted), OBJ_obj2nid(usage)) != std::end(kAccepted);
    if (named || OBJ_cmp(usage, kIkeIntermediate) == 0) return true;
  }
  *why = "its extendedKeyUsage is neither for IKE nor for TLS";
  return false;
}

// Asks about each certificate under the anchor; the anchor is trusted because somebody configured it.
void CheckRevocation(const ChainQuestion& question, Verdict* verdict) {
  static const RevocationEvidence kNothing;
  const RevocationEvidence& evidence = question.evidence == nullptr ? kNothing : *question.evidence;
  for (size_t i = 0; i + 1 < verdict->chain.size(); ++i) {
    const CertificatePtr& certificate = verdict->chain[i];
    const CertificatePtr& issuer = verdict->chain[i + 1];
    RevocationFinding finding = FindRevocation(*certificate, *issuer, evidence, question.now, question.stapled);
    if (finding.state == RevocationState::kGood) continue;
    const bool revoked = finding.state == RevocationState::kRevoked;
    if (!revoked) {
      for (RevocationSource& source : SourcesOf(certificate, issuer)) {
        if (verdict->unknown.size() < kMaxRevocationSources) verdict->unknown.push_back(std::move(source));
      }
      if (question.mode != RevocationMode::kStrict || !verdict->ok()) continue;
    }
    verdict->fault = revoked ? kRevoked : kRevocationUnknown;
    verdict->what = std::move(finding.what);
    verdict->certificate = certificate->subject();
    if (revoked) return;
  }
}

}  // namespace

absl::string_view ToString(CertificateFault fault) {
  switch (fault) {
    case kNone:
      return "OK";
    case kExpired:
      return "CERT_EXPIRED";
    case kNotYetValid:
      return "CERT_NOT_YET_VALID";
    case kRevoked:
      return "CERT_REVOKED";
    case kUntrusted:
      return "CERT_UNTRUSTED";
    case kInvalid:
      return "CERT_INVALID";
    case kRevocationUnknown:
      return "REVOCATION_UNKNOWN";
  }
  return "CERT_INVALID";
}

Verdict VerifyChain(const ChainQuestion& question) {
  Verdict verdict = BuildChain(question);
  if (!verdict.ok()) return verdict;
  std::string why;
  if (!IsForIke(*question.leaf, &why)) return Fault(kInvalid, why, *question.leaf);
  for (size_t i = 1; i + 1 < verdict.chain.size(); ++i) {
    if (!verdict.chain[i]->is_ca()) return Fault(kInvalid, "it is no CA", *verdict.chain[i]);
  }
  if (question.mode != RevocationMode::kDisabled) CheckRevocation(question, &verdict);
  return verdict;
}

}  // namespace culvert::pki
