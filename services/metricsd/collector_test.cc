// SPDX-License-Identifier: Apache-2.0
// A real scrape over HTTP, of services of the test's own.
#include "services/metricsd/collector.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <prometheus/exposer.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "libs/base/unique_fd.h"
#include "libs/daemon/channel.h"

namespace culvert::metricsd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class FakeConfigd : public config::v1::ConfigService::Service {
 public:
  grpc::Status GetApplyStatus(grpc::ServerContext*, const config::v1::GetApplyStatusRequest*,
                              config::v1::GetApplyStatusResponse* response) override {
    response->set_revision(7);
    response->set_commits_ok(3);
    return grpc::Status::OK;
  }
};

class FakeSnapshots : public config::v1::SnapshotService::Service {
 public:
  grpc::Status WatchMetrics(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<config::v1::MetricsSnapshot, config::v1::SnapshotStatus>* stream) override {
    config::v1::MetricsSnapshot snapshot;
    snapshot.set_generation(1);
    auto* tunnel = snapshot.add_tunnels();
    tunnel->set_name("to-b");
    tunnel->set_enabled(true);
    stream->Write(snapshot);
    config::v1::SnapshotStatus status;
    while (stream->Read(&status)) {
      if (status.generation() == 1 && !taken_over.HasBeenNotified()) taken_over.Notify();
    }
    return grpc::Status::OK;
  }

  absl::Notification taken_over;
};

class FakeIked : public ike::v1::IkeService::Service {
 public:
  grpc::Status ListTunnels(grpc::ServerContext*, const ike::v1::ListTunnelsRequest*,
                           ike::v1::ListTunnelsResponse* response) override {
    auto* tunnel = response->add_tunnels();
    tunnel->set_name("to-b");
    tunnel->set_state(ike::v1::TunnelState::UP);
    return grpc::Status::OK;
  }
  grpc::Status GetIkeCounters(grpc::ServerContext*, const ike::v1::GetIkeCountersRequest*,
                              ike::v1::GetIkeCountersResponse* response) override {
    auto* counter = response->add_counters();
    counter->set_name("ipsec_ike_cookies_sent_total");
    counter->set_value(cookies);
    return grpc::Status::OK;
  }

  std::atomic<uint64_t> cookies = 5;
};

class FakeSad : public sad::v1::SadService::Service {
 public:
  grpc::Status GetCounters(grpc::ServerContext*, const sad::v1::GetCountersRequest*,
                           sad::v1::GetCountersResponse* response) override {
    auto* tunnel = response->add_tunnels();
    tunnel->set_tunnel("to-b");
    tunnel->set_packets_in(9);
    return grpc::Status::OK;
  }
  grpc::Status GetCapabilities(grpc::ServerContext*, const sad::v1::GetCapabilitiesRequest*,
                               sad::v1::GetCapabilitiesResponse* response) override {
    response->mutable_datapath()->set_name("userspace");
    return grpc::Status::OK;
  }
};

class FakeCulvertd : public service::v1::SupervisorService::Service {
 public:
  grpc::Status ListProcesses(grpc::ServerContext*, const service::v1::ListProcessesRequest*,
                             service::v1::ListProcessesResponse* response) override {
    auto* process = response->add_processes();
    process->set_name("iked");
    process->set_pid(42);
    process->set_restarts(1);
    return grpc::Status::OK;
  }
};

class CollectorTest : public ::testing::Test {
 protected:
  CollectorTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "metricsd-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    configd_server_ = Serve("configd", {&configd_, &snapshots_});
    iked_server_ = Serve("iked", {&iked_});
    sad_server_ = Serve("sad", {&sad_});
    culvertd_server_ = Serve("culvertd", {&culvertd_});
    collector_ = std::make_shared<Collector>(
        SourceChannels{Channel("configd"), Channel("culvertd"), Channel("iked"), Channel("sad")}, Detail::kNormal);
    exposer_ = std::make_unique<prometheus::Exposer>("127.0.0.1:0");
    exposer_->RegisterCollectable(collector_);
    snapshots_.taken_over.WaitForNotification();
  }
  ~CollectorTest() override {
    exposer_.reset();
    collector_.reset();
    for (auto* server : {&configd_server_, &iked_server_, &sad_server_, &culvertd_server_}) {
      if (*server) (*server)->Shutdown();
    }
    std::filesystem::remove_all(directory_);
  }

  std::string Path(const std::string& process) const {
    return absl::StrCat(directory_.string(), "/", process, ".sock");
  }
  std::shared_ptr<grpc::Channel> Channel(const std::string& process) const {
    return daemon::UnixChannel(Path(process));
  }
  std::unique_ptr<grpc::Server> Serve(const std::string& process, const std::vector<grpc::Service*>& services) const {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("unix:", Path(process)), grpc::InsecureServerCredentials());
    for (grpc::Service* service : services) builder.RegisterService(service);
    return builder.BuildAndStart();
  }

  // GET /metrics, as Prometheus does.
  std::string Scrape() const {
    const base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(exposer_->GetListeningPorts().front()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    const std::string request = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
    EXPECT_EQ(send(fd.get(), request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    std::string answer;
    char buffer[65536];
    for (ssize_t n; (n = recv(fd.get(), buffer, sizeof(buffer), 0)) > 0;) answer.append(buffer, static_cast<size_t>(n));
    const size_t body = answer.find("\r\n\r\n");
    return body == std::string::npos ? answer : answer.substr(body + 4);
  }

  std::filesystem::path directory_;
  FakeConfigd configd_;
  FakeSnapshots snapshots_;
  FakeIked iked_;
  FakeSad sad_;
  FakeCulvertd culvertd_;
  std::unique_ptr<grpc::Server> configd_server_, iked_server_, sad_server_, culvertd_server_;
  std::shared_ptr<Collector> collector_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

TEST_F(CollectorTest, AScrapeHoldsWhatEverySourceSays) {
  EXPECT_THAT(
      Scrape(),
      AllOf(HasSubstr("# TYPE ipsec_tunnel_up gauge\n"), HasSubstr("# HELP ipsec_tunnel_up "),
            HasSubstr("ipsec_tunnel_up{tunnel=\"to-b\"} 1\n"), HasSubstr("ipsec_config_revision 7\n"),
            HasSubstr("ipsec_config_commits_total{result=\"ok\"} 3\n"), HasSubstr("ipsec_ike_cookies_sent_total 5\n"),
            HasSubstr("ipsec_child_packets_total{tunnel=\"to-b\",child=\"to-b\",direction=\"in\"} 9\n"),
            HasSubstr("datapath=\"userspace\"} 1\n"), HasSubstr("ipsec_process_restarts_total{process=\"iked\"} 1\n"),
            HasSubstr("ipsec_source_up{process=\"iked\"} 1\n")));
}

TEST_F(CollectorTest, ADeadSourceKeepsItsLastValuesAndSaysSo) {
  Scrape();
  iked_server_->Shutdown();
  iked_server_.reset();
  sad_server_->Shutdown();
  sad_server_.reset();
  EXPECT_THAT(Scrape(), AllOf(HasSubstr("ipsec_source_up{process=\"iked\"} 0\n"),
                              HasSubstr("ipsec_source_up{process=\"sad\"} 0\n"),
                              HasSubstr("ipsec_source_up{process=\"configd\"} 1\n"),
                              HasSubstr("ipsec_ike_cookies_sent_total 5\n"), HasSubstr("direction=\"in\"} 9\n")));
}

TEST_F(CollectorTest, ARestartedIkedTakesNoCounterBack) {
  Scrape();
  iked_.cookies = 2;
  EXPECT_THAT(Scrape(), HasSubstr("ipsec_ike_cookies_sent_total 7\n"));
}

TEST_F(CollectorTest, PromtoolFindsNothingToSay) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0)
    FAIL() << "promtool is not installed; ./dev setup does that";
  FILE* promtool = popen("promtool check metrics", "w");
  ASSERT_NE(promtool, nullptr);
  const std::string text = Scrape();
  fwrite(text.data(), 1, text.size(), promtool);
  EXPECT_EQ(pclose(promtool), 0) << text;
}

}  // namespace
}  // namespace culvert::metricsd
