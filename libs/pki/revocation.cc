// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/revocation.h"

#include "absl/strings/str_cat.h"

namespace culvert::pki {
namespace {

RevocationFinding Revoked(absl::Time since) {
  return {RevocationState::kRevoked,
          since == absl::InfinitePast() ? "revoked" : absl::StrCat("revoked since ", UtcText(since))};
}

RevocationFinding Unknown(std::string what) {
  return {RevocationState::kUnknown, std::move(what)};
}

RevocationFinding FromOcsp(const OcspAnswer& answer, const Certificate& certificate, const Certificate& issuer,
                           absl::Time now) {
  const std::optional<OcspStatus> status = answer.StatusOf(certificate, issuer, now);
  if (!status) return Unknown("the OCSP responder does not know, or may not answer for this CA");
  if (status->revoked) return Revoked(status->revoked_since);
  const absl::Time until = status->next_update.value_or(status->this_update + kOcspWithoutNextUpdate);
  if (status->this_update > now + kClockSkew)
    return Unknown(absl::StrCat("the OCSP answer is of ", UtcText(status->this_update)));
  if (now >= until) return Unknown(absl::StrCat("the OCSP answer expired ", UtcText(until)));
  return {RevocationState::kGood, "good by OCSP"};
}

RevocationFinding FromCrl(const Crl& crl, const Certificate& certificate, absl::Time now) {
  if (const auto since = crl.RevokedSince(certificate)) return Revoked(*since);
  if (crl.FreshAt(now)) return {RevocationState::kGood, "good by CRL"};
  if (now >= crl.next_update())
    return Unknown(absl::StrCat("the CRL of ", crl.issuer(), " expired ", UtcText(crl.next_update())));
  return Unknown(absl::StrCat("the CRL of ", crl.issuer(), " is of ", UtcText(crl.this_update())));
}

}  // namespace

RevocationFinding FindRevocation(const Certificate& certificate, const Certificate& issuer,
                                 const RevocationEvidence& evidence, absl::Time now,
                                 std::span<const std::shared_ptr<const OcspAnswer>> stapled) {
  RevocationFinding best = Unknown("no CRL and no OCSP answer at hand");
  const auto weigh = [&best](RevocationFinding finding) {
    if (finding.state >= best.state) best = std::move(finding);
  };
  const auto answer = evidence.ocsp_answers.find(certificate.fingerprint());
  if (answer != evidence.ocsp_answers.end()) weigh(FromOcsp(*answer->second, certificate, issuer, now));
  for (const std::shared_ptr<const OcspAnswer>& sent : stapled) weigh(FromOcsp(*sent, certificate, issuer, now));
  for (const std::shared_ptr<const Crl>& crl : evidence.crls) {
    if (crl->Covers(certificate) && crl->IssuedBy(issuer)) weigh(FromCrl(*crl, certificate, now));
  }
  return best;
}

std::vector<RevocationSource> SourcesOf(const CertificatePtr& certificate, const CertificatePtr& issuer) {
  std::vector<RevocationSource> sources;
  for (const std::string& url : certificate->ocsp_urls()) {
    sources.push_back({RevocationSource::Kind::kOcsp, url, certificate, issuer});
  }
  for (const std::string& url : certificate->crl_urls()) {
    sources.push_back({RevocationSource::Kind::kCrl, url, certificate, issuer});
  }
  return sources;
}

}  // namespace culvert::pki
