// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/resolver.h"

#include <algorithm>
#include <utility>

#include "libs/daemon/status.h"

namespace culvert::iked {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(10);  // resolvers are slow; nobody waits for them but this attempt

}  // namespace

// The endpoints of one request, answered in any order and reported in theirs.
struct Resolver::Lookup {
  ResolvePath request;
  std::vector<absl::StatusOr<std::vector<base::IpAddress>>> answers;
  size_t missing = 0;
};

Resolver::Resolver(EventLoop& loop, const std::shared_ptr<grpc::Channel>& fetchd, RouteProbe probe, InputSink sink)
    : stub_(fetch::v1::FetchService::NewStub(fetchd)), probe_(std::move(probe)), sink_(std::move(sink)), calls_(loop) {}

void Resolver::Resolve(ResolvePath request) {
  auto lookup = std::make_shared<Lookup>();
  lookup->request = std::move(request);
  const std::vector<std::string>& endpoints = lookup->request.endpoints;
  lookup->answers.resize(endpoints.size(), absl::UnavailableError("no answer"));
  for (size_t i = 0; i < endpoints.size(); ++i) {
    if (auto literal = base::IpAddress::Parse(endpoints[i]); literal.ok()) {
      lookup->answers[i] = std::vector<base::IpAddress>{*literal};
    } else {
      ++lookup->missing;
    }
  }
  if (lookup->missing == 0) {
    Finish(*lookup);
    return;
  }
  for (size_t i = 0; i < endpoints.size(); ++i) {
    if (!lookup->answers[i].ok()) AskFetchd(lookup, i);
  }
}

void Resolver::AskFetchd(const std::shared_ptr<Lookup>& lookup, size_t index) {
  fetch::v1::ResolveRequest request;
  request.set_name(lookup->request.endpoints[index]);
  request.set_want_ipv4(lookup->request.family != base::Family::kIPv6);
  request.set_want_ipv6(lookup->request.family != base::Family::kIPv4);
  for (const std::string& resolver : resolvers_) request.add_resolvers(resolver);
  calls_.Call<fetch::v1::ResolveRequest, fetch::v1::ResolveResponse>(
      std::move(request), kDeadline,
      [this](auto* context, auto* req, auto* response, auto done) {
        stub_->async()->Resolve(context, req, response, std::move(done));
      },
      [this, lookup, index](const grpc::Status& status, const fetch::v1::ResolveResponse& response) {
        if (status.ok()) {
          std::vector<base::IpAddress> addresses;
          for (const std::string& text : response.addresses()) {
            if (auto address = base::IpAddress::Parse(text); address.ok()) addresses.push_back(*address);
          }
          lookup->answers[index] = std::move(addresses);
        } else {
          lookup->answers[index] = daemon::FromGrpc(status);
        }
        if (--lookup->missing == 0) Finish(*lookup);
      });
}

void Resolver::Finish(Lookup& lookup) {
  const ResolvePath& request = lookup.request;
  std::vector<PathCandidate> candidates;
  absl::Status failure = absl::NotFoundError("the names have no address of that family");
  for (size_t i = 0; i < lookup.answers.size(); ++i) {
    const auto& answer = lookup.answers[i];
    if (!answer.ok()) {
      failure = answer.status();
      continue;
    }
    for (const base::IpAddress& remote : *answer) {
      if (request.family != base::Family::kNone && remote.family() != request.family) continue;
      base::IpAddress local = request.local_address;
      if (local.is_none()) {
        auto chosen = probe_.LocalAddressFor(remote);
        if (!chosen.ok()) {
          failure = chosen.status();
          continue;
        }
        local = *chosen;
      }
      if (local.family() == remote.family()) candidates.push_back({local, remote, i});
    }
  }
  PathResolved answer{request.tunnel, request.attempt, std::move(candidates)};
  if (answer.candidates->empty()) answer.candidates = failure;
  sink_(std::move(answer));
}

}  // namespace culvert::iked
