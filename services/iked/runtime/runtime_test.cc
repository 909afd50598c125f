// SPDX-License-Identifier: Apache-2.0
// Two whole runtimes in one process, over real UDP on 127.0.0.1 and 127.0.0.2, each with its own fake sad and configd
// and its own gRPC surface.
#include "services/iked/runtime/runtime.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "services/iked/runtime/ike_service.h"
#include "services/iked/runtime/testing/fake_configd.h"
#include "services/iked/runtime/testing/fake_sad.h"
#include "services/iked/runtime/testing/private_network.h"
#include "services/iked/runtime/testing/snapshots.h"
#include "services/iked/runtime/testing/unix_server.h"

namespace culvert::iked {
namespace {

using ::testing::HasSubstr;

class Gateway {
 public:
  explicit Gateway(const char* address) {
    sad_.set_addresses({address});
    const auto channel = neighbours_.Channel();
    runtime_ = Runtime::Start({.clock = clock_,
                               .rng = rng_,
                               .sockets = testing::IkeSockets(address),
                               .probe = RouteProbe(base::UniqueFd(), base::UniqueFd()),
                               .configd = channel,
                               .sad = channel,
                               .fetchd = channel,
                               .workers = 1})
                   .value();
    service_ = std::make_unique<IkeService>(*runtime_, channel, clock_);
    grpc::ServerBuilder surface;
    surface.RegisterService(service_.get());
    surface_ = surface.BuildAndStart();
    stub_ = ike::v1::IkeService::NewStub(surface_->InProcessChannel(grpc::ChannelArguments()));
  }
  ~Gateway() {
    surface_->Shutdown(std::chrono::system_clock::now());
    runtime_.reset();
    neighbours_.Stop();
  }

  testing::FakeSad& sad() { return sad_; }
  testing::FakeConfigd& configd() { return configd_; }
  Runtime& runtime() { return *runtime_; }
  ike::v1::IkeService::Stub& stub() { return *stub_; }

  ike::v1::Tunnel Tunnel(const std::string& name) {
    grpc::ClientContext context;
    ike::v1::ListTunnelsRequest request;
    request.set_name(name);
    ike::v1::ListTunnelsResponse response;
    const grpc::Status status = stub_->ListTunnels(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.tunnels_size() == 1 ? response.tunnels(0) : ike::v1::Tunnel();
  }

 private:
  base::SystemClock clock_;
  base::SystemRng rng_;
  testing::FakeSad sad_;
  testing::FakeConfigd configd_;
  testing::UnixServer neighbours_{&sad_, &configd_};
  std::unique_ptr<Runtime> runtime_;
  std::unique_ptr<IkeService> service_;
  std::unique_ptr<grpc::Server> surface_;
  std::unique_ptr<ike::v1::IkeService::Stub> stub_;
};

// A WatchEvents stream, read until something is heard.
class Watcher {
 public:
  explicit Watcher(Gateway& gateway, const std::string& resume_token = "") {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    ike::v1::WatchEventsRequest request;
    request.set_resume_token(resume_token);
    reader_ = gateway.stub().WatchEvents(&context_, request);
  }
  ~Watcher() { context_.TryCancel(); }

  // The next event for which `wanted` is true; an empty one where the stream ended before.
  template <typename Wanted>
  ike::v1::Event Until(Wanted wanted) {
    ike::v1::Event event;
    while (reader_->Read(&event)) {
      if (wanted(event)) return event;
    }
    return ike::v1::Event();
  }
  ike::v1::Event UntilState(ike::v1::TunnelState::Value state) {
    return Until([state](const auto& e) { return e.has_tunnel_state() && e.tunnel_state().state() == state; });
  }
  ike::v1::Event UntilType(ike::v1::EventType::Value type) {
    return Until([type](const auto& e) { return e.type() == type; });
  }
  grpc::Status Finish() { return reader_->Finish(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<ike::v1::Event>> reader_;
};

class RuntimeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static const bool entered = testing::EnterPrivateNetwork();
    if (!entered) FAIL() << "needs CAP_SYS_ADMIN, for a network namespace of its own";
    a_ = std::make_unique<Gateway>("127.0.0.1");
    b_ = std::make_unique<Gateway>("127.0.0.2");
  }

  void Configure(const config::v1::IkeTunnel& tunnel, const std::string& psk_of_b = "correct horse battery staple") {
    b_->configd().Publish(testing::Snapshot(1, {testing::Mirrored(tunnel)}, psk_of_b));
    ASSERT_EQ(b_->configd().WaitForStatus(1), "");
    WaitUntilReady(*b_);
    a_->configd().Publish(testing::Snapshot(1, {tunnel}));
    ASSERT_EQ(a_->configd().WaitForStatus(1), "");
    if (tunnel.startup() == config::v1::Startup::ADD) WaitUntilReady(*a_);
  }

  // Until sad is attached and has leased SPIs a tunnel is BLOCKED, and a peer would be turned away.
  void WaitUntilReady(Gateway& gateway) {
    ASSERT_EQ(Watcher(gateway).UntilState(ike::v1::TunnelState::IDLE).tunnel(), "to-b");
  }

  config::v1::IkeTunnel ToB() { return testing::Tunnel("to-b", "127.0.0.1", "127.0.0.2"); }

  std::unique_ptr<Gateway> a_;
  std::unique_ptr<Gateway> b_;
};

TEST_F(RuntimeTest, TunnelComesUpAndBothSadsHoldTheSameKeys) {
  Watcher watcher(*a_);
  Configure(ToB());
  ASSERT_EQ(watcher.UntilState(ike::v1::TunnelState::UP).tunnel(), "to-b");

  const ike::v1::Tunnel tunnel = a_->Tunnel("to-b");
  ASSERT_EQ(tunnel.ike_sas_size(), 1);
  EXPECT_EQ(tunnel.ike_sas(0).state(), "ESTABLISHED");
  EXPECT_EQ(tunnel.ike_sas(0).suite(), "aes128gcm16-prfsha256-x25519");
  ASSERT_EQ(tunnel.ike_sas(0).child_sas_size(), 1);
  EXPECT_GT(tunnel.ike_sas(0).child_sas(0).bytes_in(), 0u) << "joined from sad";

  ASSERT_TRUE(b_->sad().WaitUntil([&] { return b_->sad().installed().size() == 1; }));
  const auto at_a = a_->sad().installed().begin()->second;
  const auto at_b = b_->sad().installed().begin()->second;
  EXPECT_EQ(at_a.outbound().spi(), at_b.inbound().spi());
  EXPECT_EQ(at_a.outbound().encryption_key(), at_b.inbound().encryption_key());
  EXPECT_EQ(at_b.outbound().spi(), at_a.inbound().spi());
  EXPECT_EQ(at_b.outbound().encryption_key(), at_a.inbound().encryption_key());
  EXPECT_NE(at_a.inbound().encryption_key(), at_a.outbound().encryption_key());
}

TEST_F(RuntimeTest, WrongPskIsExplained) {
  Watcher watcher(*a_);
  Configure(ToB(), "something else entirely");
  ASSERT_EQ(watcher.UntilType(ike::v1::EventType::DIAGNOSIS).tunnel(), "to-b");
  grpc::ClientContext context;
  ike::v1::ExplainRequest request;
  request.set_tunnel("to-b");
  ike::v1::ExplainResponse response;
  ASSERT_TRUE(a_->stub().Explain(&context, request, &response).ok());
  EXPECT_GE(response.history_size(), 1);
  EXPECT_THAT(response.text(), HasSubstr("Tunnel to-b "));
  EXPECT_THAT(response.text(), HasSubstr("PEER_REFUSED_AUTHENTICATION in IKE_AUTH as initiator"));
}

TEST_F(RuntimeTest, OperatorStartsRekeysAndStops) {
  config::v1::IkeTunnel tunnel = ToB();
  tunnel.set_startup(config::v1::Startup::ADD);
  Configure(tunnel);
  {
    grpc::ClientContext context;
    ike::v1::InitiateRequest request;
    request.set_tunnel("to-b");
    request.mutable_wait()->set_seconds(20);
    auto reader = a_->stub().Initiate(&context, request);
    ike::v1::InitiateProgress progress, last;
    while (reader->Read(&progress)) last = progress;
    EXPECT_TRUE(reader->Finish().ok());
    EXPECT_TRUE(last.done());
    EXPECT_TRUE(last.established()) << last.message();
  }
  Watcher watcher(*a_);
  watcher.UntilType(ike::v1::EventType::SNAPSHOT_END);
  {
    grpc::ClientContext context;
    ike::v1::RekeyRequest request;
    request.set_tunnel("to-b");
    request.set_part(ike::v1::Part::CHILD);
    ike::v1::RekeyResponse response;
    const grpc::Status status = a_->stub().Rekey(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.child_sas(), 1u);
  }
  EXPECT_EQ(watcher.UntilType(ike::v1::EventType::CHILD_SA_REKEYED).tunnel(), "to-b");
  {
    grpc::ClientContext context;
    ike::v1::TerminateRequest request;
    request.set_tunnel("to-b");
    ike::v1::TerminateResponse response;
    const grpc::Status status = a_->stub().Terminate(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.ike_sas(), 1u);
  }
  EXPECT_EQ(watcher.UntilState(ike::v1::TunnelState::IDLE).tunnel_state().reason(),
            ike::v1::TunnelReason::OPERATOR_DOWN);
}

TEST_F(RuntimeTest, VerbsOnAnUnknownTunnelAreNotFound) {
  Configure(ToB());
  const auto code = [&](auto call) {
    grpc::ClientContext context;
    return call(&context).error_code();
  };
  EXPECT_EQ(code([&](auto* context) {
              ike::v1::TerminateRequest request;
              request.set_tunnel("nobody");
              ike::v1::TerminateResponse response;
              return a_->stub().Terminate(context, request, &response);
            }),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(code([&](auto* context) {
              ike::v1::ExplainRequest request;
              request.set_tunnel("nobody");
              ike::v1::ExplainResponse response;
              return a_->stub().Explain(context, request, &response);
            }),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(code([&](auto* context) {
              ike::v1::InitiateRequest request;
              request.set_tunnel("nobody");
              auto reader = a_->stub().Initiate(context, request);
              ike::v1::InitiateProgress progress;
              while (reader->Read(&progress)) {
              }
              return reader->Finish();
            }),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(RuntimeTest, DrainTellsThePeer) {
  Watcher at_a(*a_), at_b(*b_);
  Configure(ToB());
  at_a.UntilState(ike::v1::TunnelState::UP);
  a_->runtime().Drain(absl::Seconds(3));
  EXPECT_EQ(at_b.UntilType(ike::v1::EventType::IKE_SA_DELETED).tunnel(), "to-b");
  EXPECT_TRUE(b_->sad().WaitUntil([&] { return b_->sad().installed().empty(); }));
}

TEST_F(RuntimeTest, WatchingResumesWithoutASnapshot) {
  std::string token;
  {
    Watcher watcher(*a_);
    token = watcher.UntilType(ike::v1::EventType::SNAPSHOT_END).resume_token();
  }
  Configure(ToB());
  Watcher resumed(*a_, token);
  const ike::v1::Event first = resumed.Until([](const auto&) { return true; });
  EXPECT_EQ(first.sequence(), 1u);
  EXPECT_NE(first.type(), ike::v1::EventType::SNAPSHOT);
  EXPECT_EQ(resumed.UntilState(ike::v1::TunnelState::UP).tunnel(), "to-b");

  Watcher foreign(*a_, "0000000000000001-1");
  EXPECT_EQ(foreign.Until([](const auto&) { return true; }).sequence(), 0u);
  EXPECT_EQ(foreign.Finish().error_code(), grpc::StatusCode::OUT_OF_RANGE);
}

TEST_F(RuntimeTest, CountersShowTheHandshake) {
  Watcher watcher(*a_);
  Configure(ToB());
  watcher.UntilState(ike::v1::TunnelState::UP);
  grpc::ClientContext context;
  ike::v1::GetIkeCountersResponse response;
  ASSERT_TRUE(a_->stub().GetIkeCounters(&context, {}, &response).ok());
  EXPECT_EQ(response.generation(), 1u);
  uint64_t messages = 0;
  for (const auto& counter : response.counters()) {
    if (counter.name() == "ipsec_ike_messages_total") messages += counter.value();
  }
  EXPECT_GE(messages, 4u);
  ASSERT_EQ(response.handshakes_size(), 6);
  for (const auto& histogram : response.handshakes()) {
    EXPECT_EQ(histogram.counts_size(), histogram.bounds_size() + 1);
    uint64_t count = 0;
    for (uint64_t c : histogram.counts()) count += c;
    EXPECT_EQ(count, histogram.role() == "initiator" ? 1u : 0u) << histogram.phase();
  }
}

TEST_F(RuntimeTest, NothingHappensToATunnelWhileConfigdAndSadAreAway) {
  Watcher watcher(*a_);
  Configure(ToB());
  watcher.UntilState(ike::v1::TunnelState::UP);
  const std::string spi = a_->Tunnel("to-b").ike_sas(0).initiator_spi();
  a_->configd().BreakStream();
  a_->sad().BreakStream();
  ASSERT_TRUE(a_->sad().WaitUntil([&] { return a_->sad().streams() == 2 && a_->configd().streams() == 2; }));
  // The leased SPIs are still good: sad is told of them, and asked for no others.
  ASSERT_TRUE(a_->sad().WaitUntil([&] { return a_->sad().Story().back().ends_with("holding SPIs"); }));
  const ike::v1::Tunnel tunnel = a_->Tunnel("to-b");
  EXPECT_EQ(tunnel.state(), ike::v1::TunnelState::UP);
  ASSERT_EQ(tunnel.ike_sas_size(), 1);
  EXPECT_EQ(tunnel.ike_sas(0).initiator_spi(), spi);
  EXPECT_EQ(a_->sad().installed().size(), 1u);
}

}  // namespace
}  // namespace culvert::iked
