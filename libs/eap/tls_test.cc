// SPDX-License-Identifier: Apache-2.0
// EAP-TLS between our own two sides (RFC 5216, RFC 9190).
#include "libs/eap/tls.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/eap/testing/conversation.h"
#include "libs/pki/testing/test_ca.h"

namespace culvert::eap {
namespace {

using pki::testing::Issued;
using pki::testing::kNow;
using pki::testing::TestCa;
using testing::Conversation;
using ::testing::HasSubstr;
using testing::Talk;

TlsCredentials Credentials(const Issued& own, const TestCa& trusted) {
  return {.certificate = own.certificate,
          .chain = {},
          .key = own.key,
          .anchors = {trusted.certificate()},
          .revocation = pki::RevocationMode::kIfAvailable,
          .evidence = nullptr};
}
Server ServerOf(const Issued& own, const TestCa& trusted) {
  return Server(std::make_unique<Tls>(Tls::Role::kServer, Credentials(own, trusted)));
}
Peer PeerOf(const Issued& own, const TestCa& trusted) {
  return Peer(std::make_unique<Tls>(Tls::Role::kPeer, Credentials(own, trusted)), "bob");
}

TEST(EapTls, BothProveThemselvesAndShareAKey) {
  const TestCa ca;
  // RSA keys make certificates that need several fragments.
  for (const pki::KeyType type : {pki::KeyType::kEcP256, pki::KeyType::kRsa, pki::KeyType::kEd25519}) {
    Server server = ServerOf(ca.Issue({.subject = "CN=gw", .key = type}), ca);
    Peer peer = PeerOf(ca.Issue({.subject = "CN=bob", .key = type}), ca);
    const Conversation talk = Talk(server, peer, kNow);
    ASSERT_EQ(talk.at_server.state, State::kSucceeded) << talk.at_server.why << talk.at_peer.why;
    ASSERT_EQ(talk.at_peer.state, State::kSucceeded) << talk.at_peer.why;
    EXPECT_EQ(server.peer_certificate()->subject(), "CN=bob");
    EXPECT_EQ(peer.peer_certificate()->subject(), "CN=gw");
    const base::Secret ours = server.TakeMsk(), theirs = peer.TakeMsk();
    EXPECT_EQ(ours.size(), kMskSize);
    EXPECT_TRUE(base::EqualConstantTime(ours.view(), theirs.view()));
    for (const Packet& packet : talk.packets) EXPECT_LE(packet.data.size(), kTlsFragment + 5);
  }
}

TEST(EapTls, AStrangersCertificateIsRefusedByEitherSide) {
  const TestCa ca, other({.subject = "CN=Other CA"});
  {
    Server server = ServerOf(ca.Issue({.subject = "CN=gw"}), ca);
    Peer peer = PeerOf(other.Issue({.subject = "CN=eve"}), ca);
    const Conversation talk = Talk(server, peer, kNow);
    EXPECT_EQ(talk.at_server.failure, Failure::kRefused);
    EXPECT_THAT(talk.at_server.why, HasSubstr("CERT_UNTRUSTED"));
    EXPECT_NE(talk.at_peer.state, State::kSucceeded);
  }
  Server server = ServerOf(other.Issue({.subject = "CN=gw"}), ca);
  Peer peer = PeerOf(ca.Issue({.subject = "CN=bob"}), ca);
  const Conversation talk = Talk(server, peer, kNow);
  EXPECT_EQ(talk.at_peer.failure, Failure::kRefused);
  EXPECT_THAT(talk.at_peer.why, HasSubstr("CERT_UNTRUSTED"));
  EXPECT_EQ(talk.at_server.state, State::kFailed);
}

TEST(EapTls, AnExpiredCertificateIsRefused) {
  const TestCa ca;
  Server server = ServerOf(ca.Issue({.subject = "CN=gw"}), ca);
  Peer peer = PeerOf(ca.Issue({.subject = "CN=bob", .not_after = kNow - absl::Hours(1)}), ca);
  EXPECT_THAT(Talk(server, peer, kNow).at_server.why, HasSubstr("CERT_EXPIRED"));
}

TEST(EapTls, LengthsThatLieAreRefused) {
  const TestCa ca;
  testing::SeededRng rng;
  for (const absl::string_view hex : {"", "80", "800000", "80ffffffff00", "40", "800000000100ff"}) {
    Peer peer = PeerOf(ca.Issue({.subject = "CN=bob"}), ca);
    ASSERT_EQ(peer.Handle(Encode({Code::kRequest, 1, Type::kTls, {0x20}}), {kNow, rng}).state, State::kRunning);
    // Whatever of our ClientHello is out, these are no answers to it.
    const Step step = peer.Handle(Encode({Code::kRequest, 2, Type::kTls, base::FromHex(hex)}), {kNow, rng});
    EXPECT_NE(step.state, State::kSucceeded) << hex;
  }
}

}  // namespace
}  // namespace culvert::eap
