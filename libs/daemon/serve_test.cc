// SPDX-License-Identifier: Apache-2.0
// A real host on a real Unix socket, called by connections of many users. Needs root.
#include "libs/daemon/serve.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "culvert/service/v1/service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/daemon/channel.h"
#include "libs/daemon/gate.h"
#include "libs/daemon/testing/connect_as.h"
#include "libs/daemon/testing/echo_service.h"
#include "libs/daemon/unix_listener.h"

namespace culvert::daemon {
namespace {

using ::testing::HasSubstr;
using testing::v1::EchoRequest;
using testing::v1::EchoResponse;
using Stub = testing::v1::EchoService::Stub;

constexpr uint32_t kUidBase = 61000;
constexpr gid_t kAdmins = 61100, kViewers = 61101, kNobody = 61102;
constexpr uid_t kPerson = 61200;
constexpr uid_t kSad = kUidBase + 3, kMetricsd = kUidBase + 6, kApid = kUidBase + 7;

class ServeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(geteuid(), 0u) << "connecting as somebody else needs root";
    char directory[] = "/tmp/culvert-serve-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
    chmod(directory, 0755);
    path_ = directory_ + "/iked.sock";
    Serve();
  }
  void Serve() {
    auto listener = BindUnix({.path = path_, .mode = 0666});
    ASSERT_TRUE(listener.ok()) << listener.status();
    auto host = ServiceHost::Start({.process = "iked",
                                    .rules = CallerRules(kUidBase, geteuid(), kAdmins, kViewers),
                                    .listener = *std::move(listener)},
                                   {&echo_});
    ASSERT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
  }
  void TearDown() override {
    host_.reset();
    unlink(path_.c_str());
    rmdir(directory_.c_str());
  }

  std::string directory_, path_;
  EchoService echo_;
  std::unique_ptr<ServiceHost> host_;
};

using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const EchoRequest&, EchoResponse*);

grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, Method method, EchoResponse* response = nullptr,
                  const std::vector<std::pair<std::string, std::string>>& metadata = {}) {
  grpc::ClientContext context;
  SetDeadline(&context);
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
  EchoResponse ignored;
  Stub stub(channel);
  return (stub.*method)(&context, {}, response == nullptr ? &ignored : response);
}

TEST_F(ServeTest, EachCallerReachesWhatItsConnectionAllows) {
  const struct {
    const char* who;
    uid_t uid;
    std::vector<gid_t> groups;
    bool read, operate, configure, internal;
  } kRows[] = {
      {"root", 0, {0}, true, true, true, true},
      {"person of culvert-admin", kPerson, {kNobody, kAdmins}, true, true, true, false},
      {"person of culvert", kPerson, {kNobody, kViewers}, true, false, false, false},
      {"person of culvert by primary group", kPerson, {kViewers}, true, false, false, false},
      {"anybody", kPerson, {kNobody}, false, false, false, false},
      {"sad, which Internal names", kSad, {kSad, kUidBase}, false, false, false, true},
      {"metricsd, which Read names", kMetricsd, {kMetricsd, kUidBase}, true, false, false, false},
      {"a process in group culvert-admin is a process still", kSad, {kSad, kAdmins}, false, false, false, true},
      {"apid for nobody", kApid, {kApid, kUidBase}, false, false, false, false},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.who);
    auto channel = ConnectAs(row.uid, row.groups, path_);
    EXPECT_EQ(Call(channel, &Stub::Read).ok(), row.read);
    EXPECT_EQ(Call(channel, &Stub::Operate).ok(), row.operate);
    EXPECT_EQ(Call(channel, &Stub::Configure).ok(), row.configure);
    EXPECT_EQ(Call(channel, &Stub::Internal).ok(), row.internal);
    EXPECT_FALSE(Call(channel, &Stub::Forgotten).ok());
  }
}

TEST_F(ServeTest, DeniedBeforeTheHandlerRunsAndToldWhatIsMissing) {
  auto channel = ConnectAs(kPerson, {kViewers}, path_);
  const grpc::Status status = Call(channel, &Stub::Configure);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status.error_message(),
            "/culvert.testing.v1.EchoService/Configure needs role ADMIN; uid:61200 has role VIEWER");
  EXPECT_THAT(Call(channel, &Stub::Internal).error_message(), HasSubstr("needs to be called by sad"));
  EXPECT_THAT(Call(channel, &Stub::Forgotten).error_message(), HasSubstr("needs an access option, which it lacks"));
  EXPECT_EQ(echo_.calls(), 0);
}

TEST_F(ServeTest, MethodThatDoesNotExistIsDenied) {
  grpc::ClientContext context;
  SetDeadline(&context);
  service::v1::GetBuildInfoRequest request;
  service::v1::GetBuildInfoResponse response;
  auto channel = ConnectAs(0, {0}, path_);
  const grpc::internal::RpcMethod method("/culvert.none.v1.None/Do", grpc::internal::RpcMethod::NORMAL_RPC, channel);
  const grpc::Status status =
      grpc::internal::BlockingUnaryCallImpl<service::v1::GetBuildInfoRequest, service::v1::GetBuildInfoResponse>(
          channel.get(), method, &context, request, &response)
          .status();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("/culvert.none.v1.None/Do"));
}

TEST_F(ServeTest, HandlersSeeTheCaller) {
  EchoResponse response;
  ASSERT_TRUE(Call(ConnectAs(kPerson, {kViewers}, path_), &Stub::Read, &response).ok());
  EXPECT_EQ(response.principal(), "uid:61200");
  EXPECT_EQ(response.role(), "VIEWER");
  EXPECT_EQ(response.process(), "");
  ASSERT_TRUE(Call(ConnectAs(kSad, {kSad}, path_), &Stub::Internal, &response).ok());
  EXPECT_EQ(response.principal(), "sad");
  EXPECT_EQ(response.process(), "sad");
}

TEST_F(ServeTest, ApidSpeaksForOthersCallByCall) {
  auto channel = ConnectAs(kApid, {kApid}, path_);
  EchoResponse response;
  ASSERT_TRUE(Call(channel, &Stub::Configure, &response, {{kPrincipalKey, "cn:ops"}, {kRoleKey, "ADMIN"}}).ok());
  EXPECT_EQ(response.principal(), "cn:ops");
  EXPECT_EQ(response.role(), "ADMIN");
  // The same connection, somebody else: nothing of the call before remains.
  EXPECT_FALSE(Call(channel, &Stub::Configure, nullptr, {{kPrincipalKey, "cn:eve"}, {kRoleKey, "VIEWER"}}).ok());
  EXPECT_FALSE(Call(channel, &Stub::Read, nullptr, {{kPrincipalKey, "cn:eve"}, {kRoleKey, "EMPEROR"}}).ok());
  EXPECT_FALSE(Call(channel, &Stub::Internal, nullptr, {{kPrincipalKey, "sad"}, {kRoleKey, "ADMIN"}}).ok());
}

TEST_F(ServeTest, NobodyElseSpeaksForOthers) {
  auto channel = ConnectAs(kPerson, {kViewers}, path_);
  EchoResponse response;
  ASSERT_TRUE(Call(channel, &Stub::Read, &response, {{kPrincipalKey, "root"}, {kRoleKey, "ADMIN"}}).ok());
  EXPECT_EQ(response.principal(), "uid:61200");
  EXPECT_EQ(response.role(), "VIEWER");
  EXPECT_FALSE(Call(channel, &Stub::Configure, nullptr, {{kPrincipalKey, "root"}, {kRoleKey, "ADMIN"}}).ok());
}

TEST_F(ServeTest, ManyCallsAtOnceOnOneConnectionKeepTheirCaller) {
  auto channel = ConnectAs(kPerson, {kViewers}, path_);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < 50; ++call) {
        EchoResponse response;
        if (Call(channel, &Stub::Read, &response).ok() && response.principal() == "uid:61200") ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 8 * 50);
}

TEST_F(ServeTest, AnswersProcessServiceAndHealth) {
  auto channel = UnixChannel(path_);
  auto stub = service::v1::ProcessService::NewStub(channel);
  grpc::ClientContext context;
  SetDeadline(&context);
  service::v1::GetBuildInfoResponse build;
  ASSERT_TRUE(stub->GetBuildInfo(&context, {}, &build).ok());
  EXPECT_EQ(build.process(), "iked");
  EXPECT_EQ(build.version(), "0.1.0");

  grpc::ClientContext check;
  SetDeadline(&check);
  grpc::health::v1::HealthCheckResponse health;
  ASSERT_TRUE(grpc::health::v1::Health::NewStub(channel)->Check(&check, {}, &health).ok());
  EXPECT_EQ(health.status(), grpc::health::v1::HealthCheckResponse::SERVING);

  grpc::ClientContext wrong;
  SetDeadline(&wrong);
  service::v1::SetLogLevelResponse level;
  EXPECT_EQ(stub->SetLogLevel(&wrong, {}, &level).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServeTest, ClientFindsTheSuccessorOfAProcessThatDied) {
  auto channel = UnixChannel(path_);
  ASSERT_TRUE(Call(channel, &Stub::Read).ok());
  host_.reset();
  EXPECT_EQ(Call(channel, &Stub::Read).error_code(), grpc::StatusCode::UNAVAILABLE);
  Serve();  // takes over the path of the dead one
  grpc::ClientContext context;
  SetDeadline(&context, absl::Seconds(5), /*wait=*/true);
  EchoResponse response;
  EXPECT_TRUE(Stub(channel).Read(&context, {}, &response).ok());
}

}  // namespace
}  // namespace culvert::daemon
