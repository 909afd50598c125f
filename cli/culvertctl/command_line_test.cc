// SPDX-License-Identifier: Apache-2.0
// The whole of culvertctl against a daemon of the test's own: what is typed, what is printed, how it exits.
#include "cli/culvertctl/command_line.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "cli/culvertctl/exit_code.h"
#include "culvert/config/v1/config_service.grpc.pb.h"
#include "culvert/ike/v1/ike.grpc.pb.h"
#include "google/rpc/status.pb.h"
#include "libs/daemon/status.h"

namespace culvert::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kSite[] = R"(tunnels:
  - name: to-b
    enabled: true
    profile: MODERN
    local: {address: 192.0.2.1, identifier: gw-a.example, subnets: [10.1.0.0/24]}
    remote: {endpoint: 192.0.2.2, identifier: gw-b.example, subnets: [10.2.0.0/24]}
    authentication: {psk: {}}
secrets:
  - {name: psk-b, psk: "correct horse battery staple"}
)";

class FakeIke : public ike::v1::IkeService::Service {
 public:
  grpc::Status ListTunnels(grpc::ServerContext*, const ike::v1::ListTunnelsRequest*,
                           ike::v1::ListTunnelsResponse* response) override {
    *response = tunnels;
    return grpc::Status::OK;
  }
  grpc::Status ListIkeSas(grpc::ServerContext*, const ike::v1::ListIkeSasRequest*,
                          ike::v1::ListIkeSasResponse* response) override {
    *response = sas;
    return grpc::Status::OK;
  }
  grpc::Status Initiate(grpc::ServerContext*, const ike::v1::InitiateRequest* request,
                        grpc::ServerWriter<ike::v1::InitiateProgress>* writer) override {
    initiated = *request;
    for (const auto& each : progress) writer->Write(each);
    return initiate_status;
  }
  grpc::Status Rekey(grpc::ServerContext*, const ike::v1::RekeyRequest* request,
                     ike::v1::RekeyResponse* response) override {
    rekeyed = *request;
    response->set_child_sas(2);
    return grpc::Status::OK;
  }
  grpc::Status WatchEvents(grpc::ServerContext*, const ike::v1::WatchEventsRequest*,
                           grpc::ServerWriter<ike::v1::Event>* writer) override {
    for (const auto& each : events) writer->Write(each);
    return grpc::Status::OK;
  }

  ike::v1::ListTunnelsResponse tunnels;
  ike::v1::ListIkeSasResponse sas;
  ike::v1::InitiateRequest initiated;
  std::vector<ike::v1::InitiateProgress> progress;
  grpc::Status initiate_status;
  ike::v1::RekeyRequest rekeyed;
  std::vector<ike::v1::Event> events;
};

class FakeConfig : public config::v1::ConfigService::Service {
 public:
  grpc::Status Apply(grpc::ServerContext*, const config::v1::ApplyRequest* request,
                     config::v1::ApplyResponse* response) override {
    applied = *request;
    response->set_revision(8);
    auto* change = response->mutable_plan()->add_changes();
    change->set_tunnel("to-b");
    change->set_kind(config::v1::Plan::Kind::ADDED);
    return daemon::ToGrpc(apply_status);
  }
  grpc::Status GetConfiguration(grpc::ServerContext*, const config::v1::GetConfigurationRequest*,
                                config::v1::GetConfigurationResponse* response) override {
    *response->mutable_configuration() = applied.candidate();
    return grpc::Status::OK;
  }
  grpc::Status ListRevisions(grpc::ServerContext*, const config::v1::ListRevisionsRequest* request,
                             config::v1::ListRevisionsResponse* response) override {
    auto* revision = response->add_revisions();
    if (request->page_token().empty()) {
      revision->set_revision(8);
      revision->set_running(true);
      response->set_next_page_token("more");
    } else {
      revision->set_revision(7);
    }
    revision->set_principal("uid:0");
    return grpc::Status::OK;
  }

  grpc::Status ExplainSecret(grpc::ServerContext*, const config::v1::ExplainSecretRequest* request,
                             config::v1::ExplainSecretResponse* response) override {
    explained = *request;
    auto* candidate = response->add_candidates();
    candidate->set_secret("by-address");
    candidate->set_used(true);
    candidate->set_reason("selector 192.0.2.2 equals the remote address");
    return grpc::Status::OK;
  }

  config::v1::ApplyRequest applied;
  config::v1::ExplainSecretRequest explained;
  absl::Status apply_status;
};

class CulvertctlTest : public ::testing::Test {
 protected:
  CulvertctlTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "culvertctl-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    socket_ = (directory_ / "api.sock").string();
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("unix:", socket_), grpc::InsecureServerCredentials());
    builder.RegisterService(&ike_);
    builder.RegisterService(&config_);
    server_ = builder.BuildAndStart();
  }
  ~CulvertctlTest() override {
    server_->Shutdown();
    std::filesystem::remove_all(directory_);
  }

  // Runs `culvertctl --target … WORDS`.
  int Ctl(std::vector<std::string> words) {
    words.insert(words.begin(), {"culvertctl", "--target", absl::StrCat("unix:", socket_)});
    std::vector<const char*> argv;
    for (const auto& word : words) argv.push_back(word.c_str());
    std::ostringstream out;
    std::ostringstream err;
    const int code = ctl::Run(static_cast<int>(argv.size()), argv.data(), out, err);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  std::string File(const std::string& text) {
    const std::string path = (directory_ / "site.yaml").string();
    std::ofstream(path) << text;
    return path;
  }

  ike::v1::Tunnel* AddTunnel(const std::string& name, ike::v1::TunnelState::Value state) {
    auto* tunnel = ike_.tunnels.add_tunnels();
    tunnel->set_name(name);
    tunnel->set_state(state);
    tunnel->set_enabled(true);
    tunnel->set_remote_endpoint("192.0.2.2");
    return tunnel;
  }

  std::filesystem::path directory_;
  std::string socket_;
  FakeIke ike_;
  FakeConfig config_;
  std::unique_ptr<grpc::Server> server_;
  std::string out_;
  std::string err_;
};

TEST_F(CulvertctlTest, ValidateNamesFileLineFieldAndWhatToDo) {
  const std::string broken = absl::StrCat(kSite, "tunels: []\n");
  EXPECT_EQ(Ctl({"validate", "-f", File(broken)}), kInvalid);
  EXPECT_THAT(out_, HasSubstr("site.yaml:10: error: tunels: "));
  EXPECT_THAT(out_, HasSubstr("\"tunnels\""));
  EXPECT_THAT(out_, HasSubstr("invalid: 1 error"));

  EXPECT_EQ(Ctl({"validate", "-f", File(kSite)}), kDone);
  EXPECT_THAT(out_, HasSubstr(": valid: "));
  EXPECT_EQ(Ctl({"validate", "-f", (directory_ / "absent.yaml").string()}), kFailed);
}

TEST_F(CulvertctlTest, ApplySendsTheWholeFileAndShowsThePlan) {
  EXPECT_EQ(Ctl({"apply", "-f", File(kSite), "--confirm-within", "10m", "--comment", "first"}), kDone);
  EXPECT_EQ(config_.applied.candidate().tunnels(0).name(), "to-b");
  EXPECT_EQ(config_.applied.confirm_within().seconds(), 600);
  EXPECT_EQ(config_.applied.comment(), "first");
  EXPECT_FALSE(config_.applied.validate_only());
  EXPECT_THAT(out_, AllOf(HasSubstr("Revision 8 runs."), HasSubstr("+ to-b: added")));

  EXPECT_EQ(Ctl({"apply", "-f", File(kSite), "--dry-run"}), kDone);
  EXPECT_TRUE(config_.applied.validate_only());
  EXPECT_THAT(out_, HasSubstr("Nothing was changed"));
}

TEST_F(CulvertctlTest, AFileThatCannotBeReadNeverReachesTheDaemon) {
  EXPECT_EQ(Ctl({"apply", "-f", File("tunnels: 5\n")}), kInvalid);
  EXPECT_FALSE(config_.applied.has_candidate());
}

TEST_F(CulvertctlTest, WhatTheDaemonRefusesGetsTheLineOfTheFile) {
  config_.apply_status = daemon::WithFieldViolations(
      absl::InvalidArgumentError("1 error"),
      {{"tunnels[to-b].local.address", "192.0.2.1 is not on this box", "ADDRESS_NOT_LOCAL"}});
  const std::string file = File(kSite);
  EXPECT_EQ(Ctl({"apply", "-f", file}), kInvalid);
  EXPECT_THAT(out_, HasSubstr(absl::StrCat(file,
                                           ":5: error: tunnels[to-b].local.address: 192.0.2.1 is not on this "
                                           "box [ADDRESS_NOT_LOCAL]")));

  EXPECT_EQ(Ctl({"-o", "json", "apply", "-f", file}), kInvalid);
  google::rpc::Status error;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(err_, &error).ok()) << err_;
  EXPECT_EQ(error.code(), 3);
  EXPECT_EQ(error.details_size(), 1);
}

TEST_F(CulvertctlTest, AnExportHasNoSecretsAndIsAFileAgain) {
  ASSERT_EQ(Ctl({"apply", "-f", File(kSite)}), kDone);
  ASSERT_EQ(Ctl({"export"}), kDone);
  EXPECT_THAT(out_, AllOf(HasSubstr("name: to-b"), Not(HasSubstr("correct horse"))));
  EXPECT_EQ(Ctl({"validate", "-f", File(out_)}), kDone) << out_;
}

TEST_F(CulvertctlTest, RevisionListFollowsItsPages) {
  ASSERT_EQ(Ctl({"revision", "list"}), kDone);
  EXPECT_THAT(out_, AllOf(HasSubstr("8"), HasSubstr("running"), HasSubstr("\n       7")));
}

TEST_F(CulvertctlTest, StatusSaysWhyATunnelIsDown) {
  auto* up = AddTunnel("to-b", ike::v1::TunnelState::UP);
  auto* sa = up->add_ike_sas();
  sa->set_state("ESTABLISHED");
  sa->set_remote_host("192.0.2.2");
  sa->set_suite("aes256gcm16-prfsha384-x25519");
  sa->add_child_sas()->set_bytes_in(1'500'000);
  auto* down = AddTunnel("to-c", ike::v1::TunnelState::BACKOFF);
  down->set_reason(ike::v1::TunnelReason::NEGOTIATION_FAILED);
  down->mutable_last_diagnosis()->set_summary("the pre-shared keys differ");

  EXPECT_EQ(Ctl({"status"}), kDone);
  EXPECT_THAT(out_, HasSubstr("to-b    UP                            192.0.2.2  aes256gcm16-prfsha384-x25519"));
  EXPECT_THAT(out_, HasSubstr("1.5 MB"));
  EXPECT_THAT(out_, HasSubstr("to-c    BACKOFF (NEGOTIATION_FAILED)"));
  EXPECT_THAT(out_, HasSubstr("\n    the pre-shared keys differ → culvertctl explain to-c\n"));
  EXPECT_THAT(out_, HasSubstr("2 tunnels, 1 up\n"));

  EXPECT_EQ(Ctl({"status", "-o", "json"}), kDone);
  ike::v1::ListTunnelsResponse response;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(out_, &response).ok());
  EXPECT_EQ(response.tunnels_size(), 2);
  EXPECT_THAT(out_, HasSubstr("\"bytes_in\": \"1500000\""));
}

struct UpCase {
  const char* what;
  bool done, established, diagnosed;
  grpc::Status status;
  int exit_code;
  const char* says;
};

TEST_F(CulvertctlTest, UpEndsAsTheTunnelDoes) {
  const UpCase cases[] = {
      {"established", true, true, false, {}, kDone, "IKE_SA_INIT sent"},
      {"failed", true, false, true, {}, kFailed, "PSK_MISMATCH: the pre-shared keys differ"},
      {"neither in time", true, false, false, {}, kTimedOut, ""},
      {"deadline", false, false, false, {grpc::DEADLINE_EXCEEDED, "late"}, kTimedOut, ""},
      {"absent", false, false, false, {grpc::NOT_FOUND, "no tunnel"}, kNotFound, ""},
      {"disabled", false, false, false, {grpc::FAILED_PRECONDITION, "disabled"}, kConflict, ""},
      {"foreign", false, false, false, {grpc::PERMISSION_DENIED, "viewer"}, kPermission, ""},
  };
  for (const UpCase& each : cases) {
    SCOPED_TRACE(each.what);
    ike::v1::InitiateProgress progress;
    progress.set_message("IKE_SA_INIT sent to 192.0.2.2:500");
    progress.set_done(each.done);
    progress.set_established(each.established);
    if (each.diagnosed) {
      progress.mutable_diagnosis()->set_code(ike::v1::DiagnosisCode::PSK_MISMATCH);
      progress.mutable_diagnosis()->set_summary("the pre-shared keys differ");
    }
    ike_.progress = {progress};
    ike_.initiate_status = each.status;
    EXPECT_EQ(Ctl({"up", "to-b", "--wait", "3s"}), each.exit_code);
    EXPECT_EQ(ike_.initiated.wait().seconds(), 3);
    EXPECT_THAT(out_, HasSubstr(each.says));
  }
}

TEST_F(CulvertctlTest, RekeyOfAPart) {
  EXPECT_EQ(Ctl({"rekey", "to-b", "--child"}), kDone);
  EXPECT_EQ(ike_.rekeyed.part(), ike::v1::Part::CHILD);
  EXPECT_EQ(out_, "rekeying 0 IKE SAs and 2 CHILD_SAs\n");
  EXPECT_EQ(Ctl({"rekey", "to-b", "--child", "--ike"}), kUsage);
}

TEST_F(CulvertctlTest, EventsAreALineEach) {
  ike::v1::Event event;
  event.set_sequence(1);
  event.set_type(ike::v1::EventType::TUNNEL_STATE);
  event.set_tunnel("to-b");
  event.set_message("is up");
  ike::v1::Event heartbeat;
  heartbeat.set_type(ike::v1::EventType::HEARTBEAT);
  ike_.events = {event, heartbeat};
  EXPECT_EQ(Ctl({"events"}), kDone);
  EXPECT_THAT(out_, AllOf(HasSubstr("TUNNEL_STATE"), HasSubstr("is up\n"), Not(HasSubstr("HEARTBEAT"))));
  EXPECT_EQ(Ctl({"events", "-o", "json"}), kDone);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 2);
}

TEST_F(CulvertctlTest, SaListTellsTheVersionAndHowEachSideProvedItself) {
  auto* sa = ike_.sas.add_ike_sas();
  sa->set_tunnel("legacy");
  sa->set_state("ESTABLISHED");
  sa->set_version(1);
  sa->set_local_auth("psk+xauth");
  sa->set_remote_auth("psk");
  EXPECT_EQ(Ctl({"sa", "list"}), kDone);
  EXPECT_THAT(out_, AllOf(HasSubstr("ESTABLISHED, IKEv1, "), HasSubstr("by psk+xauth, the peer by psk\n")));
}

// fields.md 20.
TEST_F(CulvertctlTest, SecretExplainAsksForAVersionAndAMode) {
  EXPECT_EQ(Ctl({"secret", "explain", "--ike-version", "IKEV1", "--mode", "MAIN", "--remote-address", "192.0.2.2"}),
            kDone);
  EXPECT_EQ(config_.explained.version(), config::v1::IkeVersion::IKEV1);
  EXPECT_EQ(config_.explained.mode(), config::v1::IkeMode::MAIN);
  EXPECT_EQ(config_.explained.remote_address(), "192.0.2.2");
  EXPECT_THAT(out_, AllOf(HasSubstr("by-address"), HasSubstr("equals the remote address")));
  EXPECT_EQ(Ctl({"secret", "explain", "--ike-version", "IKEV3"}), kUsage);
}

TEST_F(CulvertctlTest, UnreachableDaemonAndWrongUsage) {
  server_->Shutdown();
  EXPECT_EQ(Ctl({"status"}), kUnreachable);
  EXPECT_THAT(err_, HasSubstr("Is culvertd running?"));
  EXPECT_EQ(Ctl({"--target", "192.0.2.9:443", "status"}), kUsage);
  EXPECT_EQ(Ctl({}), kUsage);
  EXPECT_EQ(Ctl({"stats"}), kUsage);
  EXPECT_EQ(Ctl({"up"}), kUsage);
  EXPECT_EQ(Ctl({"up", "to-b", "--wait", "soon"}), kUsage);
  EXPECT_EQ(Ctl({"--help"}), kDone);
  EXPECT_THAT(err_, IsEmpty());
}

}  // namespace
}  // namespace culvert::ctl
