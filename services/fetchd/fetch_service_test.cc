// SPDX-License-Identifier: Apache-2.0
#include "services/fetchd/fetch_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "libs/daemon/channel.h"
#include "services/fetchd/testing_dns_server.h"
#include "services/fetchd/testing_http_server.h"

namespace culvert::fetchd {
namespace {

using ::testing::ElementsAre;

class FetchServiceTest : public ::testing::Test {
 protected:
  FetchServiceTest()
      : dns_({{"gw.example", {.records = {{"192.0.2.1", 42}}}}}),
        http_({{"/ca.crl", {.body = "a CRL"}}, {"/ocsp", {.body = "an answer"}}}),
        resolver_(*Resolver::Create({})),
        downloader_(*Downloader::Create({})),
        service_(resolver_.get(), downloader_.get()) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = fetch::v1::FetchService::NewStub(server_->InProcessChannel({}));
  }

  grpc::Status Resolve(const fetch::v1::ResolveRequest& request, fetch::v1::ResolveResponse* response) {
    grpc::ClientContext context;
    daemon::SetDeadline(&context);
    return stub_->Resolve(&context, request, response);
  }

  grpc::StatusCode Fetch(fetch::v1::FetchRequest::Kind::Value kind, const std::string& url, const std::string& body,
                         std::string* answer = nullptr) {
    fetch::v1::FetchRequest request;
    request.set_kind(kind);
    request.set_url(url);
    request.set_body(body);
    fetch::v1::FetchResponse response;
    grpc::ClientContext context;
    daemon::SetDeadline(&context);
    const grpc::Status status = stub_->Fetch(&context, request, &response);
    if (answer != nullptr) *answer = response.body();
    return status.error_code();
  }

  TestingDnsServer dns_;
  TestingHttpServer http_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<Downloader> downloader_;
  FetchService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<fetch::v1::FetchService::Stub> stub_;
};

TEST_F(FetchServiceTest, AsksTheResolversOfTheRequest) {
  fetch::v1::ResolveRequest request;
  request.set_name("gw.example");
  request.add_resolvers(dns_.endpoint().ToString());
  fetch::v1::ResolveResponse response;
  const grpc::Status status = Resolve(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(response.addresses(), ElementsAre("192.0.2.1"));
  EXPECT_EQ(response.ttl_seconds(), 42);
}

TEST_F(FetchServiceTest, ResolversAreAddressesWithOrWithoutAPort) {
  for (const char* good : {"192.0.2.53", "192.0.2.53:53", "2001:db8::53", "[2001:db8::53]:53"}) {
    fetch::v1::ResolveRequest request;
    request.set_name("198.51.100.1");  // a literal: nobody is asked
    request.add_resolvers(good);
    fetch::v1::ResolveResponse response;
    EXPECT_TRUE(Resolve(request, &response).ok()) << good;
  }
  for (const char* bad :
       {"", "dns.example", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53,198.51.100.1", ":53"}) {
    fetch::v1::ResolveRequest request;
    request.set_name("198.51.100.1");
    request.add_resolvers(bad);
    fetch::v1::ResolveResponse response;
    EXPECT_EQ(Resolve(request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << bad;
  }
}

TEST_F(FetchServiceTest, FetchesCrlsByGetAndOcspByPost) {
  using Kind = fetch::v1::FetchRequest::Kind;
  std::string answer;
  EXPECT_EQ(Fetch(Kind::CRL, http_.Url("/ca.crl"), "", &answer), grpc::StatusCode::OK);
  EXPECT_EQ(answer, "a CRL");
  EXPECT_EQ(Fetch(Kind::OCSP, http_.Url("/ocsp"), "a question", &answer), grpc::StatusCode::OK);
  EXPECT_EQ(answer, "an answer");
  EXPECT_THAT(http_.requests(), ElementsAre("GET /ca.crl", "POST /ocsp application/ocsp-request a question"));
}

TEST_F(FetchServiceTest, FetchesNothingElse) {
  using Kind = fetch::v1::FetchRequest::Kind;
  EXPECT_EQ(Fetch(Kind::CRL, http_.Url("/other"), ""), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Fetch(Kind::CRL, "file:///etc/passwd", ""), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Fetch(Kind::CRL, http_.Url("/ca.crl"), "body"), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Fetch(Kind::OCSP, http_.Url("/ocsp"), ""), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Fetch(Kind::UNSPECIFIED, http_.Url("/ca.crl"), ""), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace culvert::fetchd
