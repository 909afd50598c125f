// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/udp_socket.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <string>

namespace culvert::iked {
namespace {

using base::Bytes;

base::UniqueFd Bound(const char* address) {
  const base::Endpoint any{base::IpAddress::Parse(address).value(), 0};
  sockaddr_storage storage;
  const socklen_t length = any.ToSockaddr(&storage);
  base::UniqueFd fd(socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
  return fd;
}

std::unique_ptr<UdpSocket> Open(const char* address, bool nat_port) {
  return UdpSocket::Adopt(Bound(address), nat_port).value();
}

base::Endpoint EndpointOf(const UdpSocket& socket, const char* address) {
  return {base::IpAddress::Parse(address).value(), socket.port()};
}

bool WaitFor(const UdpSocket& socket, short events) {
  pollfd p{socket.fd(), events, 0};
  return poll(&p, 1, 5000) == 1;
}

// Sends raw octets from a plain socket, as the wire would carry them.
void SendRaw(const base::Endpoint& to, const Bytes& octets) {
  base::UniqueFd fd = Bound("127.0.0.1");
  sockaddr_storage storage;
  const socklen_t length = to.ToSockaddr(&storage);
  ASSERT_EQ(sendto(fd.get(), octets.data(), octets.size(), 0, reinterpret_cast<sockaddr*>(&storage), length),
            static_cast<ssize_t>(octets.size()));
}

struct Heard {
  base::Endpoint local, remote;
  Bytes bytes;
};
std::vector<Heard> Receive(UdpSocket& socket, uint64_t* strays = nullptr) {
  std::vector<Heard> heard;
  EXPECT_TRUE(WaitFor(socket, POLLIN));
  const uint64_t n = socket.Receive([&](const ReceivedDatagram& d) {
    heard.push_back({d.local, d.remote, base::ToBytes(d.bytes)});
  });
  if (strays != nullptr) *strays = n;
  return heard;
}

TEST(UdpSocketTest, CarriesTheLocalAddressBothWays) {
  auto a = Open("0.0.0.0", false), b = Open("0.0.0.0", false);
  ASSERT_TRUE(a->Send(base::IpAddress::Parse("127.0.0.7").value(), EndpointOf(*b, "127.0.0.9"), Bytes{1, 2, 3}).ok());
  const auto heard = Receive(*b);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].remote, EndpointOf(*a, "127.0.0.7"));
  EXPECT_EQ(heard[0].local, EndpointOf(*b, "127.0.0.9"));
  EXPECT_EQ(heard[0].bytes, (Bytes{1, 2, 3}));
}

TEST(UdpSocketTest, Ipv6CarriesTheLocalAddress) {
  auto a = Open("::", false), b = Open("::", false);
  ASSERT_TRUE(a->Send(base::IpAddress::Parse("::1").value(), EndpointOf(*b, "::1"), Bytes{7}).ok());
  const auto heard = Receive(*b);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].remote, EndpointOf(*a, "::1"));
  EXPECT_EQ(heard[0].local, EndpointOf(*b, "::1"));
}

TEST(UdpSocketTest, NatPortAddsAndStripsTheMarker) {
  auto a = Open("127.0.0.1", true), b = Open("127.0.0.1", true);
  const auto local = base::IpAddress::Parse("127.0.0.1").value();
  ASSERT_TRUE(a->Send(local, EndpointOf(*b, "127.0.0.1"), Bytes{9, 8, 7}).ok());
  EXPECT_EQ(Receive(*b)[0].bytes, (Bytes{9, 8, 7}));

  auto plain = Open("127.0.0.1", false);
  ASSERT_TRUE(a->Send(local, EndpointOf(*plain, "127.0.0.1"), Bytes{9, 8, 7}).ok());
  EXPECT_EQ(Receive(*plain)[0].bytes, (Bytes{0, 0, 0, 0, 9, 8, 7}));
  ASSERT_TRUE(a->Send(local, EndpointOf(*plain, "127.0.0.1"), Bytes{0xff}).ok());
  EXPECT_EQ(Receive(*plain)[0].bytes, (Bytes{0xff})) << "a keepalive wears no marker";
}

TEST(UdpSocketTest, NatPortDropsKeepalivesAndEsp) {
  auto socket = Open("127.0.0.1", true);
  uint64_t strays = 0;
  SendRaw(EndpointOf(*socket, "127.0.0.1"), {0xff});
  EXPECT_TRUE(Receive(*socket, &strays).empty());
  EXPECT_EQ(strays, 0u);
  SendRaw(EndpointOf(*socket, "127.0.0.1"), {0x12, 0x34, 0x56, 0x78, 0, 0, 0, 1, 0xaa});  // an ESP packet's start
  EXPECT_TRUE(Receive(*socket, &strays).empty());
  EXPECT_EQ(strays, 1u);
  SendRaw(EndpointOf(*socket, "127.0.0.1"), {0, 0, 0});
  EXPECT_TRUE(Receive(*socket, &strays).empty());
  EXPECT_EQ(strays, 1u);
}

TEST(UdpSocketTest, SaysWhichPeerHasNobodyListening) {
  auto socket = Open("127.0.0.1", false);
  const auto local = base::IpAddress::Parse("127.0.0.1").value();
  base::Endpoint nobody;
  {
    auto closed = Open("127.0.0.1", false);
    nobody = EndpointOf(*closed, "127.0.0.1");
  }
  ASSERT_TRUE(socket->Send(local, nobody, Bytes{1}).ok());
  ASSERT_TRUE(WaitFor(*socket, 0));  // POLLERR
  std::vector<std::pair<base::Endpoint, int>> errors;
  socket->ReceiveErrors([&](const base::Endpoint& remote, int error) { errors.emplace_back(remote, error); });
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].first, nobody);
  EXPECT_EQ(errors[0].second, ECONNREFUSED);
}

TEST(UdpSocketTest, RefusesWhatIsNotABoundUdpSocket) {
  EXPECT_FALSE(UdpSocket::Adopt(base::UniqueFd(), false).ok());
  EXPECT_FALSE(UdpSocket::Adopt(base::UniqueFd(socket(AF_INET, SOCK_DGRAM, 0)), false).ok());
}

}  // namespace
}  // namespace culvert::iked
