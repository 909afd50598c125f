// SPDX-License-Identifier: Apache-2.0
// A proxy host in front of an echo host, both on real Unix sockets, called as several users. Needs root.
#include "services/apid/proxy.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "libs/daemon/channel.h"
#include "libs/daemon/gate.h"
#include "libs/daemon/serve.h"
#include "libs/daemon/status.h"
#include "libs/daemon/testing/connect_as.h"
#include "libs/daemon/testing/echo_service.h"
#include "libs/daemon/unix_listener.h"

namespace culvert::apid {
namespace {

using ::testing::HasSubstr;
using testing::v1::EchoRequest;
using testing::v1::EchoResponse;
using Stub = testing::v1::EchoService::Stub;

constexpr uint32_t kUidBase = 61000;
constexpr gid_t kAdmins = 61100, kViewers = 61101;
constexpr uid_t kPerson = 61200;

class ProxyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(geteuid(), 0u) << "connecting as somebody else needs root";
    char directory[] = "/tmp/culvert-proxy-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
    chmod(directory, 0755);
    echo_path_ = directory_ + "/iked.sock";
    path_ = directory_ + "/api.sock";
    ServeEcho();
    proxy_ = std::make_unique<Proxy>(
        Proxy::Backends{{"culvert.testing.v1.EchoService", {"iked", daemon::UnixChannel(echo_path_)}}});
    proxy_host_ = Serve("apid", path_, {}, proxy_.get());
  }
  void TearDown() override {
    proxy_host_.reset();
    echo_host_.reset();
    std::filesystem::remove_all(directory_);
  }

  void ServeEcho() { echo_host_ = Serve("iked", echo_path_, {&echo_}, nullptr); }

  std::unique_ptr<daemon::ServiceHost> Serve(const std::string& process, const std::string& path,
                                             const std::vector<grpc::Service*>& services,
                                             grpc::CallbackGenericService* generic) {
    auto listener = daemon::BindUnix({.path = path, .mode = 0666});
    EXPECT_TRUE(listener.ok()) << listener.status();
    auto host = daemon::ServiceHost::Start({.process = process,
                                            .rules = daemon::CallerRules(kUidBase, geteuid(), kAdmins, kViewers),
                                            .listener = *std::move(listener),
                                            .generic = generic},
                                           services);
    EXPECT_TRUE(host.ok()) << host.status();
    return *std::move(host);
  }

  std::string directory_, echo_path_, path_;
  daemon::EchoService echo_;
  std::unique_ptr<Proxy> proxy_;
  std::unique_ptr<daemon::ServiceHost> echo_host_, proxy_host_;
};

TEST_F(ProxyTest, PassesAUnaryCallWithTheCallersNameAndRole) {
  Stub stub(daemon::ConnectAs(kPerson, {kViewers}, path_));
  grpc::ClientContext context;
  daemon::SetDeadline(&context);
  EchoRequest request;
  request.set_text("hello");
  EchoResponse response;
  const grpc::Status status = stub.Read(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.text(), "hello");
  EXPECT_EQ(response.principal(), "uid:61200");
  EXPECT_EQ(response.role(), "VIEWER");
  EXPECT_EQ(response.process(), "");
  EXPECT_TRUE(response.has_deadline());
}

TEST_F(ProxyTest, TheRoleOfTheCallerDecidesNotThatOfTheProxy) {
  Stub viewer(daemon::ConnectAs(kPerson, {kViewers}, path_));
  Stub nobody(daemon::ConnectAs(kPerson, {kPerson}, path_));
  Stub root(daemon::ConnectAs(0, {0}, path_));
  const auto configure = [](Stub& stub) {
    grpc::ClientContext context;
    daemon::SetDeadline(&context);
    // A claim to be somebody else is taken off on the way.
    context.AddMetadata(daemon::kPrincipalKey, "root");
    context.AddMetadata(daemon::kRoleKey, "ADMIN");
    EchoResponse response;
    return stub.Configure(&context, {}, &response);
  };
  EXPECT_TRUE(configure(root).ok());
  EXPECT_EQ(configure(nobody).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  const grpc::Status denied = configure(viewer);
  EXPECT_EQ(denied.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(denied.error_message(), HasSubstr("needs role ADMIN; uid:61200 has role VIEWER"));
}

TEST_F(ProxyTest, NobodyReachesWhatIsBetweenProcesses) {
  Stub root(daemon::ConnectAs(0, {0}, path_));
  grpc::ClientContext context;
  daemon::SetDeadline(&context);
  EchoResponse response;
  EXPECT_EQ(root.Internal(&context, {}, &response).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(ProxyTest, StatusAndItsDetailsPassThrough) {
  Stub stub(daemon::ConnectAs(0, {0}, path_));
  grpc::ClientContext context;
  daemon::SetDeadline(&context);
  EchoRequest request;
  request.set_text("etag is old");
  request.set_fail_code(static_cast<int>(absl::StatusCode::kAborted));
  request.set_fail_reason("ETAG_MISMATCH");
  EchoResponse response;
  const absl::Status status = daemon::FromGrpc(stub.Read(&context, request, &response));
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "etag is old");
  EXPECT_EQ(daemon::ReasonOf(status), "ETAG_MISMATCH");
}

TEST_F(ProxyTest, StreamsBothWaysInOrder) {
  Stub stub(daemon::ConnectAs(0, {0}, path_));
  grpc::ClientContext context;
  daemon::SetDeadline(&context, absl::Seconds(20));
  auto stream = stub.Chat(&context);
  EchoResponse response;
  for (int i = 0; i < 500; ++i) {
    EchoRequest request;
    request.set_text(absl::StrCat(i, std::string(i * 10, 'x')));
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.text(), request.text());
  }
  ASSERT_TRUE(stream->WritesDone());
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ProxyTest, AManyMessageBurstDoesNotWaitForAnswers) {
  Stub stub(daemon::ConnectAs(0, {0}, path_));
  grpc::ClientContext context;
  daemon::SetDeadline(&context, absl::Seconds(20));
  auto stream = stub.Chat(&context);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(stream->Write({}));
  stream->WritesDone();
  int answers = 0;
  for (EchoResponse response; stream->Read(&response);) ++answers;
  EXPECT_EQ(answers, 100);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ProxyTest, CancellationReachesTheBackend) {
  Stub stub(daemon::ConnectAs(0, {0}, path_));
  grpc::ClientContext context;
  daemon::SetDeadline(&context, absl::Minutes(10));  // so that it is not the deadline that ends it
  auto stream = stub.Chat(&context);
  EchoRequest request;
  request.set_hang(true);
  ASSERT_TRUE(stream->Write(request));
  while (echo_.calls() == 0) sched_yield();
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  const absl::Time limit = absl::Now() + absl::Seconds(30);
  while (echo_.cancelled() == 0) ASSERT_LT(absl::Now(), limit);
}

TEST_F(ProxyTest, TheDeadlineIsTheCallers) {
  Stub stub(daemon::ConnectAs(0, {0}, path_));
  grpc::ClientContext context;
  daemon::SetDeadline(&context, absl::Milliseconds(200));
  EchoRequest request;
  request.set_hang(true);
  EchoResponse response;
  EXPECT_EQ(stub.Read(&context, request, &response).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  while (echo_.cancelled() == 0) sched_yield();
}

TEST_F(ProxyTest, ABackendThatIsDownIsNamedAndFoundAgain) {
  Stub stub(daemon::ConnectAs(0, {0}, path_));
  const auto read = [&] {
    grpc::ClientContext context;
    daemon::SetDeadline(&context);
    EchoResponse response;
    return daemon::FromGrpc(stub.Read(&context, {}, &response));
  };
  ASSERT_TRUE(read().ok());
  echo_host_.reset();
  const absl::Status status = read();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("iked is down"));
  EXPECT_EQ(daemon::ReasonOf(status), "PROCESS_DOWN");
  ServeEcho();
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (!read().ok()) ASSERT_LT(absl::Now(), deadline);
}

TEST_F(ProxyTest, AServiceThatIsNotPublicIsUnimplemented) {
  proxy_host_.reset();
  Proxy empty{Proxy::Backends{}};
  proxy_host_ = Serve("apid", path_, {}, &empty);
  Stub stub(daemon::ConnectAs(0, {0}, path_));
  grpc::ClientContext context;
  daemon::SetDeadline(&context);
  EchoResponse response;
  const grpc::Status status = stub.Read(&context, {}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(status.error_message(), HasSubstr("culvert.testing.v1.EchoService"));
  proxy_host_.reset();
}

}  // namespace
}  // namespace culvert::apid
