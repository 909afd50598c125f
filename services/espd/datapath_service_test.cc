// SPDX-License-Identifier: Apache-2.0
// sad's side of the stream, over gRPC within the process.
#include "services/espd/datapath_service.h"

#include <gmock/gmock.h>
#include <grpcpp/server_builder.h>

#include "services/espd/engine_fixture.h"

namespace culvert::espd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string Octets(const std::string& address) {
  const base::IpAddress parsed = *base::IpAddress::Parse(address);
  return {parsed.bytes().begin(), parsed.bytes().end()};
}

void FillSelector(pb::TrafficSelector* s, const std::string& prefix) {
  const base::Prefix p = *base::Prefix::Parse(prefix);
  s->set_start_address(Octets(p.First().ToString()));
  s->set_end_address(Octets(p.Last().ToString()));
  s->set_end_port(65535);
}

pb::ChildSa Pair(uint64_t id) {
  pb::ChildSa sa;
  sa.set_id(id);
  sa.set_tunnel("t");
  sa.set_suite("aes128gcm16");
  sa.set_mode(pb::Mode::TUNNEL);
  sa.set_activation(pb::Activation::NOW);
  sa.set_replay_window(1024);
  sa.mutable_inbound()->set_spi(kSpiA);
  sa.mutable_inbound()->set_encryption_key(std::string(20, 'i'));
  sa.mutable_outbound()->set_spi(kSpiB);
  sa.mutable_outbound()->set_encryption_key(std::string(20, 'o'));
  FillSelector(sa.add_local_selectors(), "10.1.0.0/24");
  FillSelector(sa.add_remote_selectors(), "10.2.0.0/24");
  sa.mutable_path()->set_local_address(Octets("192.0.2.1"));
  sa.mutable_path()->set_remote_address(Octets("192.0.2.2"));
  sa.mutable_path()->set_remote_port(4500);
  sa.mutable_path()->set_udp_encapsulation(true);
  return sa;
}

class DatapathServiceTest : public testing::Test {
 protected:
  DatapathServiceTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = pb::DatapathService::NewStub(server_->InProcessChannel({}));
  }
  ~DatapathServiceTest() override { server_->Shutdown(std::chrono::system_clock::now()); }

  // The codes of one batch, in order.
  std::vector<int> Exchange(grpc::ClientReaderWriter<pb::DriveRequest, pb::DriveResponse>& stream,
                            pb::DriveRequest request) {
    for (int i = 0; i < request.operations_size(); ++i) request.mutable_operations(i)->set_sequence(++sequence_);
    const uint64_t last = sequence_;
    EXPECT_TRUE(stream.Write(request));
    std::vector<int> codes;
    pb::DriveResponse response;
    for (uint64_t seen = 0; seen != last && stream.Read(&response);) {
      for (const auto& result : response.results()) {
        codes.push_back(result.code());
        seen = result.sequence();
      }
    }
    return codes;
  }

  Gateway gateway_;
  DatapathService service_{gateway_.datapath, gateway_.shared, /*raw_esp=*/false};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<pb::DatapathService::Stub> stub_;
  uint64_t sequence_ = 0;
};

TEST_F(DatapathServiceTest, ABatchIsAnsweredInOrder) {
  grpc::ClientContext context;
  const auto stream = stub_->Drive(&context);
  pb::DriveRequest request;
  auto* policy = request.add_operations()->mutable_set_policies()->add_policies();
  request.mutable_operations(0)->mutable_set_policies()->set_generation(42);
  policy->set_tunnel("t");
  FillSelector(policy->add_local_selectors(), "10.1.0.0/24");
  FillSelector(policy->add_remote_selectors(), "10.2.0.0/24");
  *request.add_operations()->mutable_install() = Pair(7);
  *request.add_operations()->mutable_install() = Pair(7);  // again: no change
  pb::ChildSa transport = Pair(8);                         // between networks: their hosts would be lost on the way
  transport.set_mode(pb::Mode::TRANSPORT);
  *request.add_operations()->mutable_install() = transport;
  pb::ChildSa raw = Pair(9);
  raw.mutable_path()->set_udp_encapsulation(false);
  *request.add_operations()->mutable_install() = raw;
  request.add_operations()->mutable_update_path()->set_id(99);
  request.add_operations();
  EXPECT_THAT(Exchange(*stream, request), ElementsAre(0, 0, 0, static_cast<int>(absl::StatusCode::kInvalidArgument),
                                                      static_cast<int>(absl::StatusCode::kFailedPrecondition),
                                                      static_cast<int>(absl::StatusCode::kInvalidArgument),
                                                      static_cast<int>(absl::StatusCode::kUnimplemented)));

  gateway_.FromHost({{}, MakePacket()});
  EXPECT_THAT(gateway_.wire.batches, SizeIs(1));

  grpc::ClientContext list_context;
  pb::ListSasResponse list;
  ASSERT_TRUE(stub_->ListSas(&list_context, {}, &list).ok());
  ASSERT_THAT(list.sas(), SizeIs(1));
  EXPECT_EQ(list.policy_generation(), 42u);
  EXPECT_EQ(list.sas(0).id(), 7u);
  EXPECT_THAT(list.sas(0).inbound().encryption_key(), IsEmpty());
  EXPECT_THAT(list.sas(0).outbound().encryption_key(), IsEmpty());

  grpc::ClientContext counters_context;
  pb::ReadCountersResponse counters;
  ASSERT_TRUE(stub_->ReadCounters(&counters_context, {}, &counters).ok());
  ASSERT_THAT(counters.sas(), SizeIs(1));
  EXPECT_EQ(counters.sas(0).packets_out(), 1u);
  EXPECT_EQ(counters.sas(0).bytes_out(), MakePacket().size());

  pb::DriveRequest retire;
  retire.add_operations()->mutable_retire()->set_id(7);
  EXPECT_THAT(Exchange(*stream, retire), ElementsAre(0));
  grpc::ClientContext again;
  ASSERT_TRUE(stub_->ListSas(&again, {}, &list).ok());
  EXPECT_THAT(list.sas(), IsEmpty());
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(DatapathServiceTest, EventsWaitForAStream) {
  gateway_.datapath.SetPolicies(
      {{.tunnel = "t", .selectors = {SelectorOf("10.1.0.0/24", "10.2.0.0/24")}, .acquire = true}});
  gateway_.FromHost({{}, MakePacket()});
  service_.Publish(gateway_.datapath.Poll(absl::ZeroDuration()));

  grpc::ClientContext context;
  const auto stream = stub_->Drive(&context);
  pb::DriveResponse response;
  ASSERT_TRUE(stream->Read(&response));
  ASSERT_THAT(response.events(), SizeIs(1));
  const auto& acquire = response.events(0).acquire();
  EXPECT_EQ(acquire.tunnel(), "t");
  EXPECT_EQ(acquire.source().start_address(), Octets("10.1.0.5"));
  EXPECT_EQ(acquire.destination().end_address(), Octets("10.2.0.7"));
  EXPECT_EQ(acquire.destination().start_port(), 80u);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(DatapathServiceTest, Capabilities) {
  grpc::ClientContext context;
  pb::DatapathCapabilities c;
  ASSERT_TRUE(stub_->GetCapabilities(&context, {}, &c).ok());
  EXPECT_TRUE(c.prefers_udp());
  EXPECT_FALSE(c.raw_esp());
  EXPECT_EQ(c.max_replay_window(), CV_REPLAY_MAX_WINDOW);
  EXPECT_THAT(c.suites(), testing::Contains("aes256gcm16"));
}

TEST(Convert, SelectorsAreCombinedByFamilyAndProtocol) {
  pb::PolicySet set;
  auto* p = set.add_policies();
  FillSelector(p->add_local_selectors(), "10.1.0.0/24");
  FillSelector(p->add_local_selectors(), "fd01::/64");
  FillSelector(p->add_remote_selectors(), "10.2.0.0/24");
  FillSelector(p->add_remote_selectors(), "10.3.0.0/24");
  p->mutable_local_selectors(0)->set_protocol(17);
  p->mutable_remote_selectors(1)->set_protocol(6);
  const auto policies = FromProto(set);
  ASSERT_TRUE(policies.ok());
  ASSERT_THAT((*policies)[0].selectors, SizeIs(1));  // 10.1 to 10.2; 17 against 6 and v6 against v4 can match nothing
  EXPECT_EQ((*policies)[0].selectors[0].protocol, 17);

  p->mutable_local_selectors(0)->set_start_address("abc");
  EXPECT_EQ(FromProto(set).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Convert, KeysLeaveTheMessageWhateverHappens) {
  pb::ChildSa bad = Pair(1);
  bad.set_mode(pb::Mode::UNSPECIFIED);
  EXPECT_FALSE(TakeChildSa(&bad).ok());
  EXPECT_THAT(bad.inbound().encryption_key(), IsEmpty());
  EXPECT_THAT(bad.outbound().encryption_key(), IsEmpty());
}

}  // namespace
}  // namespace culvert::espd
