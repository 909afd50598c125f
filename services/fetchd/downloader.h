// SPDX-License-Identifier: Apache-2.0
// HTTP over libcurl: one thread, many transfers, each bounded in size, time and redirects. For what certificates point
// to; nothing is cached, nobody is logged in, and no proxy of the environment is used.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace culvert::fetchd {

struct DownloaderLimits {
  int in_flight = 64;           // more: RESOURCE_EXHAUSTED at once
  size_t octets = 1024 * 1024;  // of a body
  absl::Duration overall = absl::Seconds(10);
  long redirects = 3;
};

struct Download {
  std::string url;
  std::string post;          // empty: GET
  std::string content_type;  // of `post`
};

// InvalidArgument unless it is http or https to a host, without a user, at most 2048 octets long.
absl::Status CheckUrl(const std::string& url);

class Downloader {
 public:
  // Runs once, on the downloader's thread; must not block. The body of a 200, or: INVALID_ARGUMENT: no such URL, or a
  // redirect to one; NOT_FOUND: 404 or 410; RESOURCE_EXHAUSTED: larger than the bound, or too many transfers;
  // DEADLINE_EXCEEDED; UNAVAILABLE: all else.
  using Done = std::function<void(absl::StatusOr<std::string>)>;

  static absl::StatusOr<std::unique_ptr<Downloader>> Create(const DownloaderLimits& limits);
  virtual ~Downloader() = default;  // stops

  // From any thread.
  virtual void Fetch(Download download, Done done) = 0;
  // Ends what is in flight, and answers whatever is asked from now on, with CANCELLED.
  virtual void Stop() = 0;
};

}  // namespace culvert::fetchd
