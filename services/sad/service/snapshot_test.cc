// SPDX-License-Identifier: Apache-2.0
#include "services/sad/service/snapshot.h"

#include <gmock/gmock.h>

namespace culvert::sad {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

config::v1::DatapathSnapshot Snapshot() {
  config::v1::DatapathSnapshot snapshot;
  snapshot.set_generation(3);
  auto* tunnel = snapshot.add_tunnels();
  tunnel->set_name("to-b");
  tunnel->set_enabled(true);
  tunnel->add_local_subnets("10.1.0.0/24");
  tunnel->add_remote_subnets("10.2.0.0/24");
  tunnel->set_local_address("192.0.2.1");
  tunnel->add_remote_endpoints("gw-b.example");
  tunnel->add_remote_endpoints("192.0.2.2");
  tunnel->add_esp_proposals("aes256gcm16-x25519");
  tunnel->set_local_firewall(true);
  tunnel->set_remote_firewall(true);
  tunnel->set_startup(config::v1::Startup::ROUTE);
  return snapshot;
}

TEST(Snapshot, BecomesAGeneration) {
  const auto generation = *ReadSnapshot(Snapshot());
  EXPECT_EQ(generation->number(), 3u);
  const Tunnel* tunnel = generation->Find("to-b");
  ASSERT_NE(tunnel, nullptr);
  EXPECT_TRUE(tunnel->acquire);
  EXPECT_TRUE(tunnel->forward_out && tunnel->forward_in);
  EXPECT_THAT(tunnel->suites, UnorderedElementsAre("aes256gcm16"));
  EXPECT_EQ(tunnel->remote_addresses.size(), 1u) << "a name is not an address";
  EXPECT_EQ(generation->Find("to-c"), nullptr);
}

TEST(Snapshot, SaysWhatItCannotDo) {
  auto snapshot = Snapshot();
  snapshot.mutable_tunnels(0)->add_passthrough_subnets("10.1.0.0/24");
  EXPECT_TRUE(absl::IsUnimplemented(ReadSnapshot(snapshot).status()));
  snapshot.mutable_tunnels(0)->set_enabled(false);
  EXPECT_TRUE(ReadSnapshot(snapshot).ok()) << "a disabled tunnel asks for nothing";
}

TEST(Snapshot, NamesTheTunnelAndTheValue) {
  auto snapshot = Snapshot();
  snapshot.mutable_tunnels(0)->add_remote_subnets("10.2.0.0/33");
  const absl::Status status = ReadSnapshot(snapshot).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("to-b"));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadSnapshot({}).status())) << "no generation";
}

}  // namespace
}  // namespace culvert::sad
