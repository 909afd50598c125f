// SPDX-License-Identifier: Apache-2.0
// EAP sessions with MSCHAPv2 (RFC 3748, draft-kamath-pppext-eap-mschapv2).
#include "libs/eap/session.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/eap/mschapv2.h"
#include "libs/eap/testing/conversation.h"

namespace culvert::eap {
namespace {

using testing::Conversation;
using ::testing::HasSubstr;
using testing::SeededRng;
using testing::Talk;

std::shared_ptr<const std::vector<Account>> Accounts() {
  auto accounts = std::make_shared<std::vector<Account>>();
  accounts->push_back({"bob", base::Secret::CopyOf(base::AsBytes("builder"))});
  return accounts;
}
Server BobsServer() {
  return Server(std::make_unique<MschapV2Server>("gw", Accounts()));
}
Peer Client(absl::string_view user, absl::string_view password) {
  return Peer(std::make_unique<MschapV2Peer>(std::string(user), base::AsBytes(password)), std::string(user));
}
const Context& Now() {
  static SeededRng rng;
  static const Context context{absl::FromUnixSeconds(1'700'000'000), rng};
  return context;
}

TEST(EapMschapV2, TheRightPasswordMakesOneKey) {
  Server server = BobsServer();
  Peer peer = Client("bob", "builder");
  const Conversation talk = Talk(server, peer);
  EXPECT_EQ(talk.at_server.state, State::kSucceeded);
  EXPECT_EQ(talk.at_peer.state, State::kSucceeded);
  EXPECT_EQ(talk.packets.size(), 7u);  // identity, challenge and result asked and answered; Success
  EXPECT_EQ(server.identity(), "bob");
  const base::Secret ours = server.TakeMsk(), theirs = peer.TakeMsk();
  EXPECT_EQ(ours.size(), kMskSize);
  EXPECT_TRUE(base::EqualConstantTime(ours.view(), theirs.view()));
}

TEST(EapMschapV2, AWrongPasswordAndAnUnknownUserLookTheSame) {
  std::vector<size_t> sizes;
  for (const absl::string_view user : {"bob", "eve"}) {
    Server server = BobsServer();
    Peer peer = Client(user, "wrong");
    const Conversation talk = Talk(server, peer);
    EXPECT_EQ(talk.at_server.failure, Failure::kRefused);
    EXPECT_EQ(talk.at_peer.failure, Failure::kRefused);
    EXPECT_THAT(talk.at_peer.why, HasSubstr("E=691"));
    EXPECT_EQ(talk.packets.back().code, Code::kFailure);
    sizes.push_back(talk.packets[4].data.size());
  }
  EXPECT_EQ(sizes[0], sizes[1]);
}

// A server that took the response on trust cannot answer it: the client does not believe its Success.
TEST(EapMschapV2, AServerWithoutThePasswordIsNotBelieved) {
  Peer peer = Client("bob", "builder");
  base::Bytes data = {1, 9, 0, 21, 16};
  data.resize(21);
  ASSERT_FALSE(peer.Handle(Encode({Code::kRequest, 1, Type::kMschapV2, data}), Now()).reply.empty());
  const std::string claim = "S=0000000000000000000000000000000000000000";
  base::Bytes success = {3, 9, 0, static_cast<uint8_t>(4 + claim.size())};
  success.insert(success.end(), claim.begin(), claim.end());
  const Step step = peer.Handle(Encode({Code::kRequest, 2, Type::kMschapV2, success}), Now());
  EXPECT_EQ(step.state, State::kFailed);
  EXPECT_THAT(step.why, HasSubstr("does not know the password"));
}

// RFC 3748 4.2: Success proves nothing before the method is done.
TEST(EapPeer, AnEarlySuccessIsRefused) {
  Peer peer = Client("bob", "builder");
  EXPECT_EQ(peer.Handle(Encode({.code = Code::kSuccess}), Now()).failure, Failure::kMalformed);
}

TEST(EapPeer, AnotherMethodIsRefusedByName) {
  Peer peer = Client("bob", "builder");
  const Step nak = peer.Handle(Encode({Code::kRequest, 5, static_cast<Type>(4), {1}}), Now());
  EXPECT_EQ(*Decode(nak.reply), (Packet{Code::kResponse, 5, Type::kNak, {26}}));
  const Step end = peer.Handle(Encode({.code = Code::kFailure, .identifier = 5}), Now());
  EXPECT_EQ(end.failure, Failure::kMethod);
  EXPECT_EQ(end.why, "the server wants EAP type 4");
}

TEST(EapServer, ANakEndsIt) {
  Server server = BobsServer();
  const uint8_t id = Decode(server.Begin(Now()))->identifier;
  const Step asked = server.Handle(Encode({Code::kResponse, id, Type::kIdentity, {'b', 'o', 'b'}}), Now());
  const Step end = server.Handle(Encode({Code::kResponse, Decode(asked.reply)->identifier, Type::kNak, {6}}), Now());
  EXPECT_EQ(end.failure, Failure::kMethod);
  EXPECT_EQ(end.why, "the peer wants EAP type 6");
  EXPECT_EQ(Decode(end.reply)->code, Code::kFailure);
}

// Neither can anybody skip the challenge, nor answer as another than it said it was.
TEST(EapServer, OnlyTheAnswerThatWasAskedForCounts) {
  const base::Bytes success = {3};
  for (const Packet& answer :
       {Packet{Code::kResponse, 0, Type::kMschapV2, success}, Packet{Code::kRequest, 0, Type::kMschapV2, success},
        Packet{Code::kResponse, 0, Type::kTls, success}}) {
    Server server = BobsServer();
    const uint8_t id = Decode(server.Begin(Now()))->identifier;
    const Step asked = server.Handle(Encode({Code::kResponse, id, Type::kIdentity, {'b', 'o', 'b'}}), Now());
    Packet packet = answer;
    packet.identifier = Decode(asked.reply)->identifier;
    EXPECT_EQ(server.Handle(Encode(packet), Now()).state, State::kFailed);
  }
  Server server = BobsServer();
  Peer eve(std::make_unique<MschapV2Peer>("bob", base::AsBytes("builder")), "eve");
  EXPECT_EQ(Talk(server, eve).at_server.failure, Failure::kRefused);
}

TEST(EapServer, RoundsAreBounded) {
  Peer peer = Client("bob", "builder");
  Step step;
  for (int round = 0; round <= kMaxRounds; ++round) {
    step = peer.Handle(Encode({Code::kRequest, static_cast<uint8_t>(round), Type::kIdentity, {}}), Now());
  }
  EXPECT_EQ(step.failure, Failure::kMalformed);
}

}  // namespace
}  // namespace culvert::eap
