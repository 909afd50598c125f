// SPDX-License-Identifier: Apache-2.0
// The stream to espd, against a stand-in for espd that can be killed and started again on a real Unix socket.
#include "services/sad/datapath/userspace.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <stdlib.h>
#include <unistd.h>

#include <map>

#include "culvert/datapath/v1/datapath.grpc.pb.h"
#include "libs/daemon/channel.h"
#include "libs/daemon/serve.h"
#include "libs/daemon/unix_listener.h"
#include "services/sad/database/database.h"
#include "services/sad/datapath/convert.h"
#include "services/sad/testing/fixtures.h"

namespace culvert::sad {
namespace {

using ::testing::ElementsAre;

// Keeps what it is told, as espd does; forgets all of it when a test says so.
class Espd final : public pb::DatapathService::Service {
 public:
  grpc::Status Drive(grpc::ServerContext*, grpc::ServerReaderWriter<pb::DriveResponse, pb::DriveRequest>* s) override {
    pb::DriveRequest request;
    while (s->Read(&request)) {
      pb::DriveResponse response;
      absl::MutexLock lock(&mutex);
      for (const auto& operation : request.operations()) {
        response.add_results()->set_sequence(operation.sequence());
        if (operation.has_install()) {
          keys = operation.install().inbound().encryption_key();
          pb::ChildSa& sa = sas[operation.install().id()];
          sa = operation.install();
          sa.mutable_inbound()->clear_encryption_key();
          sa.mutable_outbound()->clear_encryption_key();
          if (seen_by_peer) response.add_events()->mutable_first_inbound()->set_child_sa(operation.install().id());
        }
        if (operation.has_retire()) sas.erase(operation.retire().id());
        if (operation.has_set_policies()) policies = operation.set_policies();
      }
      s->Write(response);
    }
    return grpc::Status::OK;
  }
  grpc::Status GetCapabilities(grpc::ServerContext*, const pb::GetCapabilitiesRequest*,
                               pb::DatapathCapabilities* response) override {
    response->set_name("userspace");
    response->set_prefers_udp(true);
    return grpc::Status::OK;
  }
  grpc::Status ListSas(grpc::ServerContext*, const pb::ListSasRequest*, pb::ListSasResponse* response) override {
    absl::MutexLock lock(&mutex);
    for (const auto& [id, sa] : sas) *response->add_sas() = sa;
    return grpc::Status::OK;
  }
  grpc::Status ReadCounters(grpc::ServerContext*, const pb::ReadCountersRequest*,
                            pb::ReadCountersResponse* response) override {
    auto* sa = response->add_sas();
    sa->set_id(1);
    sa->set_bytes_in(42);
    (*sa->mutable_drops_in())["replay"] = 3;
    return grpc::Status::OK;
  }
  uint64_t Policies() {
    absl::MutexLock lock(&mutex);
    return policies.generation();
  }

  absl::Mutex mutex;
  std::map<uint64_t, pb::ChildSa> sas;
  pb::PolicySet policies;
  std::string keys;
  bool seen_by_peer = false;  // each install is followed by its first inbound packet
};

class UserspaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/culvert-espd-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    path_ = std::string(directory) + "/espd.sock";
    Serve();
    datapath_.emplace(daemon::UnixChannel(path_));
    database_.emplace(*datapath_, clock_, rng_);
    database_->SetEventSink([this](const DatapathEvent& event) {
      absl::MutexLock lock(&mutex_);
      events_.push_back(event);
    });
    database_->SetGeneration(MakeGeneration(1, {MakeTunnel()}));
    database_->Start();
    // Now, or when espd can be reached.
    database_->SetPolicies({7, {{.tunnel = "to-b"}}}).IgnoreError();
    ASSERT_TRUE(Eventually([&] { return espd_.Policies() == 7; }));
    spis_ = *database_->LeaseSpis(8);
  }
  void TearDown() override {
    datapath_->Stop();
    host_.reset();
    unlink(path_.c_str());
    rmdir(path_.substr(0, path_.rfind('/')).c_str());
  }
  void Serve() {
    auto listener = daemon::BindUnix({.path = path_});
    ASSERT_TRUE(listener.ok()) << listener.status();
    auto host = daemon::ServiceHost::Start(
        {.process = "espd", .rules = daemon::CallerRules(61000, geteuid(), {}, {}), .listener = *std::move(listener)},
        {&espd_});
    ASSERT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
  }
  absl::Status Install(uint64_t id) {
    ChildSa sa = MakeChildSa(id, spis_[id]);
    sa.inbound.encryption = base::Secret::CopyOf(base::AsBytes("0123456789abcdef0123456789abcdefsalt"));
    std::vector<SaOperation> batch;
    batch.emplace_back(std::move(sa));
    return database_->Apply(std::move(batch)).at(0);
  }
  bool Eventually(const std::function<bool()>& condition) {
    for (const absl::Time end = absl::Now() + absl::Seconds(10); absl::Now() < end;
         absl::SleepFor(absl::Milliseconds(5))) {
      if (condition()) return true;
    }
    return false;
  }
  std::vector<DatapathEvent> Events() {
    absl::MutexLock lock(&mutex_);
    return events_;
  }

  std::string path_;
  Espd espd_;
  std::unique_ptr<daemon::ServiceHost> host_;
  ManualClock clock_;
  CountingRng rng_;
  std::optional<UserspaceDatapath> datapath_;
  std::optional<Database> database_;
  std::vector<uint32_t> spis_;
  absl::Mutex mutex_;
  std::vector<DatapathEvent> events_;
};

TEST_F(UserspaceTest, DrivesEspd) {
  EXPECT_TRUE(database_->Probe()->prefers_udp);
  EXPECT_EQ(espd_.Policies(), 7u);
  {
    absl::MutexLock lock(&espd_.mutex);
    espd_.seen_by_peer = true;
  }
  EXPECT_TRUE(Install(1).ok());
  EXPECT_EQ(espd_.keys, "0123456789abcdef0123456789abcdefsalt");
  EXPECT_TRUE(Eventually([&] { return Events() == std::vector<DatapathEvent>{FirstInbound{1}}; }));
  EXPECT_EQ(database_->ReadTraffic().tunnels.at(0).totals.bytes_in, 42u);
  EXPECT_EQ(datapath_->List()->sas.at(0), MakeChildSa(1, spis_[1]).info) << "there and back";
}

TEST_F(UserspaceTest, AnEspdThatLostItsPairs) {
  ASSERT_TRUE(Install(1).ok());
  host_.reset();
  {
    absl::MutexLock lock(&espd_.mutex);
    espd_.sas.clear();
    espd_.policies.Clear();
    espd_.keys.clear();
  }
  Serve();
  EXPECT_TRUE(Eventually([&] { return Events() == std::vector<DatapathEvent>{Expire{1, true}}; }));
  EXPECT_TRUE(Eventually([&] { return espd_.Policies() == 7; })) << "policies come again";
  {
    absl::MutexLock lock(&espd_.mutex);
    EXPECT_EQ(espd_.keys, "") << "keys never do";
  }
  EXPECT_TRUE(Install(2).ok());
}

TEST_F(UserspaceTest, AnEspdWithAJournal) {
  ASSERT_TRUE(Install(1).ok());
  host_.reset();
  {
    absl::MutexLock lock(&espd_.mutex);
    espd_.policies.Clear();
  }
  Serve();
  EXPECT_TRUE(Eventually([&] { return espd_.Policies() == 7; }));
  EXPECT_TRUE(Install(2).ok());
  EXPECT_THAT(Events(), ElementsAre());
  EXPECT_EQ(database_->List("").size(), 2u);
}

}  // namespace
}  // namespace culvert::sad
