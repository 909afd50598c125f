// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/caller.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace culvert::daemon {
namespace {

constexpr uint32_t kBase = 64200;
constexpr gid_t kAdmins = 900, kViewers = 901;

TEST(CallerRules, RootAProcessAndPeople) {
  const CallerRules rules(kBase, /*self=*/kBase + 2, kAdmins, kViewers);
  EXPECT_EQ(rules.Classify({0, {0}}), (Caller{"uid:0", CallerRole::kAdmin, "*"}));
  EXPECT_EQ(rules.Classify({kBase + 3, {kBase + 3, kBase}}), (Caller{"sad", CallerRole::kNone, "sad"}));
  EXPECT_EQ(rules.Classify({kBase + 2, {kBase + 2}}), (Caller{"iked", CallerRole::kNone, "iked"}));
  EXPECT_EQ(rules.Classify({1000, {100, kAdmins, kViewers}}), (Caller{"uid:1000", CallerRole::kAdmin, ""}));
  EXPECT_EQ(rules.Classify({1000, {kViewers}}), (Caller{"uid:1000", CallerRole::kViewer, ""}));
  EXPECT_EQ(rules.Classify({1000, {kBase}}), (Caller{"uid:1000", CallerRole::kNone, ""}));
  EXPECT_EQ(rules.Classify({kBase, {kBase}}),
            (Caller{"uid:64200", CallerRole::kNone, ""}));  // the group's number is nobody
}

TEST(CallerRules, OneUserForEverythingIsAdminAndEveryProcess) {
  const CallerRules rules(kBase, /*self=*/1000, std::nullopt, std::nullopt);
  const Caller caller = rules.Classify({1000, {1000}});
  EXPECT_EQ(caller.role, CallerRole::kAdmin);
  EXPECT_TRUE(caller.CountsAs("iked"));
  EXPECT_TRUE(caller.CountsAs("apid"));
  EXPECT_EQ(rules.Classify({1001, {1001}}).role, CallerRole::kNone);
}

TEST(Caller, PeopleCountAsNoProcess) {
  EXPECT_FALSE((Caller{"uid:1", CallerRole::kAdmin, ""}).CountsAs(""));
  EXPECT_FALSE((Caller{"uid:1", CallerRole::kAdmin, ""}).CountsAs("iked"));
  EXPECT_EQ(ParseRole("ADMIN"), CallerRole::kAdmin);
  EXPECT_EQ(ParseRole("admin"), CallerRole::kNone);
}

TEST(PeerCredentials, AreThoseOfTheOtherEnd) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const auto peer = ReadPeerCredentials(pair[0]);
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->uid, geteuid());
  EXPECT_NE(std::find(peer->groups.begin(), peer->groups.end(), getegid()), peer->groups.end());
  close(pair[0]);
  close(pair[1]);
  EXPECT_FALSE(ReadPeerCredentials(pair[0]));
}

}  // namespace
}  // namespace culvert::daemon
