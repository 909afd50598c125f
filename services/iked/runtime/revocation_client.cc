// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/revocation_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/daemon/log.h"
#include "libs/daemon/status.h"

namespace culvert::iked {
namespace {

using Kind = pki::RevocationSource::Kind;

// A CRL is the same for everybody; an OCSP answer is for one certificate.
std::string KeyOf(const pki::RevocationSource& source) {
  if (source.kind == Kind::kCrl) return source.url;
  return absl::StrCat(source.url, " ", base::AsText(source.certificate->fingerprint()));
}

}  // namespace

RevocationClient::RevocationClient(EventLoop& loop, const base::Clock& clock, base::Rng& rng,
                                   const std::shared_ptr<grpc::Channel>& fetchd)
    : clock_(clock), rng_(rng), stub_(fetch::v1::FetchService::NewStub(fetchd)), calls_(loop) {}

std::shared_ptr<const pki::RevocationEvidence> RevocationClient::With(
    const std::shared_ptr<const pki::RevocationEvidence>& configured) {
  if (configured != configured_) {
    configured_ = configured;
    cache_.SetConfigured(configured == nullptr ? std::vector<std::shared_ptr<const pki::Crl>>() : configured->crls);
  }
  return cache_.evidence();
}

bool RevocationClient::Find(const std::vector<pki::RevocationSource>& sources, std::function<void()> done) {
  const auto wait = std::make_shared<Wait>();
  wait->done = std::move(done);
  for (const pki::RevocationSource& source : sources) {
    if (!cache_.WorthFetching(source, clock_.Wall())) continue;
    const std::string key = KeyOf(source);
    const auto [at, first] = under_way_.try_emplace(key);
    at->second.push_back(wait);
    ++wait->missing;
    if (first) Fetch(source, key);
  }
  return wait->missing > 0;
}

void RevocationClient::Fetch(const pki::RevocationSource& source, const std::string& key) {
  fetch::v1::FetchRequest request;
  request.set_url(source.url);
  base::Bytes nonce;
  if (source.kind == Kind::kOcsp) {
    nonce = rng_.Take(pki::kOcspNonceBytes);
    const base::Bytes body = pki::OcspRequest(*source.certificate, *source.issuer, nonce);
    request.set_kind(fetch::v1::FetchRequest::Kind::OCSP);
    request.set_body(body.data(), body.size());
  } else {
    request.set_kind(fetch::v1::FetchRequest::Kind::CRL);
  }
  calls_.Call<fetch::v1::FetchRequest, fetch::v1::FetchResponse>(
      std::move(request), kPatience,
      [this](auto* context, auto* req, auto* response, auto done) {
        stub_->async()->Fetch(context, req, response, std::move(done));
      },
      [this, source, key, nonce](const grpc::Status& status, const fetch::v1::FetchResponse& response) {
        const absl::Time now = clock_.Wall();
        absl::Status added = daemon::FromGrpc(status);
        if (added.ok()) added = cache_.Add(source, base::AsBytes(response.body()), nonce, now);
        if (!added.ok()) {
          cache_.FetchFailed(source, now);  // at most one line a minute and URL
          daemon::LogWarning("no word about revocation", {{"url", source.url}, {"error", added}});
        }
        Finish(key);
      });
}

void RevocationClient::Finish(const std::string& key) {
  const auto waiting = under_way_.extract(key);
  for (const std::shared_ptr<Wait>& wait : waiting.mapped()) {
    if (--wait->missing == 0) wait->done();
  }
}

}  // namespace culvert::iked
