// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/explain.h"

#include <gtest/gtest.h>

#include <vector>

namespace culvert::iked {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1000000000);  // 2001-09-09 01:46:40 UTC

TunnelView Tunnel(TunnelState state, TunnelReason reason) {
  TunnelView tunnel;
  tunnel.name = "to-b";
  tunnel.enabled = true;
  tunnel.state = state;
  tunnel.reason = reason;
  tunnel.state_since = kNow - absl::Seconds(75);
  return tunnel;
}

TEST(ExplainTest, FailedTunnelTellsTheWholeStory) {
  TunnelView tunnel = Tunnel(TunnelState::kBackoff, TunnelReason::kNegotiationFailed);
  tunnel.attempts = 3;
  tunnel.next_attempt = kNow + absl::Milliseconds(4250);
  Diagnosis diagnosis;
  diagnosis.code = DiagnosisCode::kIkeProposalMismatch;
  diagnosis.phase = Phase::kIkeSaInit;
  diagnosis.side = Side::kInitiator;
  diagnosis.summary = "The peer accepts none of our IKE proposals.";
  diagnosis.field = "tunnels[to-b].ike.proposals";
  diagnosis.expected = "aes256gcm16-prfsha384-x25519";
  diagnosis.received = "NO_PROPOSAL_CHOSEN";
  diagnosis.likely_causes = {"The peer is configured with other algorithms."};
  diagnosis.fixes = {"Compare tunnels[to-b].ike.proposals with the peer's."};
  diagnosis.time = kNow - absl::Seconds(5);
  diagnosis.peer = "192.0.2.2:500";
  tunnel.last_diagnosis = diagnosis;
  Diagnosis earlier = diagnosis;
  earlier.code = DiagnosisCode::kNoResponse;
  earlier.summary = "Nothing came back.";
  earlier.time = kNow - absl::Hours(2);

  EXPECT_EQ(Explain(tunnel, std::vector<Diagnosis>{diagnosis, earlier}, kNow, absl::UTCTimeZone()),
            R"(Tunnel to-b is down and will try again; the negotiation failed. So for 1m15s.
Failed attempts since it was last up: 3.
Next attempt in 4.2s.

What happened: IKE_PROPOSAL_MISMATCH in IKE_SA_INIT as initiator with 192.0.2.2:500 at 01:46:35
  The peer accepts none of our IKE proposals.
  expected  aes256gcm16-prfsha384-x25519
  received  NO_PROPOSAL_CHOSEN
  look at   tunnels[to-b].ike.proposals
Likely causes, likeliest first:
  - The peer is configured with other algorithms.
What to do:
  - Compare tunnels[to-b].ike.proposals with the peer's.

Earlier:
  2001-09-08 23:46:40  NO_RESPONSE: Nothing came back.
)");
}

TEST(ExplainTest, TunnelThatIsUpShowsItsSasAndWhatOnceWentWrong) {
  TunnelView tunnel = Tunnel(TunnelState::kUp, TunnelReason::kNone);
  IkeSaView& sa = tunnel.ike_sas.emplace_back();
  sa.id = 7;
  sa.state = "ESTABLISHED";
  sa.remote = {base::IpAddress::Parse("192.0.2.2").value(), 500};
  sa.remote_id = "gw-b.example";
  sa.suite = "aes256gcm16-prfsha384-x25519";
  ChildSaView& child = sa.children.emplace_back();
  child.name = "to-b";
  child.state = "INSTALLED";
  child.local_ts = {"10.1.0.0/24"};
  child.remote_ts = {"10.2.0.0/24"};
  child.suite = "aes256gcm16";
  Diagnosis earlier;
  earlier.summary = "Nothing came back.";
  earlier.time = kNow - absl::Hours(2);

  EXPECT_EQ(Explain(tunnel, std::vector<Diagnosis>{earlier}, kNow, absl::UTCTimeZone()),
            R"(Tunnel to-b is up: every subnet pair is carried. So for 1m15s.
IKE SA 7 ESTABLISHED with 192.0.2.2:500 (gw-b.example), aes256gcm16-prfsha384-x25519
  CHILD_SA to-b INSTALLED: 10.1.0.0/24 <-> 10.2.0.0/24, aes256gcm16

Earlier:
  2001-09-08 23:46:40  NO_RESPONSE: Nothing came back.
)");
}

}  // namespace
}  // namespace culvert::iked
