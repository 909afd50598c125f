// SPDX-License-Identifier: Apache-2.0
#include "services/espd/steering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "kmod/core/types.h"

namespace culvert::espd {
namespace {

constexpr int kWorkers = 3;

// A datagram of `size` octets that begins with `first`.
base::Bytes Datagram(uint32_t first, size_t size) {
  base::Bytes d(std::max<size_t>(size, 4));
  cv_put_be32(d.data(), first);
  d.resize(size);
  return d;
}

uint16_t PortOf(int fd) {
  sockaddr_storage address;
  socklen_t size = sizeof(address);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  return base::Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&address)).port;
}

// A port that nobody holds now; the group needs one number for all its members.
uint16_t FreePort() {
  base::UniqueFd probe(socket(AF_INET6, SOCK_DGRAM, 0));
  sockaddr_storage address;
  const socklen_t size = base::Endpoint{base::IpAddress::AnyOf(base::Family::kIPv6), 0}.ToSockaddr(&address);
  EXPECT_EQ(bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  return PortOf(probe.get());
}

class Steering : public testing::TestWithParam<base::Family> {};

TEST_P(Steering, EachDatagramReachesItsOwner) {
  const uint16_t port = FreePort();
  auto group = OpenNatPort({.family = GetParam(), .port = port, .workers = kWorkers});
  ASSERT_TRUE(group.ok()) << group.status();

  const auto loopback = base::IpAddress::Parse(GetParam() == base::Family::kIPv4 ? "127.0.0.1" : "::1");
  sockaddr_storage to;
  const socklen_t to_size = base::Endpoint{*loopback, port}.ToSockaddr(&to);
  base::UniqueFd sender(socket(to.ss_family, SOCK_DGRAM, 0));

  struct Row {
    base::Bytes datagram;
    int member;  // 0: iked, else 1 + worker
  };
  std::vector<Row> table = {
      {Datagram(0, 200), 0},         // non-ESP marker: IKE
      {Datagram(0, 4), 0},           // the marker alone
      {Datagram(0xffffffff, 1), 0},  // NAT keepalive
      {Datagram(0x00012345, 3), 0},  // cut
      {Datagram(0, 0), 0},           // empty
  };
  for (uint32_t spi : {0x100u, 0x101u, 0x102u, 0xfffffffeu, 0x80000001u}) {
    table.push_back({Datagram(spi, 100), static_cast<int>(1 + spi % kWorkers)});
  }
  for (const Row& row : table) {
    ASSERT_EQ(
        sendto(sender.get(), row.datagram.data(), row.datagram.size(), 0, reinterpret_cast<sockaddr*>(&to), to_size),
        static_cast<ssize_t>(row.datagram.size()));
    std::vector<pollfd> polls = {{group->ike.get(), POLLIN, 0}};
    for (const auto& fd : group->esp) polls.push_back({fd.get(), POLLIN, 0});
    ASSERT_EQ(poll(polls.data(), polls.size(), 2000), 1);
    for (size_t i = 0; i < polls.size(); ++i) {
      EXPECT_EQ(polls[i].revents != 0, static_cast<int>(i) == row.member) << base::ToHex(row.datagram) << " at " << i;
      uint8_t buffer[256];
      if (polls[i].revents != 0) recv(polls[i].fd, buffer, sizeof(buffer), 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, Steering, testing::Values(base::Family::kIPv4, base::Family::kIPv6),
                         [](const auto& row) { return row.param == base::Family::kIPv4 ? "IPv4" : "IPv6"; });

TEST(Steering, APortThatIsTakenIsSaidSo) {
  base::UniqueFd other(socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_storage address;
  const socklen_t size = base::Endpoint{base::IpAddress::AnyOf(base::Family::kIPv4), 0}.ToSockaddr(&address);
  ASSERT_EQ(bind(other.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  const auto group = OpenNatPort({.port = PortOf(other.get())});
  EXPECT_EQ(group.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(group.status().message()), testing::HasSubstr("bind 0.0.0.0:"));
}

}  // namespace
}  // namespace culvert::espd
