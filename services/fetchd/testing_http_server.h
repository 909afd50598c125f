// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server for tests: on a port of 127.0.0.1, one connection after another, with the answers it was given.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ip.h"
#include "libs/base/unique_fd.h"

namespace culvert::fetchd {

class TestingHttpServer {
 public:
  struct Page {
    int status = 200;
    std::string body = {};
    std::string location = {};  // a redirect
    bool mute = false;          // takes the request and says nothing
    bool hides_length = false;  // no Content-Length: the body ends with the connection
  };

  // Other paths are 404.
  explicit TestingHttpServer(std::map<std::string, Page> pages) : pages_(std::move(pages)) {
    socket_ = base::UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    stop_ = base::UniqueFd(eventfd(0, EFD_CLOEXEC));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size);
    listen(socket_.get(), 16);
    getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    endpoint_ = base::Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&address));
    thread_ = std::thread([this] { Serve(); });
  }
  ~TestingHttpServer() {
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }

  std::string Url(absl::string_view path) const { return absl::StrCat("http://", endpoint_.ToString(), path); }
  // "GET /path", "POST /path application/x body", in order.
  std::vector<std::string> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool Wait(int fd) const {  // false: stop
    pollfd waits[] = {{.fd = fd, .events = POLLIN, .revents = 0}, {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
    return poll(waits, 2, -1) >= 0 && waits[1].revents == 0;
  }

  void Serve() {
    while (Wait(socket_.get())) {
      base::UniqueFd connection(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (connection.valid()) Answer(std::move(connection));
    }
  }

  void Answer(base::UniqueFd connection) {
    std::string text;
    size_t head = std::string::npos, wanted = 0;
    while (head == std::string::npos || text.size() < head + wanted) {
      char buffer[4096];
      if (!Wait(connection.get())) return;
      const ssize_t got = read(connection.get(), buffer, sizeof buffer);
      if (got <= 0) return;
      text.append(buffer, static_cast<size_t>(got));
      if (head != std::string::npos || text.find("\r\n\r\n") == std::string::npos) continue;
      head = text.find("\r\n\r\n") + 4;
      (void)absl::SimpleAtoi(HeaderOf(text.substr(0, head), "Content-Length"), &wanted);
    }
    const size_t method = text.find(' ');
    const std::string path = text.substr(method + 1, text.find(' ', method + 1) - method - 1);
    std::string request = absl::StrCat(text.substr(0, method), " ", path);
    if (wanted > 0) {
      absl::StrAppend(&request, " ", HeaderOf(text.substr(0, head), "Content-Type"), " ", text.substr(head));
    }
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const auto found = pages_.find(path);
    const Page page = found == pages_.end() ? Page{.status = 404} : found->second;
    if (page.mute) {
      muted_.push_back(std::move(connection));
      return;
    }
    std::string answer = absl::StrCat("HTTP/1.1 ", page.status, " Status\r\nConnection: close\r\n");
    if (!page.location.empty()) absl::StrAppend(&answer, "Location: ", page.location, "\r\n");
    if (!page.hides_length) absl::StrAppend(&answer, "Content-Length: ", page.body.size(), "\r\n");
    absl::StrAppend(&answer, "\r\n", page.body);
    for (size_t sent = 0; sent < answer.size();) {
      const ssize_t wrote = send(connection.get(), answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
      if (wrote <= 0) return;
      sent += static_cast<size_t>(wrote);
    }
  }

  static std::string HeaderOf(const std::string& head, absl::string_view name) {
    const size_t at = head.find(absl::StrCat("\r\n", name, ": "));
    if (at == std::string::npos) return "";
    const size_t from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
  }

  const std::map<std::string, Page> pages_;
  base::UniqueFd socket_, stop_;
  base::Endpoint endpoint_;
  std::vector<base::UniqueFd> muted_;  // the thread's
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace culvert::fetchd
