// SPDX-License-Identifier: Apache-2.0
#include "services/fetchd/fetch_service.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/daemon/status.h"

namespace culvert::fetchd {
namespace {

constexpr uint16_t kDnsPort = 53;
constexpr int kMostServers = 8;

// "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353".
absl::StatusOr<base::Endpoint> ParseServer(absl::string_view text) {
  if (const auto address = base::IpAddress::Parse(text); address.ok()) return base::Endpoint{*address, kDnsPort};
  const size_t colon = text.rfind(':');
  absl::string_view host = text.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  const auto address = base::IpAddress::Parse(host);
  uint32_t port = 0;
  if (colon == absl::string_view::npos || !address.ok() || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port == 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("resolver \"", text, "\" is neither ADDRESS nor ADDRESS:PORT"));
  }
  return base::Endpoint{*address, static_cast<uint16_t>(port)};
}

absl::StatusOr<Query> QueryOf(const fetch::v1::ResolveRequest& request) {
  Query query{
      .name = request.name(), .want_ipv4 = request.want_ipv4(), .want_ipv6 = request.want_ipv6(), .servers = {}};
  if (request.resolvers_size() > kMostServers) {
    return absl::InvalidArgumentError(absl::StrCat("at most ", kMostServers, " resolvers"));
  }
  for (const std::string& server : request.resolvers()) {
    ASSIGN_OR_RETURN(query.servers.emplace_back(), ParseServer(server));
  }
  return query;
}

absl::StatusOr<Download> DownloadOf(const fetch::v1::FetchRequest& request) {
  using Kind = fetch::v1::FetchRequest::Kind;
  const bool ocsp = request.kind() == Kind::OCSP;
  if (!ocsp && request.kind() != Kind::CRL) return absl::InvalidArgumentError("kind is neither CRL nor OCSP");
  if (ocsp == request.body().empty()) return absl::InvalidArgumentError("a body goes with OCSP, and with it alone");
  return Download{.url = request.url(), .post = request.body(), .content_type = ocsp ? "application/ocsp-request" : ""};
}

}  // namespace

grpc::ServerUnaryReactor* FetchService::Resolve(grpc::CallbackServerContext* context,
                                                const fetch::v1::ResolveRequest* request,
                                                fetch::v1::ResolveResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<Query> query = QueryOf(*request);
  if (!query.ok()) {
    reactor->Finish(daemon::ToGrpc(query.status()));
    return reactor;
  }
  // `response` lives until Finish, also where the caller has gone meanwhile.
  resolver_->Resolve(*std::move(query), [reactor, response](const absl::StatusOr<Answer>& answer) {
    if (answer.ok()) {
      for (const base::IpAddress& address : answer->addresses) response->add_addresses(address.ToString());
      response->set_ttl_seconds(answer->ttl_seconds);
    }
    reactor->Finish(daemon::ToGrpc(answer.status()));
  });
  return reactor;
}

grpc::ServerUnaryReactor* FetchService::Fetch(grpc::CallbackServerContext* context,
                                              const fetch::v1::FetchRequest* request,
                                              fetch::v1::FetchResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<Download> download = DownloadOf(*request);
  if (!download.ok()) {
    reactor->Finish(daemon::ToGrpc(download.status()));
    return reactor;
  }
  // `response` lives until Finish, also where the caller has gone meanwhile.
  downloader_->Fetch(*std::move(download), [reactor, response](absl::StatusOr<std::string> body) {
    if (body.ok()) response->set_body(*std::move(body));
    reactor->Finish(daemon::ToGrpc(body.status()));
  });
  return reactor;
}

}  // namespace culvert::fetchd
