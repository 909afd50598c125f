// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/revocation_cache.h"

#include <algorithm>

#include "libs/base/status_macros.h"

namespace culvert::pki {
namespace {

constexpr size_t kMaxFailures = 1024;

// Makes room: the entry that came first goes.
template <typename Map>
void Bound(Map* map, size_t most) {
  if (map->size() <= most) return;
  map->erase(std::min_element(map->begin(), map->end(),
                              [](const auto& a, const auto& b) { return a.second.added < b.second.added; }));
}

absl::Status Useless(const RevocationFinding& finding) {
  return absl::InvalidArgumentError(finding.what);
}

}  // namespace

void RevocationCache::SetConfigured(std::vector<std::shared_ptr<const Crl>> crls) {
  configured_ = std::move(crls);
  Rebuild();
}

absl::Status RevocationCache::Add(const RevocationSource& source, base::ByteView der, base::ByteView nonce,
                                  absl::Time now) {
  RETURN_IF_ERROR(source.kind == RevocationSource::Kind::kCrl ? AddCrl(source, der, now)
                                                              : AddOcsp(source, der, nonce, now));
  failed_.erase(source.url);
  Rebuild();
  return absl::OkStatus();
}

absl::Status RevocationCache::AddCrl(const RevocationSource& source, base::ByteView der, absl::Time now) {
  ASSIGN_OR_RETURN(auto crl, Crl::Parse(der));
  if (!crl->IssuedBy(*source.issuer)) return absl::InvalidArgumentError("a CRL that the issuer did not sign");
  const RevocationFinding finding =
      FindRevocation(*source.certificate, *source.issuer, {.crls = {crl}, .ocsp_answers = {}}, now);
  if (finding.state == RevocationState::kUnknown) return Useless(finding);
  crls_[source.url] = {std::move(crl), ++added_};
  Bound(&crls_, kMaxCachedCrls);
  return absl::OkStatus();
}

absl::Status RevocationCache::AddOcsp(const RevocationSource& source, base::ByteView der, base::ByteView nonce,
                                      absl::Time now) {
  ASSIGN_OR_RETURN(auto answer, OcspAnswer::Parse(der, nonce));
  const Fingerprint& whom = source.certificate->fingerprint();
  const RevocationFinding finding =
      FindRevocation(*source.certificate, *source.issuer, {.crls = {}, .ocsp_answers = {{whom, answer}}}, now);
  if (finding.state == RevocationState::kUnknown) return Useless(finding);
  answers_[whom] = {std::move(answer), ++added_};
  Bound(&answers_, kMaxCachedOcspAnswers);
  return absl::OkStatus();
}

void RevocationCache::FetchFailed(const RevocationSource& source, absl::Time now) {
  if (failed_.size() >= kMaxFailures) failed_.clear();  // the worst is that they are tried once more
  failed_[source.url] = now;
}

bool RevocationCache::WorthFetching(const RevocationSource& source, absl::Time now) const {
  const auto failed = failed_.find(source.url);
  if (failed == failed_.end()) return true;
  const absl::Duration ago = now - failed->second;
  return ago < absl::ZeroDuration() || ago >= kFetchAgainAfterFailure;  // also when the clock was set back
}

void RevocationCache::Rebuild() {
  auto evidence = std::make_shared<RevocationEvidence>();
  evidence->crls = configured_;
  for (const auto& [url, fetched] : crls_) evidence->crls.push_back(fetched.crl);
  for (const auto& [whom, fetched] : answers_) evidence->ocsp_answers.emplace(whom, fetched.answer);
  evidence_ = std::move(evidence);
}

}  // namespace culvert::pki
