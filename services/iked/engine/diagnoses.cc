// SPDX-License-Identifier: Apache-2.0
// Finding the peer, and what can end an SA at any time.
#include "services/iked/engine/diagnoses.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "services/iked/engine/diagnosis_parts.h"

namespace culvert::iked {
namespace {

// An IPv4 packet of a larger datagram is fragmented on Ethernet (1500 - 20 - 8); on other links before that.
constexpr size_t kFragmentedFrom = 1472;

absl::string_view PortOf(absl::string_view endpoint) {
  return endpoint.substr(endpoint.rfind(':') + 1);
}

// "192.0.2.1:500" and "[2001:db8::1]:500" without port and brackets.
absl::string_view AddressOf(absl::string_view endpoint) {
  absl::string_view address = endpoint.substr(0, endpoint.rfind(':'));
  if (absl::ConsumePrefix(&address, "[")) absl::ConsumeSuffix(&address, "]");
  return address;
}

}  // namespace

Diagnosis NameNotResolved(const Circumstance& c, absl::string_view endpoints, const absl::Status& status) {
  Diagnosis d =
      Make(c, DiagnosisCode::kNameNotResolved, absl::StrCat("The peer's name has no address: ", endpoints, "."));
  d.field = Field(c, "remote.endpoint");
  d.expected = absl::StrCat("an A or AAAA record for ", endpoints);
  d.received = std::string(status.message());
  d.likely_causes = {"the name is misspelt or not registered yet", "the resolver cannot be reached"};
  d.fixes = {absl::StrCat("Correct ", d.field, ", or enter the address itself."),
             "Check gateway.resolvers, and that they are reached from here."};
  return d;
}

Diagnosis NoRouteToPeer(const Circumstance& c, const absl::Status& status) {
  Diagnosis d = Make(c, DiagnosisCode::kNoRouteToPeer, "The host has no route to the peer.");
  d.field = Field(c, "remote.endpoint");
  d.expected = "a route to the peer";
  d.received = std::string(status.message());
  d.likely_causes = {"the uplink is down", "there is no default route",
                     "local.address is of the other family (IPv4, IPv6)"};
  d.fixes = {"Bring the uplink up, or add a route to the peer: ip route get ADDRESS shows what is missing."};
  return d;
}

Diagnosis NoResponse(const Circumstance& c, const Silence& silence) {
  const bool after_init = c.phase == Phase::kIkeAuth;
  const bool large = after_init && silence.octets > kFragmentedFrom;
  const std::string sent = absl::StrCat(silence.messages, " ", Name(c.phase), " messages to ", c.peer);
  Diagnosis d = Make(c,
                     silence.port_unreachable ? DiagnosisCode::kPortUnreachable
                     : large                  ? DiagnosisCode::kExchangeTooLarge
                                              : DiagnosisCode::kNoResponse,
                     "");
  d.field = Field(c, "remote.endpoint");
  d.expected = absl::StrCat("an answer from ", c.peer);
  d.received = "nothing";
  const std::string allow = "Allow UDP 500 and 4500 in both directions on every firewall between.";
  const std::string look =
      absl::StrCat("Look at the peer whether they arrive: tcpdump -ni any udp port ", PortOf(c.peer));
  if (silence.port_unreachable) {
    d.summary = absl::StrCat("The peer's host answered ", sent, " by ICMP: nothing listens there.");
    d.received = "ICMP port unreachable";
    d.likely_causes = {"the peer's IKE daemon is not running", "the address is another host's"};
    d.fixes = {"Start the peer's IKE daemon.", absl::StrCat("Check ", d.field, ".")};
  } else if (large) {
    d.summary = absl::StrCat("The peer answered IKE_SA_INIT, and then none of ", sent, ", each larger than a packet.");
    d.field = Field(c, "ike.fragmentation");
    d.received = "nothing; IKE_SA_INIT, which is small, was answered";
    d.likely_causes = {"IP fragments are dropped on the way, and a message of this size is fragmented",
                       "UDP 4500 is blocked while 500 passes"};
    d.fixes = {absl::StrCat("Set ", d.field, " to AUTO here and switch IKE fragmentation (RFC 7383) on at the peer."),
               "Let IP fragments pass on every firewall between.", look};
  } else if (after_init) {
    d.summary = absl::StrCat("The peer answered IKE_SA_INIT, and then none of ", sent, ".");
    d.received = "nothing; IKE_SA_INIT was answered";
    const bool floated = PortOf(c.peer) == "4500";
    if (floated) d.likely_causes = {"a firewall lets UDP 500 pass and drops UDP 4500"};
    d.likely_causes.push_back("the peer drops the message without an answer: its log says why");
    d.likely_causes.push_back("the path broke in between");
    d.fixes = {
        floated ? "Allow UDP 4500 in both directions on every firewall between: NAT traversal moves IKE there." : allow,
        look, "Read the peer's log."};
  } else {
    d.summary = absl::StrCat("The peer answered none of ", sent, ".");
    d.likely_causes = {"a firewall drops UDP 500 on the way, or the answers",
                       "the address is not the peer's, or the peer is switched off",
                       "the peer does not know us and keeps silent"};
    d.fixes = {absl::StrCat("Check ", d.field, "."), allow, look};
  }
  return d;
}

Diagnosis PeerFellSilent(const Circumstance& c) {
  const std::string next = c.phase == Phase::kIkeAuth ? "IKE_AUTH" : "its next message";
  Diagnosis d = Make(c, DiagnosisCode::kNoResponse,
                     absl::StrCat(c.peer, " called and was answered, but never went on to ", next, "."));
  d.field = Field(c, "remote.endpoint");
  d.expected = next;
  d.received = "nothing";
  d.likely_causes = {"our answers do not reach the peer: a firewall drops what leaves here from UDP 500",
                     absl::StrCat("the peer's ", next, " does not reach us: UDP 4500 or IP fragments are dropped"),
                     "the peer found something wrong with our answer: its log says what",
                     "somebody forged the address (a scan)"};
  d.fixes = {"Allow UDP 500 and 4500 in both directions on every firewall between.", "Read the peer's log."};
  return d;
}

Diagnosis NoTunnelForPeer(const Circumstance& c, absl::string_view local, std::span<const std::string> known) {
  Diagnosis d = Make(c, DiagnosisCode::kNoTunnelForPeer,
                     absl::StrCat("A peer at ", c.peer, " called ", local, ", and no enabled tunnel is meant for it."));
  d.field = Field(c, "remote.endpoint");
  d.expected =
      known.empty() ? "an enabled tunnel" : absl::StrCat("a peer that a tunnel names: ", absl::StrJoin(known, ", "));
  d.received = c.peer;
  d.likely_causes = {"remote.endpoint is another address than the one that the peer comes from",
                     "the peer comes from behind a NAT: its own address is not what is seen here",
                     "local.address is another than the one that the peer calls"};
  d.fixes = {absl::StrCat("Set ", d.field, " to ", AddressOf(c.peer), ", or to any.")};
  return d;
}

Diagnosis WrongLocalAddress(const Circumstance& c, absl::string_view ours, absl::string_view called) {
  Diagnosis d = Make(c, DiagnosisCode::kNoTunnelForPeer,
                     absl::StrCat("The peer at ", c.peer, " called ", called, "; its tunnel ", c.tunnel, " answers at ",
                                  ours, " alone."));
  d.field = Field(c, "local.address");
  d.expected = std::string(ours);
  d.received = std::string(called);
  d.likely_causes = {"the gateway has several addresses, and the peer was given another one"};
  d.fixes = {absl::StrCat("Set ", d.field, " to ", called, ", or leave it out."),
             absl::StrCat("Or give the peer ", ours, ".")};
  return d;
}

Diagnosis TunnelDisabled(const Circumstance& c) {
  Diagnosis d =
      Make(c, DiagnosisCode::kTunnelDisabled,
           c.peer.empty() ? absl::StrCat("Tunnel ", c.tunnel, " is disabled.")
                          : absl::StrCat("The peer at ", c.peer, " called, and tunnel ", c.tunnel, " is disabled."));
  d.field = Field(c, "enabled");
  d.expected = "enabled: true";
  d.received = "false, which is the default";
  d.likely_causes = {"the tunnel was switched off, or never on"};
  d.fixes = {absl::StrCat("Set ", d.field, " to true and apply it.")};
  return d;
}

Diagnosis TunnelHeldDown(const Circumstance& c, bool by_operator) {
  Diagnosis d = Make(c, DiagnosisCode::kTunnelHeldDown,
                     absl::StrCat("The peer at ", c.peer, " called, and tunnel ", c.tunnel,
                                  by_operator ? " is held down by an operator." : " waits for an operator."));
  d.field = by_operator ? absl::StrCat("tunnels[", c.tunnel, "]") : Field(c, "startup");
  d.expected = "a tunnel that answers";
  d.received = by_operator ? "an operator's `down`" : "startup: IGNORE";
  d.likely_causes = {by_operator ? "somebody took it down by hand: the audit log says who"
                                 : "startup is IGNORE, and nobody has said `up` yet"};
  d.fixes = {absl::StrCat("culvertctl up ", c.tunnel, " brings it back.")};
  if (!by_operator) d.fixes.push_back(absl::StrCat("Set ", d.field, " to ADD, so that it answers by itself."));
  return d;
}

Diagnosis LimitReached(const Circumstance& c, absl::string_view field, absl::string_view what, uint64_t limit) {
  Diagnosis d = Make(c, DiagnosisCode::kLimitReached,
                     absl::StrCat("The limit of ", limit, " ", what, " is reached; ", c.peer, " was not answered."));
  d.field = std::string(field);
  d.expected = absl::StrCat("fewer than ", limit, " ", what);
  d.received = absl::StrCat(limit);
  d.likely_causes = {"somebody floods this gateway with handshakes that it does not finish",
                     "many honest peers come back at once"};
  d.fixes = {
      absl::StrCat("Wait: half-open IKE SAs end by themselves. If honest peers need more, raise ", d.field, ".")};
  return d;
}

Diagnosis InvalidMessage(const Circumstance& c, absl::string_view what) {
  Diagnosis d = Make(c, DiagnosisCode::kInvalidMessage, absl::StrCat("A message breaks the protocol: ", what, "."));
  d.received = std::string(what);
  d.expected =
      absl::StrCat("a message as ", c.phase >= Phase::kMainMode ? "RFC 2408 and 2409 have" : "RFC 7296 has", " it");
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
  d.field = Field(c, "remote.endpoint");
  d.expected = absl::StrCat("an answer from ", c.peer);
  d.received = "nothing";
  d.likely_causes = {"the peer is down, or the path to it", "the peer was restarted and has forgotten us",
                     "a NAT on the way has forgotten us"};
  d.fixes = {absl::StrCat("Check the path to the peer: ping ", AddressOf(c.peer), "."),
             absl::StrCat("If the path only pauses at times, raise ", Field(c, "dpd.timeout"), ".")};
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
