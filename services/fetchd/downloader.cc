// SPDX-License-Identifier: Apache-2.0
#include "services/fetchd/downloader.h"

#include <curl/curl.h>

#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace culvert::fetchd {
namespace {

constexpr size_t kMaxUrl = 2048;
constexpr char kProtocols[] = "http,https";
constexpr absl::Duration kConnect = absl::Seconds(5);

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Easy = std::unique_ptr<CURL, Freer<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Freer<curl_multi_cleanup>>;
using Url = std::unique_ptr<CURLU, Freer<curl_url_cleanup>>;
using Headers = std::unique_ptr<curl_slist, Freer<curl_slist_free_all>>;

absl::Status Stopped() {
  return absl::CancelledError("the downloader stops");
}

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

// One transfer. libcurl holds pointers into it, so it stays where it is.
struct Transfer {
  Download download;
  Downloader::Done done;
  size_t most = 0;
  bool too_large = false;
  std::string body;
  Headers headers;
  Easy easy;
};

size_t OnBody(char* data, size_t /*one*/, size_t size, void* transfer) {
  auto& into = *static_cast<Transfer*>(transfer);
  into.too_large = into.body.size() + size > into.most;
  if (into.too_large) return 0;  // ends the transfer
  into.body.append(data, size);
  return size;
}

absl::StatusOr<std::string> ResultOf(CURLcode code, Transfer& transfer) {
  if (transfer.too_large || code == CURLE_FILESIZE_EXCEEDED) {
    return absl::ResourceExhaustedError(absl::StrCat("more than ", transfer.most, " octets"));
  }
  switch (code) {
    case CURLE_OK:
      break;
    case CURLE_OPERATION_TIMEDOUT:
      return absl::DeadlineExceededError("the server is too slow");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_LOGIN_DENIED:
      return absl::InvalidArgumentError("the server redirects to what is no http or https URL without a user");
    default:
      return absl::UnavailableError(curl_easy_strerror(code));
  }
  long http = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &http);
  if (http == 404 || http == 410) return absl::NotFoundError(absl::StrCat("HTTP status ", http));
  if (http != 200) return absl::UnavailableError(absl::StrCat("HTTP status ", http));
  return std::move(transfer.body);
}

class CurlDownloader final : public Downloader {
 public:
  CurlDownloader(const DownloaderLimits& limits, Multi multi)
      : limits_(limits), multi_(std::move(multi)), thread_([this] { Loop(); }) {}

  ~CurlDownloader() override {
    Stop();
    thread_.join();
  }

  void Fetch(Download download, Done done) override {
    if (absl::Status status = CheckUrl(download.url); !status.ok()) return done(status);
    {
      std::lock_guard lock(mutex_);
      if (!stopping_) {
        asked_.emplace_back(std::move(download), std::move(done));
        curl_multi_wakeup(multi_.get());
        return;
      }
    }
    done(Stopped());
  }

  void Stop() override {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    curl_multi_wakeup(multi_.get());
  }

 private:
  void Loop();
  bool TakeAsked();  // false: stop
  void Start(Download download, Done done);
  void Finish();
  void End(std::map<CURL*, std::unique_ptr<Transfer>>::iterator at, absl::StatusOr<std::string> result);

  const DownloaderLimits limits_;
  Multi multi_;
  std::mutex mutex_;
  bool stopping_ = false;                                 // guarded by mutex_
  std::vector<std::pair<Download, Done>> asked_;          // guarded by mutex_
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;  // the thread's
  std::thread thread_;
};

void CurlDownloader::Loop() {
  while (TakeAsked()) {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    Finish();
    // Returns when a socket is ready, a transfer's time is up, or somebody woke it.
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(absl::Minutes(1))), nullptr);
  }
  while (!transfers_.empty()) End(transfers_.begin(), Stopped());
}

bool CurlDownloader::TakeAsked() {
  std::vector<std::pair<Download, Done>> asked;
  bool stopping;
  {
    std::lock_guard lock(mutex_);
    asked.swap(asked_);
    stopping = stopping_;
  }
  for (auto& [download, done] : asked) {
    stopping ? done(Stopped()) : Start(std::move(download), std::move(done));
  }
  return !stopping;
}

void CurlDownloader::Start(Download download, Done done) {
  if (static_cast<int>(transfers_.size()) >= limits_.in_flight) {
    return done(absl::ResourceExhaustedError(absl::StrCat("more than ", limits_.in_flight, " transfers")));
  }
  auto transfer = std::make_unique<Transfer>();
  transfer->download = std::move(download);
  transfer->done = std::move(done);
  transfer->most = limits_.octets;
  transfer->easy.reset(curl_easy_init());
  CURL* easy = transfer->easy.get();
  if (easy == nullptr) return transfer->done(absl::ResourceExhaustedError("out of memory"));

  const Download& what = transfer->download;
  curl_easy_setopt(easy, CURLOPT_URL, what.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, kProtocols);
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, kProtocols);
  curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, limits_.redirects);
  curl_easy_setopt(easy, CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(limits_.overall)));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(kConnect)));
  curl_easy_setopt(easy, CURLOPT_MAXFILESIZE, static_cast<long>(limits_.octets));  // where the server says the length
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  if (!what.post.empty()) {
    transfer->headers.reset(curl_slist_append(nullptr, absl::StrCat("Content-Type: ", what.content_type).c_str()));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers.get());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(what.post.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, what.post.data());
  }
  curl_multi_add_handle(multi_.get(), easy);
  transfers_.emplace(easy, std::move(transfer));
}

void CurlDownloader::Finish() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto at = transfers_.find(message->easy_handle);
    absl::StatusOr<std::string> result = ResultOf(message->data.result, *at->second);
    End(at, std::move(result));
  }
}

void CurlDownloader::End(std::map<CURL*, std::unique_ptr<Transfer>>::iterator at, absl::StatusOr<std::string> result) {
  const std::unique_ptr<Transfer> transfer = std::move(at->second);
  transfers_.erase(at);
  curl_multi_remove_handle(multi_.get(), transfer->easy.get());
  transfer->done(std::move(result));
}

}  // namespace

absl::Status CheckUrl(const std::string& text) {
  const auto wrong = [](absl::string_view why) { return absl::InvalidArgumentError(why); };
  if (text.size() > kMaxUrl) return wrong(absl::StrCat("a URL of more than ", kMaxUrl, " octets"));
  if (text.find('\0') != std::string::npos) return wrong("a URL with a NUL inside");
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) {
    return wrong("not a URL, or one with a user");
  }
  const std::string scheme = PartOf(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return wrong("neither http nor https");
  if (PartOf(url.get(), CURLUPART_HOST).empty()) return wrong("a URL without a host");
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Downloader>> Downloader::Create(const DownloaderLimits& limits) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return absl::InternalError("libcurl does not start");
  Multi multi(curl_multi_init());
  if (multi == nullptr) return absl::ResourceExhaustedError("out of memory");
  return std::unique_ptr<Downloader>(new CurlDownloader(limits, std::move(multi)));
}

}  // namespace culvert::fetchd
