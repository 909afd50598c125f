// SPDX-License-Identifier: Apache-2.0
#include "services/fetchd/downloader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "services/fetchd/testing_http_server.h"

namespace culvert::fetchd {
namespace {

using ::testing::ElementsAre;

class DownloaderTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::string> Fetch(const Download& download) {
    std::promise<absl::StatusOr<std::string>> promise;
    downloader_->Fetch(download, [&](absl::StatusOr<std::string> result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  absl::StatusOr<std::string> Get(const std::string& url) {
    return Fetch({.url = url, .post = "", .content_type = ""});
  }
  absl::StatusCode CodeOf(absl::string_view path) { return Get(server_.Url(path)).status().code(); }

  TestingHttpServer server_{{
      {"/ca.crl", {.body = std::string("a CRL\0with a NUL", 16)}},
      {"/most", {.body = std::string(1000, 'x')}},
      {"/more", {.body = std::string(1001, 'x')}},
      {"/more-hidden", {.body = std::string(100'000, 'x'), .hides_length = true}},
      {"/mute", {.mute = true}},
      {"/gone", {.status = 410}},
      {"/busy", {.status = 503, .body = "later"}},
      {"/1", {.status = 302, .location = "/2"}},
      {"/2", {.status = 301, .location = "/3"}},
      {"/3", {.status = 307, .location = "/ca.crl"}},
      {"/0", {.status = 302, .location = "/1"}},
      {"/file", {.status = 302, .location = "file:///etc/passwd"}},
      {"/ftp", {.status = 302, .location = "ftp://127.0.0.1/x"}},
      {"/user", {.status = 302, .location = "http://user:pass@127.0.0.1:1/"}},
      {"/ocsp", {.body = "an answer"}},
  }};
  std::unique_ptr<Downloader> downloader_ =
      *Downloader::Create({.octets = 1000, .overall = absl::Milliseconds(500), .redirects = 3});
};

TEST_F(DownloaderTest, Gets) {
  const auto body = Get(server_.Url("/ca.crl"));
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(*body, std::string("a CRL\0with a NUL", 16));
  EXPECT_THAT(server_.requests(), ElementsAre("GET /ca.crl"));
}

TEST_F(DownloaderTest, Posts) {
  const auto body = Fetch({.url = server_.Url("/ocsp"), .post = "a\1b", .content_type = "application/ocsp-request"});
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(*body, "an answer");
  EXPECT_THAT(server_.requests(), ElementsAre("POST /ocsp application/ocsp-request a\1b"));
}

TEST_F(DownloaderTest, IsBoundedInSize) {
  EXPECT_EQ(CodeOf("/most"), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf("/more"), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf("/more-hidden"), absl::StatusCode::kResourceExhausted);
}

TEST_F(DownloaderTest, IsBoundedInTime) {
  EXPECT_EQ(CodeOf("/mute"), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(DownloaderTest, IsBoundedInRedirects) {
  EXPECT_EQ(CodeOf("/1"), absl::StatusCode::kOk) << "three of them";
  EXPECT_EQ(CodeOf("/0"), absl::StatusCode::kUnavailable) << "four";
}

TEST_F(DownloaderTest, NoRedirectLeavesHttp) {
  EXPECT_EQ(CodeOf("/file"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf("/ftp"), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Get(server_.Url("/user")).ok());
}

TEST_F(DownloaderTest, SaysWhatTheServerSays) {
  EXPECT_EQ(CodeOf("/nowhere"), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf("/gone"), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf("/busy"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Get("http://127.0.0.1:1/").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(DownloaderTest, OneThatIsSlowDelaysNoOther) {
  std::promise<absl::Status> slow;
  downloader_->Fetch({.url = server_.Url("/mute"), .post = "", .content_type = ""},
                     [&](absl::StatusOr<std::string> result) { slow.set_value(result.status()); });
  auto late = slow.get_future();
  EXPECT_TRUE(Get(server_.Url("/ca.crl")).ok());
  EXPECT_EQ(late.get().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(DownloaderTest, StopEndsWhatIsUnderWay) {
  std::promise<absl::Status> under_way;
  downloader_->Fetch({.url = server_.Url("/mute"), .post = "", .content_type = ""},
                     [&](absl::StatusOr<std::string> result) { under_way.set_value(result.status()); });
  downloader_->Stop();
  EXPECT_EQ(under_way.get_future().get().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Get(server_.Url("/ca.crl")).status().code(), absl::StatusCode::kCancelled);
}

TEST(DownloaderUrl, IsHttpToAHostWithoutAUser) {
  for (const char* good : {"http://pki.example/ca.crl", "https://pki.example:8443/a?b=c", "HTTP://192.0.2.1/",
                           "http://[2001:db8::1]/ca.crl"}) {
    EXPECT_TRUE(CheckUrl(good).ok()) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("/ca.crl"), std::string("pki.example/ca.crl"), std::string("file:///etc/passwd"),
        std::string("ftp://pki.example/"), std::string("ldap://pki.example/"), std::string("http://"),
        std::string("http://user@pki.example/"), std::string("http://user:pass@pki.example/"),
        std::string("gopher://pki.example/"), std::string("http://pki.example/\0x", 21),
        "http://pki.example/" + std::string(2048, 'x')}) {
    EXPECT_EQ(CheckUrl(bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace culvert::fetchd
