// SPDX-License-Identifier: Apache-2.0
#include "services/fetchd/fetch_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "libs/daemon/channel.h"
#include "services/fetchd/testing_dns_server.h"

namespace culvert::fetchd {
namespace {

using ::testing::ElementsAre;

class FetchServiceTest : public ::testing::Test {
 protected:
  FetchServiceTest()
      : dns_({{"gw.example", {.records = {{"192.0.2.1", 42}}}}}),
        resolver_(*Resolver::Create({})),
        service_(resolver_.get()) {
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

  TestingDnsServer dns_;
  std::unique_ptr<Resolver> resolver_;
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

}  // namespace
}  // namespace culvert::fetchd
