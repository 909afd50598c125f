// SPDX-License-Identifier: Apache-2.0
// A DNS server (RFC 1035) for tests: on a port of 127.0.0.1, with the names it was given, mute for those it was told to
// ignore.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/ip.h"
#include "libs/base/unique_fd.h"

namespace culvert::fetchd {

class TestingDnsServer {
 public:
  struct Record {
    std::string address;
    uint32_t ttl;
  };
  struct Name {
    std::vector<Record> records = {};
    bool mute = false;
    uint8_t rcode = 0;  // 2 SERVFAIL, 5 REFUSED
  };

  // Names that are not in the table are NXDOMAIN.
  explicit TestingDnsServer(std::map<std::string, Name> names) : names_(std::move(names)) {
    socket_ = base::UniqueFd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    stop_ = base::UniqueFd(eventfd(0, EFD_CLOEXEC));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size);
    getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    endpoint_ = base::Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&address));
    thread_ = std::thread([this] { Serve(); });
  }
  ~TestingDnsServer() {
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }

  const base::Endpoint& endpoint() const { return endpoint_; }
  int queries() const { return queries_; }

 private:
  static constexpr uint16_t kA = 1, kAaaa = 28;

  void Serve() {
    while (true) {
      pollfd waits[2] = {{.fd = socket_.get(), .events = POLLIN, .revents = 0},
                         {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
      poll(waits, 2, -1);
      if (waits[1].revents != 0) return;
      uint8_t query[512];
      sockaddr_in from{};
      socklen_t from_size = sizeof(from);
      const ssize_t size =
          recvfrom(socket_.get(), query, sizeof(query), 0, reinterpret_cast<sockaddr*>(&from), &from_size);
      if (size < 17) continue;
      ++queries_;
      const std::string answer = Answer(std::string(reinterpret_cast<char*>(query), static_cast<size_t>(size)));
      if (answer.empty()) continue;
      sendto(socket_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), from_size);
    }
  }

  static std::string Number(uint32_t value, int octets) {
    std::string out;
    for (int i = octets - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
  }

  std::string Answer(const std::string& query) const {
    std::string name;
    size_t at = 12;  // after the header
    while (query[at] != 0) {
      const auto length = static_cast<size_t>(query[at]);
      name += (name.empty() ? "" : ".") + query.substr(at + 1, length);
      at += length + 1;
    }
    const uint16_t type =
        static_cast<uint16_t>(static_cast<uint8_t>(query[at + 1]) << 8 | static_cast<uint8_t>(query[at + 2]));
    const std::string question = query.substr(12, at + 5 - 12);

    uint8_t rcode = 3;  // NXDOMAIN
    std::string records;
    uint16_t count = 0;
    if (auto found = names_.find(name); found != names_.end()) {
      if (found->second.mute) return "";
      rcode = found->second.rcode;
      for (const Record& record : found->second.records) {
        const base::IpAddress address = *base::IpAddress::Parse(record.address);
        if (type != (address.is_v4() ? kA : kAaaa)) continue;
        records += "\xc0\x0c" + Number(type, 2) + Number(1, 2) + Number(record.ttl, 4) +
                   Number(static_cast<uint32_t>(address.size()), 2) + std::string(base::AsText(address.bytes()));
        ++count;
      }
    }
    return query.substr(0, 2) + "\x81" + static_cast<char>(0x80 | rcode) + Number(1, 2) + Number(count, 2) +
           Number(0, 4) + question + records;
  }

  const std::map<std::string, Name> names_;
  base::UniqueFd socket_, stop_;
  base::Endpoint endpoint_;
  std::atomic<int> queries_ = 0;
  std::thread thread_;
};

}  // namespace culvert::fetchd
