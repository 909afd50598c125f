// SPDX-License-Identifier: Apache-2.0
// configd's services over a real socket, as the other processes meet them.
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "libs/daemon/channel.h"
#include "libs/daemon/serve.h"
#include "libs/daemon/unix_listener.h"
#include "services/configd/service/config_service.h"
#include "services/configd/service/snapshot_service.h"
#include "services/configd/text/configuration_text.h"

namespace culvert::configd {
namespace {

constexpr char kOneTunnel[] = R"(
tunnels:
  - { name: to-b, enabled: true, profile: MODERN, remote: { endpoint: 192.0.2.2, identifier: gw-b.example } }
secrets:
  - { name: psk-b, psk: "correct horse battery staple", selectors: [gw-b.example] }
)";

std::string MadeDirectory(std::string path) {
  std::filesystem::create_directories(path);
  return path;
}

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    EXPECT_TRUE(transactions_.Start().ok());
    timer_.emplace(&transactions_);
    config_service_.emplace(&transactions_, &*timer_);
    auto listener = daemon::BindUnix({.path = socket_});
    EXPECT_TRUE(listener.ok()) << listener.status();
    daemon::ServeOptions options{
        .process = "configd", .rules = daemon::CallerRules::ForThisHost(64200), .listener = *std::move(listener)};
    host_ = daemon::ServiceHost::Start(std::move(options), {&*config_service_, &snapshot_service_}).value();
  }
  ~ServiceTest() override {
    host_.reset();
    std::filesystem::remove_all(directory_);
  }

  config::v1::ApplyRequest Request() {
    config::v1::ApplyRequest request;
    request.mutable_candidate()->CopyFrom(ReadConfiguration(kOneTunnel, {}).configuration);
    return request;
  }

  const std::string directory_ = MadeDirectory(absl::StrCat(testing::TempDir(), "/configd-", getpid()));
  const std::string socket_ = absl::StrCat(directory_, "/configd.sock");
  base::SystemRng rng_;
  base::SystemClock clock_;
  std::unique_ptr<Store> store_ = Store::Open(absl::StrCat(directory_, "/config"), &rng_).value();
  SnapshotBoard board_;
  Transactions transactions_{store_.get(), &board_, &clock_, [] { return absl::StatusOr<HostFacts>(HostFacts()); }};
  std::optional<RevertTimer> timer_;
  std::optional<ConfigService> config_service_;
  SnapshotService snapshot_service_{&board_};
  std::unique_ptr<daemon::ServiceHost> host_;
};

TEST_F(ServiceTest, AReaderGetsTheNewestAtOnceAndThenEachNewOne) {
  const auto channel = daemon::UnixChannel(socket_);
  const auto snapshots = config::v1::SnapshotService::NewStub(channel);
  const auto configuration = config::v1::ConfigService::NewStub(channel);
  grpc::ClientContext watching;
  daemon::SetDeadline(&watching, absl::Seconds(20), true);
  const auto stream = snapshots->WatchIke(&watching);

  config::v1::IkeSnapshot snapshot;
  ASSERT_TRUE(stream->Read(&snapshot));
  EXPECT_EQ(snapshot.generation(), 1u);
  EXPECT_EQ(snapshot.tunnels_size(), 0);

  grpc::ClientContext applying;
  daemon::SetDeadline(&applying);
  config::v1::ApplyResponse applied;
  const grpc::Status status = configuration->Apply(&applying, Request(), &applied);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_TRUE(stream->Read(&snapshot));
  EXPECT_EQ(snapshot.generation(), 2u);
  EXPECT_EQ(snapshot.revision(), applied.revision());
  EXPECT_EQ(snapshot.tunnels(0).name(), "to-b");

  config::v1::SnapshotStatus running;
  running.set_generation(2);
  ASSERT_TRUE(stream->Write(running));
  config::v1::GetApplyStatusResponse told;
  do {
    grpc::ClientContext asking;
    daemon::SetDeadline(&asking);
    ASSERT_TRUE(configuration->GetApplyStatus(&asking, {}, &told).ok());
  } while (told.services(0).generation() != 2);
  EXPECT_TRUE(told.services(0).connected());
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ServiceTest, NobodyConfirmsAndTheTimerTakesItBack) {
  const auto configuration = config::v1::ConfigService::NewStub(daemon::UnixChannel(socket_));
  config::v1::ApplyRequest request = Request();
  request.mutable_confirm_within()->set_seconds(1);
  grpc::ClientContext applying;
  daemon::SetDeadline(&applying, absl::Seconds(5), true);
  config::v1::ApplyResponse applied;
  ASSERT_TRUE(configuration->Apply(&applying, request, &applied).ok());
  EXPECT_EQ(applied.revision(), 1);
  config::v1::GetConfigurationResponse running;
  const absl::Time patience = absl::Now() + absl::Seconds(10);
  do {
    grpc::ClientContext asking;
    daemon::SetDeadline(&asking);
    ASSERT_TRUE(configuration->GetConfiguration(&asking, {}, &running).ok());
  } while (running.revision() != 0 && absl::Now() < patience);
  EXPECT_EQ(running.revision(), 0);
  EXPECT_EQ(running.configuration().tunnels_size(), 0);
}

}  // namespace
}  // namespace culvert::configd
