// SPDX-License-Identifier: Apache-2.0
// In network namespaces of the test's own: ports 500 and 4500 of the host are somebody else's.
#include "services/culvertd/outer_sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "libs/daemon/testing/in_child.h"

namespace culvert::culvertd {
namespace {

std::vector<std::string> NamesOf(const OuterSockets& sockets, const std::vector<std::string>& prefixes) {
  std::vector<std::string> out;
  for (const auto& [name, fd] : sockets.Named(prefixes)) out.push_back(name);
  return out;
}

TEST(OuterSockets, HaveTheNamesThatIkedAndEspdTake) {
  EXPECT_EQ(daemon::InChild([] {
              REQUIRE_CHILD(unshare(CLONE_NEWNET) == 0);
              auto sockets = OuterSockets::Open({.workers = 2, .raw_esp = true, .tun = true});
              REQUIRE_CHILD(sockets.ok());
              using Names = std::vector<std::string>;
              REQUIRE_CHILD(NamesOf(*sockets, {"ike500", "ike4500", "route"}) ==
                            Names({"ike500-4", "ike4500-4", "route-4", "ike500-6", "ike4500-6", "route-6"}));
              REQUIRE_CHILD(NamesOf(*sockets, {"esp4500-4", "raw50", "tun"}) ==
                            Names({"esp4500-4.0", "esp4500-4.1", "raw50-4", "raw50-6", "tun.0", "tun.1"}));
            }),
            0);
}

TEST(OuterSockets, WithoutTheUserSpaceDatapathThereIsNoTunAndNoRawSocket) {
  EXPECT_EQ(daemon::InChild([] {
              REQUIRE_CHILD(unshare(CLONE_NEWNET) == 0);
              auto sockets = OuterSockets::Open({});
              REQUIRE_CHILD(sockets.ok());
              REQUIRE_CHILD(NamesOf(*sockets, {"raw50", "tun"}).empty());
            }),
            0);
}

TEST(OuterSockets, ATakenPortIsAnErrorThatSaysByWhom) {
  for (uint16_t port : {500, 4500}) {
    EXPECT_EQ(daemon::InChild([&] {
                REQUIRE_CHILD(unshare(CLONE_NEWNET) == 0);
                const int squatter = socket(AF_INET, SOCK_DGRAM, 0);
                sockaddr_in address{};
                address.sin_family = AF_INET;
                address.sin_port = htons(port);
                REQUIRE_CHILD(bind(squatter, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
                const absl::Status status = OuterSockets::Open({}).status();
                REQUIRE_CHILD(absl::IsAlreadyExists(status));
                const std::string wanted =
                    absl::StrCat("UDP port ", port, " is taken by culvertd_core_t (pid ", getpid(), ")");
                REQUIRE_CHILD(std::string(status.message()).find(wanted) != std::string::npos);
              }),
              0);
  }
}

TEST(OuterSockets, WithoutRightsTheErrorSaysWhichOne) {
  EXPECT_EQ(daemon::InChild([] {
              REQUIRE_CHILD(unshare(CLONE_NEWNET) == 0);
              REQUIRE_CHILD(setuid(65534) == 0);
              const absl::Status status = OuterSockets::Open({}).status();
              REQUIRE_CHILD(absl::IsPermissionDenied(status));
              REQUIRE_CHILD(std::string(status.message()).find("start culvertd as root") != std::string::npos);
            }),
            0);
}

}  // namespace
}  // namespace culvert::culvertd
