// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/port_holder.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "libs/base/unique_fd.h"

namespace culvert::culvertd {
namespace {

TEST(PortHolder, NamesTheProcessOfEitherFamily) {
  for (int family : {AF_INET, AF_INET6}) {
    base::UniqueFd fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 address{};  // large enough for both; the port is at the same place
    address.sin6_family = static_cast<sa_family_t>(family);
    socklen_t size = sizeof(address);
    ASSERT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), family == AF_INET ? sizeof(sockaddr_in) : size), 0);
    ASSERT_EQ(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    const std::string holder = UdpPortHolder(ntohs(address.sin6_port));
    EXPECT_NE(holder.find(absl::StrCat("(pid ", getpid(), ")")), std::string::npos) << holder;
  }
}

TEST(PortHolder, NobodyInSightIsAnotherProcess) {
  EXPECT_EQ(UdpPortHolder(1), "another process");
}

}  // namespace
}  // namespace culvert::culvertd
