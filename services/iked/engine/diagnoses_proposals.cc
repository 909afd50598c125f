// SPDX-License-Identifier: Apache-2.0
// Versions, algorithms and encapsulation: what IKE_SA_INIT settles, and the proposals of CHILD_SAs.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/iked/engine/diagnosis_parts.h"

namespace culvert::iked {
namespace {

// Both offers are here: the difference is the answer.
Diagnosis ProposalMismatch(const Circumstance& c, DiagnosisCode code, absl::string_view protocol,
                           absl::string_view path, Proposals ours, Proposals theirs) {
  const std::vector<std::string> difference = ipsec::Difference(ours, theirs);
  Diagnosis d =
      Make(c, code,
           absl::StrCat("No ", protocol, " suite is acceptable to both sides: ", absl::StrJoin(difference, "; "), "."));
  d.field = Field(c, path);
  d.expected = Join(ours);
  d.received = Join(theirs);
  d.likely_causes = {absl::StrCat("the two sides were given different ", protocol, " proposals")};
  for (const std::string& line : difference) {
    d.fixes.push_back(absl::StrCat("In ", d.field, " or at the peer, make this agree: ", line, "."));
  }
  return d;
}

// The peer alone knows: what was offered, and what to compare it with.
Diagnosis PeerRefusedProposals(const Circumstance& c, DiagnosisCode code, absl::string_view protocol,
                               absl::string_view path, Proposals ours) {
  Diagnosis d =
      Make(c, code, absl::StrCat("The peer accepts none of our ", protocol, " proposals (NO_PROPOSAL_CHOSEN)."));
  d.field = Field(c, path);
  d.expected = Join(ours);
  d.received = "NO_PROPOSAL_CHOSEN; the peer does not say what it would accept";
  d.likely_causes = {absl::StrCat("the peer is configured with other ", protocol, " algorithms")};
  d.fixes = {absl::StrCat("Compare ", d.field, " (", d.expected, ") with the peer's, algorithm by algorithm."),
             "Read the peer's log: it holds both offers."};
  return d;
}

}  // namespace

Diagnosis IkeProposalMismatch(const Circumstance& c, Proposals ours, Proposals theirs) {
  return ProposalMismatch(c, DiagnosisCode::kIkeProposalMismatch, "IKE", "ike.proposals", ours, theirs);
}

Diagnosis PeerRefusedIkeProposals(const Circumstance& c, Proposals ours) {
  Diagnosis d = PeerRefusedProposals(c, DiagnosisCode::kIkeProposalMismatch, "IKE", "ike.proposals", ours);
  // Many peers, this one among them, say no more than that to a stranger.
  d.likely_causes.push_back("the peer has no enabled tunnel for our address");
  d.fixes.push_back("Check that the peer's tunnel is enabled and names the address that we come from.");
  return d;
}

Diagnosis EspProposalMismatch(const Circumstance& c, Proposals ours, Proposals theirs) {
  return ProposalMismatch(c, DiagnosisCode::kEspProposalMismatch, "ESP", "esp.proposals", ours, theirs);
}

Diagnosis PeerRefusedEspProposals(const Circumstance& c, Proposals ours) {
  Diagnosis d = PeerRefusedProposals(c, DiagnosisCode::kEspProposalMismatch, "ESP", "esp.proposals", ours);
  // RFC 7296 1.2: the first CHILD_SA has no key exchange of its own, so that this shows at the first rekey. In IKEv1 it
  // shows at once.
  if (c.phase == Phase::kCreateChildSa || c.phase == Phase::kQuickMode) {
    d.likely_causes.insert(
        d.likely_causes.begin(),
        "one side wants a key exchange of its own (a group in esp.proposals: PFS) and the other does "
        "not, or another group");
  }
  return d;
}

Diagnosis KeGroupMismatch(const Circumstance& c, absl::string_view field, Proposals ours, absl::string_view wanted) {
  Diagnosis d = Make(c, DiagnosisCode::kKeGroupMismatch,
                     absl::StrCat("The peer wants key exchange group ", wanted, ", which we do not offer."));
  d.field = Field(c, field);
  d.expected = Join(ours);
  d.received = absl::StrCat("INVALID_KE_PAYLOAD: ", wanted);
  d.likely_causes = {"the two sides were given different groups"};
  d.fixes = {absl::StrCat("Add ", wanted, " to ", d.field, ", or one of our groups to the peer's.")};
  return d;
}

Diagnosis VersionMismatch(const Circumstance& c, int theirs) {
  Diagnosis d = Make(c, DiagnosisCode::kVersionMismatch,
                     theirs == 1 ? "The peer speaks IKEv1, and this tunnel IKEv2."
                                 : "The peer does not speak our version of IKE (INVALID_MAJOR_VERSION).");
  d.field = Field(c, "ike.version");
  d.expected = "IKEv2";
  d.received = absl::StrCat("version ", theirs);
  d.likely_causes = {"the peer is configured for IKEv1"};
  d.fixes = {"Set the peer to IKEv2.", absl::StrCat("If it cannot, look at ", d.field, ".")};
  return d;
}

Diagnosis EncapsulationRefused(const Circumstance& c) {
  Diagnosis d = Make(c, DiagnosisCode::kEncapsulationRefused,
                     "UDP encapsulation is wanted, but the peer does not take part in NAT detection.");
  d.field = Field(c, "encapsulation");
  d.expected = "NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP";
  d.received = "neither";
  d.likely_causes = {"NAT traversal is switched off at the peer", "the peer's encapsulation is NEVER"};
  d.fixes = {"Switch NAT traversal on at the peer.",
             absl::StrCat("Set ", d.field, " to NEVER if the datapath can send raw ESP.")};
  return d;
}

}  // namespace culvert::iked
