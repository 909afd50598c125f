// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/revocation_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "libs/pki/testing/test_ca.h"
#include "services/iked/runtime/testing/loop_thread.h"
#include "services/iked/runtime/testing/unix_server.h"

namespace culvert::iked {
namespace {

using pki::RevocationSource;
using pki::RevocationState;
using pki::testing::kNow;
using pki::testing::TestCa;
using ::testing::ElementsAre;

class FixedClock final : public base::Clock {
 public:
  absl::Duration BootTime() const override { return absl::ZeroDuration(); }
  absl::Duration Monotonic() const override { return absl::ZeroDuration(); }
  absl::Time Wall() const override { return kNow; }
};

// Answers from a table; what is not in it is NOT_FOUND.
class FakeFetchd final : public fetch::v1::FetchService::Service {
 public:
  explicit FakeFetchd(std::map<std::string, std::string> pages) : pages_(std::move(pages)) {}
  grpc::Status Fetch(grpc::ServerContext*, const fetch::v1::FetchRequest* request,
                     fetch::v1::FetchResponse* response) override {
    const std::lock_guard lock(mutex_);
    urls_.push_back(request->url());
    const auto page = pages_.find(request->url());
    if (page == pages_.end()) return {grpc::StatusCode::NOT_FOUND, "HTTP status 404"};
    response->set_body(page->second);
    return grpc::Status::OK;
  }
  std::vector<std::string> urls() const {
    const std::lock_guard lock(mutex_);
    return urls_;
  }

 private:
  const std::map<std::string, std::string> pages_;
  mutable std::mutex mutex_;
  std::vector<std::string> urls_;  // guarded by mutex_
};

std::string Text(const base::Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

class RevocationClientTest : public ::testing::Test {
 protected:
  ~RevocationClientTest() override {
    loop_.Stop();
    client_.reset();
    server_.Stop();
  }

  RevocationSource Source(RevocationSource::Kind kind, const char* url) { return {kind, url, gw_, ca_.certificate()}; }
  // False: there was nothing to ask. Else returns when the answers are in.
  bool Find(const std::vector<RevocationSource>& sources) {
    absl::Notification done;
    bool asks = false;
    loop_.Run([&] { asks = client_->Find(sources, [&] { done.Notify(); }); });
    if (asks) done.WaitForNotification();
    return asks;
  }
  RevocationState State(std::shared_ptr<const pki::RevocationEvidence> configured = nullptr) {
    RevocationState state{};
    loop_.Run([&] { state = FindRevocation(*gw_, *ca_.certificate(), *client_->With(configured), kNow).state; });
    return state;
  }

  TestCa ca_;
  pki::CertificatePtr gw_ = ca_.Issue({}).certificate;
  FakeFetchd fetchd_{{{"http://pki/good.crl", Text(ca_.Crl({}))},
                      {"http://pki/revoked.crl", Text(ca_.Crl({gw_}))},
                      {"http://pki/junk.crl", "<html>"},
                      {"http://ocsp/", Text(ca_.OcspAnswer(*gw_, {.revoked = true}))}}};
  testing::UnixServer server_{&fetchd_};
  testing::LoopThread loop_;
  FixedClock clock_;
  base::SystemRng rng_;
  std::unique_ptr<RevocationClient> client_ =
      std::make_unique<RevocationClient>(loop_.loop(), clock_, rng_, server_.Channel());
};

TEST_F(RevocationClientTest, FetchesACrl) {
  EXPECT_EQ(State(), RevocationState::kUnknown);
  EXPECT_TRUE(Find({Source(RevocationSource::Kind::kCrl, "http://pki/good.crl")}));
  EXPECT_EQ(State(), RevocationState::kGood);
  EXPECT_TRUE(Find({Source(RevocationSource::Kind::kCrl, "http://pki/revoked.crl")}));
  EXPECT_EQ(State(), RevocationState::kRevoked);
}

TEST_F(RevocationClientTest, AsksByOcsp) {
  EXPECT_TRUE(Find({Source(RevocationSource::Kind::kOcsp, "http://ocsp/")}));
  EXPECT_EQ(State(), RevocationState::kRevoked);
}

TEST_F(RevocationClientTest, WhatFailsIsLeftAloneForAWhile) {
  const auto missing = Source(RevocationSource::Kind::kCrl, "http://pki/missing.crl");
  const auto junk = Source(RevocationSource::Kind::kCrl, "http://pki/junk.crl");
  EXPECT_TRUE(Find({missing, junk}));
  EXPECT_EQ(State(), RevocationState::kUnknown);
  EXPECT_FALSE(Find({missing, junk})) << "nobody is held up again";
}

TEST_F(RevocationClientTest, ManyWaitForOneFetch) {
  const auto source = Source(RevocationSource::Kind::kCrl, "http://pki/good.crl");
  absl::Notification first, second;
  loop_.Run([&] {
    client_->Find({source}, [&] { first.Notify(); });
    client_->Find({source}, [&] { second.Notify(); });
  });
  first.WaitForNotification();
  second.WaitForNotification();
  EXPECT_THAT(fetchd_.urls(), ElementsAre("http://pki/good.crl"));
}

TEST_F(RevocationClientTest, ConfiguredCrlsCountBesideThem) {
  auto configured = std::make_shared<pki::RevocationEvidence>();
  configured->crls.push_back(*pki::Crl::Parse(ca_.Crl({gw_})));
  EXPECT_EQ(State(configured), RevocationState::kRevoked);
  EXPECT_EQ(State(nullptr), RevocationState::kUnknown) << "taken out of the configuration";
}

}  // namespace
}  // namespace culvert::iked
