// SPDX-License-Identifier: Apache-2.0
#include "services/fetchd/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "services/fetchd/testing_dns_server.h"

namespace culvert::fetchd {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest()
      : server_({{"gw.example", {.records = {{"192.0.2.1", 300}, {"192.0.2.2", 60}, {"2001:db8::1", 120}}}},
                 {"v4.example", {.records = {{"192.0.2.4", 10}}}},
                 {"slow.example", {.mute = true}},
                 {"broken.example", {.rcode = 2}},
                 {"refused.example", {.rcode = 5}}}) {
    Start({.first_try = absl::Milliseconds(200), .tries = 2, .overall = absl::Seconds(10)});
  }

  void Start(const ResolverLimits& limits) {
    auto resolver = Resolver::Create(limits);
    EXPECT_TRUE(resolver.ok()) << resolver.status();
    resolver_ = *std::move(resolver);
  }

  std::future<absl::StatusOr<Answer>> Ask(const std::string& name, bool ipv4 = true, bool ipv6 = true) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<Answer>>>();
    resolver_->Resolve({.name = name, .want_ipv4 = ipv4, .want_ipv6 = ipv6, .servers = {server_.endpoint()}},
                       [promise](absl::StatusOr<Answer> answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }

  std::vector<std::string> Addresses(const absl::StatusOr<Answer>& answer) {
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<std::string> out;
    if (answer.ok()) {
      for (const auto& address : answer->addresses) out.push_back(address.ToString());
    }
    return out;
  }

  TestingDnsServer server_;
  std::unique_ptr<Resolver> resolver_;
};

TEST_F(ResolverTest, BothFamiliesAndTheLeastTtl) {
  const auto answer = Ask("gw.example").get();
  EXPECT_THAT(Addresses(answer), UnorderedElementsAre("192.0.2.1", "192.0.2.2", "2001:db8::1"));
  EXPECT_EQ(answer->ttl_seconds, 60);
}

TEST_F(ResolverTest, OneFamilyWhereOneIsWanted) {
  EXPECT_THAT(Addresses(Ask("gw.example", true, false).get()), UnorderedElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(Addresses(Ask("gw.example", false, true).get()), ElementsAre("2001:db8::1"));
  EXPECT_EQ(Ask("v4.example", false, true).get().status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ResolverTest, EachFailureHasItsCode) {
  EXPECT_EQ(Ask("none.example").get().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Ask("broken.example").get().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Ask("refused.example").get().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Ask("slow.example").get().status().code(), absl::StatusCode::kUnavailable);  // nobody answered
  EXPECT_EQ(Ask("not_a_name").get().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Ask("256.1.1.1").get().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ResolverTest, ALiteralAnswersItselfAndAsksNobody) {
  EXPECT_THAT(Addresses(Ask("198.51.100.7").get()), ElementsAre("198.51.100.7"));
  EXPECT_THAT(Addresses(Ask("2001:db8::7", false, true).get()), ElementsAre("2001:db8::7"));
  EXPECT_EQ(Ask("2001:db8::7", true, false).get().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(server_.queries(), 0);
}

TEST_F(ResolverTest, ASlowNameDelaysNobody) {
  Start({.first_try = absl::Seconds(5), .tries = 3, .overall = absl::Seconds(60)});
  // As many queries (two for each name) as the socket of the test's server holds while its thread does not run.
  std::vector<std::future<absl::StatusOr<Answer>>> slow, quick;
  for (int i = 0; i < 50; ++i) slow.push_back(Ask("slow.example"));
  for (int i = 0; i < 50; ++i) quick.push_back(Ask("gw.example"));
  for (auto& answer : quick) EXPECT_TRUE(answer.get().ok());
  for (auto& answer : slow) EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
}

TEST_F(ResolverTest, TheOverallDeadlineEndsAQueryWhateverTheServersDo) {
  Start({.first_try = absl::Seconds(30), .tries = 3, .overall = absl::Milliseconds(50)});
  EXPECT_EQ(Ask("slow.example").get().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(Ask("gw.example").get().ok());
}

TEST_F(ResolverTest, OneTooManyIsRefusedAtOnce) {
  Start({.in_flight = 3, .first_try = absl::Seconds(30), .overall = absl::Seconds(60)});
  std::vector<std::future<absl::StatusOr<Answer>>> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(Ask("slow.example"));
  EXPECT_EQ(Ask("gw.example").get().status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ResolverTest, ListsOfServersAreBoundedAndIdleOnesGiveWay) {
  Start({.server_lists = 2, .first_try = absl::Seconds(30), .overall = absl::Seconds(60)});
  const auto ask_at = [&](uint16_t port) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<Answer>>>();
    base::Endpoint server = server_.endpoint();
    server.port = port;
    resolver_->Resolve({.name = "slow.example", .servers = {server_.endpoint(), server}},
                       [promise](absl::StatusOr<Answer> answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  };
  EXPECT_TRUE(Ask("gw.example").get().ok());  // idle again: makes room
  auto first = ask_at(1), second = ask_at(2);
  EXPECT_EQ(ask_at(3).get().status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ResolverTest, StoppingEndsWhatIsUnderWayAndWhatComesLater) {
  Start({.first_try = absl::Seconds(30), .overall = absl::Seconds(60)});
  auto waiting = Ask("slow.example");
  while (server_.queries() == 0) std::this_thread::yield();
  resolver_->Stop();
  EXPECT_EQ(waiting.get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Ask("gw.example").get().status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace culvert::fetchd
