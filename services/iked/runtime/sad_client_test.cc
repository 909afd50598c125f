// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/sad_client.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "services/iked/runtime/testing/fake_sad.h"
#include "services/iked/runtime/testing/loop_thread.h"
#include "services/iked/runtime/testing/unix_server.h"

namespace culvert::iked {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string Words(const Input& input) {
  return std::visit(
      Overloaded{
          [](const SaResult& r) {
            return absl::StrCat("result ", r.sequence, " ", absl::StatusCodeToString(r.status.code()));
          },
          [](const SpisLeased& l) { return absl::StrCat("leased ", l.sequence, ": ", l.spis.size()); },
          [](const HostAddresses& h) { return absl::StrCat("addresses ", h.addresses.at(0).ToString()); },
          [](const DatapathAttached& a) { return absl::StrCat("attached ", a.capabilities.name); },
          [](const DatapathDetached&) { return std::string("detached"); },
          [](const ChildExpire& e) { return absl::StrCat("expire ", e.child_sa, e.hard ? " hard" : " soft"); },
          [](const ChildSaUsage& u) { return absl::StrCat("usage ", u.ike_sa, u.last_in ? " known" : " unknown"); },
          [](const auto&) { return std::string("something else"); },
      },
      input);
}

InstallChildSa Install(uint64_t sequence, uint64_t id) {
  InstallChildSa install;
  install.sequence = sequence;
  install.id = id;
  auto tunnel = std::make_shared<TunnelConfig>();
  tunnel->name = "to-b";
  install.tunnel = tunnel;
  install.suite = "aes256gcm16";
  install.inbound = {0x1000, base::Secret::CopyOf(base::Bytes(36, 0xaa)), base::Secret()};
  install.outbound = {0x2000, base::Secret::CopyOf(base::Bytes(36, 0xbb)), base::Secret()};
  install.local_selectors = {ipsec::TrafficSelector::Of(base::Prefix::Parse("10.1.0.0/24").value())};
  install.path.local = {base::IpAddress::Parse("192.0.2.1").value(), 4500};
  install.path.remote = {base::IpAddress::Parse("192.0.2.2").value(), 4500};
  install.path.udp_encapsulation = true;
  return install;
}

class SadClientTest : public ::testing::Test {
 protected:
  SadClientTest() {
    sad_.set_addresses({"192.0.2.1"});
    loop_.Run([this] { client_->Start(); });
  }
  ~SadClientTest() override {
    loop_.Stop();
    client_.reset();
    server_.Stop();
  }

  // Each in a turn of the loop; or all in one.
  void Submit(SaOperation operation) {
    loop_.Run([&] { client_->Submit(std::move(operation)); });
  }
  template <typename... Operations>
  void SubmitTogether(Operations... operations) {
    loop_.Run([&] { (client_->Submit(std::move(operations)), ...); });
  }

  testing::FakeSad sad_;
  testing::UnixServer server_{&sad_};
  testing::LoopThread loop_;
  testing::Transcript heard_;
  std::unique_ptr<SadClient> client_ =
      std::make_unique<SadClient>(loop_.loop(), server_.Channel(), [this](Input input) { heard_.Add(Words(input)); });
};

TEST_F(SadClientTest, AttachesLeasesAndInstalls) {
  EXPECT_THAT(heard_.WaitFor(2), ElementsAre("addresses 192.0.2.1", "attached fake"));
  Submit(LeaseSpis{1, 64});
  Submit(Install(2, 7));
  Submit(RetireChildSa{3, 7, absl::Seconds(5)});
  EXPECT_THAT(heard_.WaitFor(5),
              ElementsAre("addresses 192.0.2.1", "attached fake", "leased 1: 64", "result 2 OK", "result 3 OK"));
  EXPECT_THAT(sad_.Story(), ElementsAre("lease 64", "install 7", "retire 7"));
}

TEST_F(SadClientTest, InstallSaysEverythingThatTheContractAsksFor) {
  heard_.WaitFor(2);
  Submit(Install(1, 7));
  heard_.WaitFor(3);
  const datapath::v1::ChildSa sa = sad_.installed().at(7);
  EXPECT_EQ(sa.tunnel(), "to-b");
  EXPECT_EQ(sa.suite(), "aes256gcm16");
  EXPECT_EQ(sa.inbound().spi(), 0x1000u);
  EXPECT_EQ(sa.inbound().encryption_key(), std::string(36, '\xaa'));
  EXPECT_EQ(sa.outbound().encryption_key(), std::string(36, '\xbb'));
  EXPECT_EQ(sa.mode(), datapath::v1::Mode::TUNNEL);
  EXPECT_EQ(sa.activation(), datapath::v1::Activation::NOW);
  EXPECT_EQ(sa.path().remote_address(), std::string("\xc0\x00\x02\x02", 4));
  EXPECT_TRUE(sa.path().udp_encapsulation());
  EXPECT_EQ(sa.local_selectors(0).start_address(), std::string("\x0a\x01\x00\x00", 4));
  EXPECT_EQ(sa.local_selectors(0).end_address(), std::string("\x0a\x01\x00\xff", 4));
  EXPECT_EQ(sa.local_selectors(0).end_port(), 65535u);
}

TEST_F(SadClientTest, WhatNobodyAnsweredIsReplayedInOrderOnTheNextStream) {
  heard_.WaitFor(2);
  sad_.StopAnswering();
  SubmitTogether(LeaseSpis{1, 64}, Install(2, 7), RetireChildSa{3, 6, absl::ZeroDuration()});
  ASSERT_TRUE(sad_.WaitUntil([&] { return sad_.Story().size() == 3; }));
  sad_.BreakStream();
  // The lease is void with its stream; the rest is done again.
  EXPECT_THAT(heard_.WaitFor(8),
              UnorderedElementsAre("addresses 192.0.2.1", "attached fake", "detached", "result 1 UNAVAILABLE",
                                   "addresses 192.0.2.1", "attached fake", "result 2 OK", "result 3 OK"));
  EXPECT_THAT(sad_.Story(), ElementsAre("lease 64", "install 7", "retire 6", "install 7", "retire 6"));
  EXPECT_EQ(sad_.streams(), 2);
}

TEST_F(SadClientTest, WhileABatchIsUnansweredTheNextOneFills) {
  heard_.WaitFor(2);
  sad_.StopAnswering();
  Submit(Install(1, 7));
  ASSERT_TRUE(sad_.WaitUntil([&] { return sad_.Story().size() == 1; }));
  Submit(Install(2, 8));
  Submit(RetireChildSa{3, 7, absl::ZeroDuration()});
  sad_.BreakStream();
  heard_.WaitFor(8);
  EXPECT_THAT(sad_.Story(), ElementsAre("install 7", "install 7", "install 8", "retire 7"));
}

TEST_F(SadClientTest, OperationsOfTheTimeWithoutSadWaitForIt) {
  heard_.WaitFor(2);
  server_.Stop();
  EXPECT_EQ(heard_.WaitFor(3).at(2), "detached");
  Submit(RetireChildSa{1, 6, absl::ZeroDuration()});
  EXPECT_THAT(sad_.Story(), IsEmpty());
}

TEST_F(SadClientTest, EventsOfTheDatapathReachTheEngine) {
  heard_.WaitFor(2);
  datapath::v1::DatapathEvent event;
  event.mutable_expire()->set_child_sa(7);
  event.mutable_expire()->set_hard(true);
  sad_.Raise(event);
  EXPECT_EQ(heard_.WaitFor(3).at(2), "expire 7 hard");
}

TEST_F(SadClientTest, UsageIsUnknownForWhatWasNeverUsed) {
  heard_.WaitFor(2);
  Submit(Install(1, 7));
  heard_.WaitFor(3);
  loop_.Run([&] { client_->Query({.ike_sa = 5, .child_sas = {7, 8}}); });
  EXPECT_EQ(heard_.WaitFor(4).at(3), "usage 5 unknown");
}

}  // namespace
}  // namespace culvert::iked
