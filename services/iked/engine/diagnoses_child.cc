// SPDX-License-Identifier: Apache-2.0
// CHILD_SAs: their subnets, their mode, their installation.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/diagnosis_parts.h"

namespace culvert::iked {
namespace {

// What keeps two sets of selectors apart, as the name of the field below `local` or `remote`.
enum class Apart { kNothing, kSubnets, kProtocol, kPort };

Apart WhatKeepsApart(Selectors ours, Selectors theirs) {
  if (!ipsec::Narrow(ours, theirs).empty()) return Apart::kNothing;
  const auto widened = [](Selectors selectors, bool protocol) {
    std::vector<ipsec::TrafficSelector> wide(selectors.begin(), selectors.end());
    for (ipsec::TrafficSelector& selector : wide) {
      selector.start_port = 0;
      selector.end_port = 65535;
      if (protocol) selector.protocol = 0;
    }
    return wide;
  };
  if (!ipsec::Narrow(widened(ours, false), widened(theirs, false)).empty()) return Apart::kPort;
  if (!ipsec::Narrow(widened(ours, true), widened(theirs, true)).empty()) return Apart::kProtocol;
  return Apart::kSubnets;
}

absl::string_view FieldOf(Apart apart) {
  switch (apart) {
    case Apart::kPort:
      return "port";
    case Apart::kProtocol:
      return "protocol";
    default:
      return "subnets";
  }
}

bool OneFamilyEach(Selectors a, Selectors b) {
  const auto has = [](Selectors selectors, base::Family family) {
    return std::any_of(selectors.begin(), selectors.end(),
                       [family](const ipsec::TrafficSelector& s) { return s.family() == family; });
  };
  return !(has(a, base::Family::kIPv4) && has(b, base::Family::kIPv4)) &&
         !(has(a, base::Family::kIPv6) && has(b, base::Family::kIPv6));
}

}  // namespace

Diagnosis SelectorsUnacceptable(const Circumstance& c, Selectors our_local, Selectors our_remote, Selectors their_local,
                                Selectors their_remote) {
  // From their side: what is local to them must meet what is remote to us.
  const Apart local = WhatKeepsApart(our_local, their_remote);
  const Apart remote = WhatKeepsApart(our_remote, their_local);
  Diagnosis d = Make(c, DiagnosisCode::kTrafficSelectorsUnacceptable,
                     absl::StrCat("The subnets do not fit: ours ", Pair(our_local, our_remote),
                                  ", the peer's (seen from here) ", Pair(their_remote, their_local), "."));
  d.expected = Pair(our_local, our_remote);
  d.received = Pair(their_remote, their_local);
  const auto blame = [&](absl::string_view ours, absl::string_view theirs, Apart apart, Selectors here,
                         Selectors there) {
    const std::string field = Field(c, absl::StrCat(ours, ".", FieldOf(apart)));
    if (d.field.empty()) d.field = field;
    d.likely_causes.push_back(OneFamilyEach(here, there)
                                  ? absl::StrCat("our ", ours, " subnets and the peer's ", theirs,
                                                 " ones are of different families (IPv4, IPv6)")
                                  : absl::StrCat("our ", ours, ".", FieldOf(apart), " (", ipsec::ToString(here),
                                                 ") and the peer's ", theirs, " ", FieldOf(apart), " (",
                                                 ipsec::ToString(there), ") have nothing in common"));
    d.fixes.push_back(absl::StrCat("Make ", field, " (", ipsec::ToString(here), ") and the peer's ", theirs, " ",
                                   FieldOf(apart), " (", ipsec::ToString(there), ") overlap."));
  };
  if (local != Apart::kNothing) blame("local", "remote", local, our_local, their_remote);
  if (remote != Apart::kNothing) blame("remote", "local", remote, our_remote, their_local);
  if (d.field.empty()) {  // each side overlaps, yet no pair of ours does on both
    d.field = Field(c, "local.subnets");
    d.likely_causes = {"the subnets overlap one by one, but in no pair of local and remote"};
    d.fixes = {absl::StrCat("Make the pairs of ", d.field, " and ", Field(c, "remote.subnets"), " those of the peer.")};
  }
  return d;
}

Diagnosis PeerRefusedSelectors(const Circumstance& c, Selectors local, Selectors remote) {
  Diagnosis d = Make(c, DiagnosisCode::kTrafficSelectorsUnacceptable,
                     absl::StrCat("The peer accepts no part of ", Pair(local, remote), " (TS_UNACCEPTABLE)."));
  d.field = Field(c, "remote.subnets");
  d.expected = Pair(local, remote);
  d.received = "TS_UNACCEPTABLE; the peer does not say what it would accept";
  d.likely_causes = {
      absl::StrCat("the peer's local subnets do not contain our remote ones (", ipsec::ToString(remote), ")"),
      absl::StrCat("the peer's remote subnets do not contain our local ones (", ipsec::ToString(local), ")")};
  d.fixes = {absl::StrCat("Compare ", d.field, " with the peer's local subnets, and ", Field(c, "local.subnets"),
                          " with its remote ones.")};
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
  d.fixes = {absl::StrCat("If the rest is wanted, widen the peer's subnets; if not, narrow ", d.field, ".")};
  return d;
}

Diagnosis ChildSaMissing(const Circumstance& c) {
  Diagnosis d = Make(c, DiagnosisCode::kNotSupported, "The peer wants an IKE SA without a CHILD_SA (RFC 6023).");
  d.field = Field(c, "ike.childless");
  d.expected = "IKE_AUTH with SA, TSi and TSr";
  d.received = "IKE_AUTH without them";
  d.likely_causes = {"the peer makes its IKE SAs childless, and this tunnel does not"};
  d.fixes = {absl::StrCat("Set ", d.field, " to true."), "Or have the peer ask for its CHILD_SA in IKE_AUTH."};
  return d;
}

Diagnosis TransportRefused(const Circumstance& c, bool transport_here) {
  Diagnosis d = Make(c, DiagnosisCode::kTransportRefused, "");
  d.field = Field(c, "esp.mode");
  if (transport_here) {
    d.summary = "This tunnel is in transport mode, and the peer uses tunnel mode.";
    d.expected = "USE_TRANSPORT_MODE";
    d.received = "tunnel mode";
    d.likely_causes = {"the peer's type is tunnel", "the peer does not support transport mode"};
    d.fixes = {"Set the peer to transport mode.",
               absl::StrCat("Or accept tunnel mode: ", Field(c, "esp.allow_tunnel_fallback"), ": true.")};
  } else {
    d.summary = "The peer asked for transport mode; it was answered in tunnel mode.";
    d.expected = "tunnel mode";
    d.received = "USE_TRANSPORT_MODE";
    d.likely_causes = {"the peer's type is transport"};
    d.fixes = {"Set the peer to tunnel mode."};
  }
  return d;
}

Diagnosis InstallFailed(const Circumstance& c, const absl::Status& status) {
  Diagnosis d =
      Make(c, DiagnosisCode::kInstallFailed, absl::StrCat("The datapath refused the CHILD_SA: ", status.message()));
  d.phase = Phase::kInstall;
  d.field = Field(c, "esp");
  d.expected = "the CHILD_SA to be installed";
  d.received = status.ToString();
  d.likely_causes = {"the datapath lacks an algorithm", "the datapath runs another configuration still"};
  d.fixes = {"Read the log of sad.", absl::StrCat("Try another suite in ", Field(c, "esp.proposals"), ".")};
  return d;
}

}  // namespace culvert::iked
