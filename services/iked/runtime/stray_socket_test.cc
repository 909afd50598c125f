// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/stray_socket.h"

#include <gtest/gtest.h>
#include <sys/uio.h>

#include <array>
#include <vector>

#include "libs/base/stray_datagram.h"

namespace culvert::iked {
namespace {

using base::Bytes;

class StraySocketTest : public ::testing::Test {
 protected:
  StraySocketTest() {
    std::array<int, 2> fds;
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    espd_ = base::UniqueFd(fds[0]);
    strays_ = std::make_unique<StraySocket>(base::UniqueFd(fds[1]));
  }
  static base::Endpoint At(const char* address, uint16_t port) { return {*base::IpAddress::Parse(address), port}; }
  void HandOver(const base::Endpoint& local, const base::Endpoint& remote, Bytes datagram) {
    base::StrayHeader header = {};
    local.ToSockaddr(&header.local);
    remote.ToSockaddr(&header.remote);
    std::array<iovec, 2> parts = {iovec{&header, sizeof header}, iovec{datagram.data(), datagram.size()}};
    ASSERT_GT(writev(espd_.get(), parts.data(), parts.size()), 0);
  }
  struct Heard {
    base::Endpoint local, remote;
    Bytes bytes;
  };
  uint64_t Receive() {
    return strays_->Receive([this](const ReceivedDatagram& d) {
      heard_.push_back({d.local, d.remote, base::ToBytes(d.bytes)});
    });
  }

  base::UniqueFd espd_;
  std::unique_ptr<StraySocket> strays_;
  std::vector<Heard> heard_;
};

TEST_F(StraySocketTest, HearsIkeWithItsAddressesAndWithoutItsMarker) {
  HandOver(At("192.0.2.1", 4500), At("192.0.2.9", 4501), {0, 0, 0, 0, 7, 8, 9});
  HandOver(At("2001:db8::1", 4500), At("2001:db8::9", 4500), {0, 0, 0, 0});
  EXPECT_EQ(Receive(), 0u);
  ASSERT_EQ(heard_.size(), 2u);
  EXPECT_EQ(heard_[0].local, At("192.0.2.1", 4500));
  EXPECT_EQ(heard_[0].remote, At("192.0.2.9", 4501));
  EXPECT_EQ(heard_[0].bytes, (Bytes{7, 8, 9}));
  EXPECT_EQ(heard_[1].remote, At("2001:db8::9", 4500));
  EXPECT_TRUE(heard_[1].bytes.empty());
}

TEST_F(StraySocketTest, DropsWhatIsTooShortToBeIke) {
  HandOver(At("192.0.2.1", 4500), At("192.0.2.9", 4501), {0, 0, 0});
  ASSERT_EQ(write(espd_.get(), "x", 1), 1);
  EXPECT_EQ(Receive(), 2u);
  EXPECT_TRUE(heard_.empty());
}

TEST_F(StraySocketTest, OfNoDescriptorThereAreNone) {
  StraySocket none{base::UniqueFd()};
  EXPECT_EQ(none.fd(), -1);
  EXPECT_EQ(none.Receive([](const ReceivedDatagram&) { FAIL(); }), 0u);
}

}  // namespace
}  // namespace culvert::iked
