// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/diagnoses.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/iked/engine/diagnosis_parts.h"

namespace culvert::iked {
namespace {

std::string Join(Proposals proposals) {
  return absl::StrJoin(proposals, ", ", [](std::string* out, const ipsec::Proposal& p) {
    absl::StrAppend(out, p.ToString().empty() ? "nothing we know" : p.ToString());
  });
}

std::string Pair(Selectors local, Selectors remote) {
  return absl::StrCat(ipsec::ToString(local), " === ", ipsec::ToString(remote));
}

// Both offers are here: the difference is the answer.
Diagnosis ProposalMismatch(const Circumstance& c, DiagnosisCode code, absl::string_view protocol,
                           absl::string_view path, Proposals ours, Proposals theirs) {
  const std::vector<std::string> difference = ipsec::Difference(ours, theirs);
  Diagnosis d = Make(
      c, code, absl::StrCat("No ", protocol, " suite is acceptable to both sides: ", absl::StrJoin(difference, "; ")));
  d.field = Field(c, path);
  d.expected = Join(ours);
  d.received = Join(theirs);
  d.likely_causes = {absl::StrCat("the two sides were given different ", protocol, " proposals")};
  d.fixes = {absl::StrCat("Make ", d.field, " agree with the peer in every line of the difference.")};
  return d;
}

Diagnosis PeerRefusedProposals(const Circumstance& c, DiagnosisCode code, absl::string_view protocol,
                               absl::string_view path, Proposals ours) {
  Diagnosis d =
      Make(c, code, absl::StrCat("The peer accepts none of our ", protocol, " proposals (NO_PROPOSAL_CHOSEN)."));
  d.field = Field(c, path);
  d.expected = Join(ours);
  d.received = "NO_PROPOSAL_CHOSEN; the peer does not say what it would accept";
  d.likely_causes = {absl::StrCat("the peer is configured with other ", protocol, " algorithms"),
                     "the peer has no configuration for our address"};
  d.fixes = {absl::StrCat("Compare ", d.field, " (", d.expected, ") with the peer's, algorithm by algorithm."),
             "Read the peer's log: it holds both offers."};
  return d;
}

}  // namespace

Diagnosis NameNotResolved(const Circumstance& c, absl::string_view endpoints, const absl::Status& status) {
  Diagnosis d =
      Make(c, DiagnosisCode::kNameNotResolved, absl::StrCat("The peer's name has no address: ", endpoints, "."));
  d.field = Field(c, "remote.endpoint");
  d.expected = absl::StrCat("an A or AAAA record for ", endpoints);
  d.received = std::string(status.message());
  d.likely_causes = {"the name is misspelt or not registered yet", "the resolver cannot be reached"};
  d.fixes = {absl::StrCat("Correct ", d.field, ", or enter the address itself."), "Check gateway.resolvers."};
  return d;
}

Diagnosis NoRouteToPeer(const Circumstance& c, const absl::Status& status) {
  Diagnosis d = Make(c, DiagnosisCode::kNoRouteToPeer, "The host has no route to the peer.");
  d.field = Field(c, "remote.endpoint");
  d.expected = "a route to the peer";
  d.received = std::string(status.message());
  d.likely_causes = {"the uplink is down", "there is no default route"};
  d.fixes = {"Bring the uplink up, or add a route to the peer."};
  return d;
}

Diagnosis NoResponse(const Circumstance& c, int messages, bool port_unreachable) {
  Diagnosis d = port_unreachable
                    ? Make(c, DiagnosisCode::kPortUnreachable,
                           absl::StrCat("The peer's host says that nothing listens there (", messages, " messages)."))
                    : Make(c, DiagnosisCode::kNoResponse,
                           absl::StrCat("The peer answered none of ", messages, " ", Name(c.phase), " messages."));
  d.field = Field(c, "remote.endpoint");
  d.expected = absl::StrCat("an answer from ", c.peer);
  d.received = port_unreachable ? "ICMP port unreachable" : "nothing";
  d.likely_causes = {"the peer's IKE daemon is not running", "a firewall drops UDP 500 or 4500 on the way",
                     "the address is not the peer's"};
  if (c.phase == Phase::kIkeAuth) {
    d.likely_causes = {"UDP 4500 is blocked while 500 passes", "large datagrams are lost: fragments are dropped",
                       "the peer dropped our message without an answer"};
  }
  d.fixes = {"Allow UDP 500 and 4500 in both directions.", absl::StrCat("Check ", d.field, ".")};
  return d;
}

Diagnosis NoTunnelForPeer(const Circumstance& c, absl::string_view local) {
  Diagnosis d = Make(c, DiagnosisCode::kNoTunnelForPeer,
                     absl::StrCat("A peer at ", c.peer, " called ", local, ", and no enabled tunnel is meant for it."));
  d.field = "tunnels[].remote.endpoint";
  d.expected = "a peer of an enabled tunnel";
  d.received = c.peer;
  d.likely_causes = {"the tunnel is disabled, down, or has another remote.endpoint", "the peer comes from behind a NAT",
                     "its ike.version is another"};
  d.fixes = {"Set the tunnel's remote.endpoint to the address the peer comes from, or to any."};
  return d;
}

Diagnosis IkeProposalMismatch(const Circumstance& c, Proposals ours, Proposals theirs) {
  return ProposalMismatch(c, DiagnosisCode::kIkeProposalMismatch, "IKE", "ike.proposals", ours, theirs);
}

Diagnosis PeerRefusedIkeProposals(const Circumstance& c, Proposals ours) {
  return PeerRefusedProposals(c, DiagnosisCode::kIkeProposalMismatch, "IKE", "ike.proposals", ours);
}

Diagnosis EspProposalMismatch(const Circumstance& c, Proposals ours, Proposals theirs) {
  return ProposalMismatch(c, DiagnosisCode::kEspProposalMismatch, "ESP", "esp.proposals", ours, theirs);
}

Diagnosis PeerRefusedEspProposals(const Circumstance& c, Proposals ours) {
  Diagnosis d = PeerRefusedProposals(c, DiagnosisCode::kEspProposalMismatch, "ESP", "esp.proposals", ours);
  if (c.phase == Phase::kCreateChildSa) {
    d.likely_causes.push_back("one side wants a key exchange at rekey (PFS) and the other does not, or another group");
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
  d.fixes = {absl::StrCat("Add the peer's group to ", d.field, ", or ours to the peer's.")};
  return d;
}

Diagnosis VersionMismatch(const Circumstance& c, int theirs) {
  Diagnosis d = Make(c, DiagnosisCode::kVersionMismatch, "The peer does not speak our version of IKE.");
  d.field = Field(c, "ike.version");
  d.expected = "IKE version 2";
  d.received = absl::StrCat("INVALID_MAJOR_VERSION, version ", theirs);
  d.likely_causes = {"the peer is configured for IKEv1"};
  d.fixes = {"Set the peer to IKEv2."};
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

Diagnosis PskMismatch(const Circumstance& c, absl::string_view secret, const ipsec::Identity& local,
                      const ipsec::Identity& remote) {
  Diagnosis d =
      Make(c, DiagnosisCode::kPskMismatch,
           absl::StrCat("The peer ", remote.ToString(), " authenticated with another pre-shared key than ours."));
  d.field = absl::StrCat("secrets[", secret, "].psk");
  d.expected = absl::StrCat("AUTH made with secret ", secret, " (ours: ", local.ToString(), ")");
  d.received = "AUTH that does not verify";
  d.likely_causes = {"the keys differ: a typo, a trailing blank, hex or base64 read as text",
                     absl::StrCat("secret ", secret, " is the first match for this peer, and not the one meant")};
  d.fixes = {absl::StrCat("Enter the same key on both sides (", d.field, ")."),
             absl::StrCat("See which secret is used: culvertctl secret explain ", c.tunnel, ".")};
  return d;
}

Diagnosis PeerRefusedAuthentication(const Circumstance& c, absl::string_view secret, const ipsec::Identity& local) {
  Diagnosis d = Make(c, DiagnosisCode::kPeerRefusedAuthentication,
                     absl::StrCat("The peer refused our authentication as ", local.ToString(), "."));
  d.field = secret.empty() ? Field(c, "authentication") : absl::StrCat("secrets[", secret, "].psk");
  d.expected = absl::StrCat("the peer to accept ", local.ToString(), " with secret ", secret);
  d.received = "AUTHENTICATION_FAILED; a peer does not say why";
  d.likely_causes = {"the pre-shared keys differ", "the peer expects another identity of us",
                     "the peer expects us to ask for another identity of its own"};
  d.fixes = {absl::StrCat("Enter the same key on both sides (", d.field, ")."),
             absl::StrCat("Compare ", Field(c, "local.identifier"), " with the peer's remote identifier, and ",
                          Field(c, "remote.identifier"), " with its own."),
             "Read the peer's log."};
  return d;
}

Diagnosis PeerIdMismatch(const Circumstance& c, absl::string_view expected, const ipsec::Identity& received) {
  Diagnosis d = Make(c, DiagnosisCode::kPeerIdMismatch,
                     absl::StrCat("PEER_ID_MISMATCH expected=", expected, " got=", received.ToString()));
  d.field = Field(c, "remote.identifier");
  d.expected = std::string(expected);
  d.received = absl::StrCat(received.ToString(), " (", ipsec::ToString(received.type), ")");
  d.likely_causes = {"the peer's own identifier is set to something else",
                     "the type differs: a name with @ and without, an address and a name"};
  d.fixes = {absl::StrCat("Set ", d.field, " to ", received.ToString(), ", or the peer's local identifier to ",
                          expected, ".")};
  return d;
}

Diagnosis LocalIdMismatch(const Circumstance& c, absl::string_view expected, const ipsec::Identity& received) {
  Diagnosis d = PeerIdMismatch(c, expected, received);
  d.summary = absl::StrCat("The peer asks for ", received.ToString(), ", and we are ", expected, ".");
  d.field = Field(c, "local.identifier");
  d.likely_causes = {"the peer's remote identifier is not our local one"};
  d.fixes = {absl::StrCat("Set ", d.field, " to ", received.ToString(), ", or the peer's remote identifier to ",
                          expected, ".")};
  return d;
}

Diagnosis NoSecretForPeer(const Circumstance& c, const ipsec::Identity& remote) {
  Diagnosis d = Make(c, DiagnosisCode::kNoSecretForPeer,
                     absl::StrCat("No pre-shared key is configured for ", remote.ToString(), "."));
  d.field = "secrets";
  d.expected = absl::StrCat("a secret with selector ", remote.ToString(), ", ", c.peer, ", or none");
  d.received = "no match";
  d.likely_causes = {"the secret's selectors name another identity or address"};
  d.fixes = {absl::StrCat("Add ", remote.ToString(), " to the selectors of the right secret."),
             absl::StrCat("Try: culvertctl secret explain ", c.tunnel, ".")};
  return d;
}

Diagnosis PeerStaysConnected(const Circumstance& c, const ipsec::Identity& remote) {
  Diagnosis d =
      Make(c, DiagnosisCode::kPeerBusy,
           absl::StrCat(remote.ToString(), " is connected already, and unique is KEEP: the newcomer is refused."));
  d.field = Field(c, "unique");
  d.expected = "one IKE SA of an identity";
  d.received = "a second one";
  d.likely_causes = {"two peers use one identity", "the peer restarted without INITIAL_CONTACT"};
  d.fixes = {"Give each peer its own identifier.", absl::StrCat("Set ", d.field, " to REPLACE.")};
  return d;
}

Diagnosis SelectorsUnacceptable(const Circumstance& c, Selectors our_local, Selectors our_remote, Selectors their_local,
                                Selectors their_remote) {
  // From their side: what is local to them must meet what is remote to us.
  const bool local_ok = !ipsec::Narrow(our_local, their_remote).empty();
  Diagnosis d = Make(c, DiagnosisCode::kTrafficSelectorsUnacceptable,
                     absl::StrCat("The subnets do not fit: ours ", Pair(our_local, our_remote),
                                  ", the peer's (seen from here) ", Pair(their_remote, their_local), "."));
  d.field = Field(c, local_ok ? "remote.subnets" : "local.subnets");
  d.expected = Pair(our_local, our_remote);
  d.received = Pair(their_remote, their_local);
  d.likely_causes = {local_ok ? "our remote.subnets are not the peer's local ones"
                              : "our local.subnets are not the peer's remote ones"};
  d.fixes = {absl::StrCat("Make ", d.field, " and the peer's counterpart overlap.")};
  return d;
}

Diagnosis PeerRefusedSelectors(const Circumstance& c, Selectors local, Selectors remote) {
  Diagnosis d = Make(c, DiagnosisCode::kTrafficSelectorsUnacceptable,
                     absl::StrCat("The peer accepts no part of ", Pair(local, remote), " (TS_UNACCEPTABLE)."));
  d.field = Field(c, "remote.subnets");
  d.expected = Pair(local, remote);
  d.received = "TS_UNACCEPTABLE; the peer does not say what it would accept";
  d.likely_causes = {"the peer's local subnets are not our remote ones, or its remote ones not our local ones"};
  d.fixes = {absl::StrCat("Compare ", Field(c, "local.subnets"), " and ", d.field, " with the peer's, mirrored.")};
  return d;
}

Diagnosis Narrowed(const Circumstance& c, Selectors asked_local, Selectors asked_remote, Selectors local,
                   Selectors remote) {
  Diagnosis d = Make(c, DiagnosisCode::kNarrowed,
                     absl::StrCat("Only a part of the subnets is carried: ", Pair(local, remote), " of ",
                                  Pair(asked_local, asked_remote), "."));
  d.field = Field(c, ipsec::Covers(remote, asked_remote) ? "local.subnets" : "remote.subnets");
  d.expected = Pair(asked_local, asked_remote);
  d.received = Pair(local, remote);
  d.likely_causes = {"the peer is configured for less"};
  d.fixes = {absl::StrCat("Make ", d.field, " agree with the peer's.")};
  return d;
}

Diagnosis TransportRefused(const Circumstance& c) {
  Diagnosis d =
      Make(c, DiagnosisCode::kTransportRefused, "The peer asked for transport mode; it was answered in tunnel mode.");
  d.field = Field(c, "esp.mode");
  d.expected = "tunnel mode";
  d.received = "USE_TRANSPORT_MODE";
  d.likely_causes = {"the peer's type is transport"};
  d.fixes = {"Set the peer to tunnel mode."};
  return d;
}

Diagnosis InstallFailed(const Circumstance& c, const absl::Status& status) {
  Diagnosis d =
      Make(c, DiagnosisCode::kInstallFailed, absl::StrCat("The datapath refused the CHILD_SA: ", status.message()));
  d.phase = Phase::kInstall;
  d.field = Field(c, "esp");
  d.expected = "the CHILD_SA to be installed";
  d.received = status.ToString();
  d.likely_causes = {"the kernel lacks an algorithm", "the datapath runs another configuration still"};
  d.fixes = {"Look at the log of sad.", absl::StrCat("Try another suite in ", Field(c, "esp.proposals"), ".")};
  return d;
}

Diagnosis InvalidMessage(const Circumstance& c, absl::string_view what) {
  Diagnosis d = Make(c, DiagnosisCode::kInvalidMessage, absl::StrCat("A message breaks the protocol: ", what, "."));
  d.received = std::string(what);
  d.expected = "a message as RFC 7296 has it";
  d.likely_causes = {"a fault in one of the two implementations"};
  d.fixes = {"Capture the exchange and report it to the peer's vendor."};
  return d;
}

Diagnosis UnsupportedCriticalPayload(const Circumstance& c, int payload) {
  Diagnosis d = Make(c, DiagnosisCode::kUnsupportedCriticalPayload,
                     absl::StrCat("Payload type ", payload, " is marked critical and not understood."));
  d.received = absl::StrCat("critical payload ", payload);
  d.likely_causes = {"an extension is switched on at one side only"};
  d.fixes = {"Switch the extension off."};
  return d;
}

Diagnosis PeerBusy(const Circumstance& c, absl::string_view notify) {
  Diagnosis d = Make(c, DiagnosisCode::kPeerBusy, absl::StrCat("The peer cannot do it now (", notify, ")."));
  d.expected = "a CHILD_SA";
  d.received = std::string(notify);
  d.likely_causes = {"the peer is in the middle of another exchange, or has no room for more"};
  d.fixes = {"Wait: it is tried again."};
  return d;
}

Diagnosis PeerDeleted(const Circumstance& c, absl::string_view what) {
  Diagnosis d = Make(c, DiagnosisCode::kPeerDeleted, absl::StrCat("The peer deleted the ", what, "."));
  d.expected = absl::StrCat("the ", what, " to live on");
  d.received = "Delete";
  d.likely_causes = {"somebody took the tunnel down at the peer", "the peer was restarted or reconfigured"};
  d.fixes = {"Look at the peer."};
  return d;
}

Diagnosis DeadPeer(const Circumstance& c, int messages) {
  Diagnosis d = Make(c, DiagnosisCode::kDeadPeer,
                     absl::StrCat("The peer answered none of ", messages, " messages and is taken for dead."));
  d.field = Field(c, "dpd.timeout");
  d.expected = absl::StrCat("an answer from ", c.peer);
  d.received = "nothing";
  d.likely_causes = {"the peer is down, or the path to it"};
  d.fixes = {"Check the path to the peer."};
  return d;
}

Diagnosis LifetimeExpired(const Circumstance& c, absl::string_view what) {
  Diagnosis d = Make(c, DiagnosisCode::kLifetimeExpired,
                     absl::StrCat("The ", what, " reached the end of its lifetime before it was rekeyed."));
  d.field = Field(c, what == "IKE SA" ? "ike.lifetime" : "esp.lifetime");
  d.expected = "a rekey in time";
  d.received = "none";
  d.likely_causes = {"the peer refused or ignored our rekeys"};
  d.fixes = {"Look at the diagnosis before this one."};
  return d;
}

Diagnosis NotSupported(const Circumstance& c, absl::string_view field, absl::string_view what) {
  Diagnosis d = Make(c, DiagnosisCode::kNotSupported, absl::StrCat(what, " is not supported yet."));
  d.field = Field(c, field);
  d.received = std::string(what);
  d.fixes = {absl::StrCat("Change ", d.field, ".")};
  return d;
}

}  // namespace culvert::iked
