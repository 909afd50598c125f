// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/diagnoses_ikev1.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/iked/engine/diagnosis_parts.h"

namespace culvert::iked {
namespace {

std::string PskField(absl::string_view secret) {
  return absl::StrCat("secrets[", secret, "].psk");
}

// Main Mode looks for secrets by addresses alone (fields.md 20).
std::string ExplainSecret(const Circumstance& c) {
  const bool aggressive = c.phase == Phase::kAggressiveMode;
  return absl::StrCat("See which secret is used, and why: culvertctl secret explain --ike-version IKEV1 --mode ",
                      aggressive ? "AGGRESSIVE --remote-id IDENTITY" : "MAIN --remote-address ADDRESS");
}

std::vector<std::string> WhyKeysDiffer(absl::string_view secret) {
  return {"the keys differ: a typo, a trailing blank, hex (0x) or base64 (0s) at one side read as text at the other",
          absl::StrCat("secret ", secret, " is the first in the list that matches, and not the one meant")};
}

std::string WordOf(IkeMode mode) {
  return mode == IkeMode::kMain ? "MAIN" : "AGGRESSIVE";
}

std::string UserText(absl::string_view user) {
  return user.empty() ? "the peer" : absl::CHexEscape(user);  // a peer may have written it
}

std::string PairsText(std::span<const SubnetPair> pairs) {
  return absl::StrJoin(pairs, ", ", [](std::string* out, const SubnetPair& pair) {
    absl::StrAppend(out, Pair(pair.local, pair.remote));
  });
}

}  // namespace

absl::string_view Name(IkeMode mode) {
  return mode == IkeMode::kMain ? "Main Mode" : "Aggressive Mode";
}

Diagnosis KeysMakeNoise(const Circumstance& c, absl::string_view secret) {
  const int message = c.side == Side::kInitiator ? 6 : 5;
  Diagnosis d = Make(c, DiagnosisCode::kPskMismatch,
                     absl::StrCat("Message ", message, " of Main Mode does not decrypt: the pre-shared keys differ."));
  d.field = PskField(secret);
  d.expected = absl::StrCat("an identity and a hash, encrypted under keys made with our secret ", secret);
  d.received = "octets that decrypt to nothing";
  d.likely_causes = WhyKeysDiffer(secret);
  d.fixes = {absl::StrCat("Enter the same key on both sides (", d.field, ")."), ExplainSecret(c)};
  return d;
}

Diagnosis MessageFiveRefused(const Circumstance& c, absl::string_view secret, absl::string_view notify) {
  const std::string answer = notify.empty() ? "nothing" : std::string(notify);
  Diagnosis d = Make(c, DiagnosisCode::kPskMismatch,
                     absl::StrCat("The peer could not read our proof in Main Mode, and answered ", answer,
                                  ": most likely the pre-shared keys differ."));
  d.field = PskField(secret);
  d.expected = absl::StrCat("message 6, encrypted under keys made with our secret ", secret);
  d.received = notify.empty() ? "nothing; messages 1 and 3 were answered" : answer;
  d.likely_causes = WhyKeysDiffer(secret);
  d.likely_causes.push_back(
      "the peer looks for its secret by our address, and finds another one: Main Mode knows no identity yet");
  if (notify.empty()) d.likely_causes.push_back("the peer refuses our identity, and keeps silent about it");
  if (notify.empty()) d.likely_causes.push_back("a NAT was noticed, and a firewall drops UDP 4500");
  d.fixes = {absl::StrCat("Enter the same key on both sides (", d.field, ")."),
             absl::StrCat("Compare ", Field(c, "local.identifier"), " with the remote identifier at the peer."),
             ExplainSecret(c), "Read the peer's log: it knows which of them it is."};
  return d;
}

Diagnosis HashMismatch(const Circumstance& c, absl::string_view secret, const ipsec::Identity& local,
                       const ipsec::Identity& remote) {
  const absl::string_view hash = c.side == Side::kInitiator ? "HASH_R" : "HASH_I";
  Diagnosis d =
      Make(c, DiagnosisCode::kPskMismatch,
           absl::StrCat("The peer ", remote.ToString(), " made ", hash, " with another pre-shared key than ours."));
  d.field = PskField(secret);
  d.expected = absl::StrCat(hash, " made with our secret ", secret, " (we are ", local.ToString(), ")");
  d.received = absl::StrCat(hash, " that does not verify");
  d.likely_causes = WhyKeysDiffer(secret);
  d.fixes = {absl::StrCat("Enter the same key on both sides (", d.field, ")."), ExplainSecret(c)};
  return d;
}

Diagnosis PeerRefusedPhase1(const Circumstance& c, absl::string_view secret, const ipsec::Identity& local,
                            absl::string_view notify) {
  Diagnosis d = Make(c, DiagnosisCode::kPeerRefusedAuthentication,
                     absl::StrCat("The peer refused our authentication as ", local.ToString(), " (", notify, ")."));
  d.field = secret.empty() ? Field(c, "authentication") : PskField(secret);
  d.expected = absl::StrCat("the peer to accept ", local.ToString(),
                            secret.empty() ? std::string() : absl::StrCat(" with secret ", secret));
  d.received = std::string(notify);
  d.likely_causes = {secret.empty() ? "the peer does not trust our certificate" : "the pre-shared keys differ",
                     "the peer expects another identity of us"};
  if (c.phase == Phase::kAggressiveMode && !secret.empty()) {
    d.likely_causes.push_back(
        "the peer does not allow Aggressive Mode with pre-shared keys (\"ignore security\" is off there)");
  }
  d.fixes = {secret.empty() ? absl::StrCat("Let the peer trust the authority of our certificate (", d.field, ").")
                            : absl::StrCat("Enter the same key on both sides (", d.field, ")."),
             absl::StrCat("Compare ", Field(c, "local.identifier"), " (", local.ToString(),
                          ") with the remote identifier at the peer."),
             "Read the peer's log: it knows which of them it is."};
  return d;
}

Diagnosis Phase1ProposalMismatch(const Circumstance& c, Proposals ours, std::span<const std::string> difference) {
  const std::string lines = absl::StrJoin(difference, "; ");
  Diagnosis d = Make(c, DiagnosisCode::kIkeProposalMismatch,
                     absl::StrCat("No transform of Phase 1 is acceptable to both sides: ", lines, "."));
  d.field = Field(c, "ike.proposals");
  d.expected = Join(ours);
  d.received = lines;
  d.likely_causes = {"the two sides were given different IKE proposals, or ways to authenticate"};
  for (const std::string& line : difference) {
    d.fixes.push_back(absl::StrCat("In ", d.field, " or at the peer, make this agree: ", line, "."));
  }
  return d;
}

Diagnosis PeerRefusedPhase1Proposals(const Circumstance& c, Proposals ours, absl::string_view method) {
  Diagnosis d = PeerRefusedIkeProposals(c, ours);
  d.expected = absl::StrCat(d.expected, "; ", method);
  d.likely_causes.push_back(absl::StrCat("the peer authenticates in another way than by ", method,
                                         ", which IKEv1 negotiates with the algorithms"));
  d.likely_causes.push_back("the peer has the other mode (main, aggressive) for us, or IKEv2 alone");
  d.fixes.push_back(absl::StrCat("Compare ", Field(c, "authentication"), ", ", Field(c, "xauth.enabled"), " and ",
                                 Field(c, "ike.mode"), " with the peer's."));
  return d;
}

Diagnosis Phase1MethodMismatch(const Circumstance& c, absl::string_view ours, absl::string_view theirs) {
  Diagnosis d = Make(c, DiagnosisCode::kAuthMethodMismatch,
                     absl::StrCat("The peer wants to authenticate by ", theirs, "; this tunnel does by ", ours, "."));
  d.field = Field(c, "authentication");
  d.expected = std::string(ours);
  d.received = std::string(theirs);
  d.likely_causes = {"the two sides were configured for different ways to authenticate"};
  d.fixes = {absl::StrCat("Configure ", ours, " at the peer, or change ", d.field, ".")};
  return d;
}

Diagnosis ModeMismatch(const Circumstance& c, IkeMode ours, IkeMode theirs) {
  Diagnosis d = Make(c, DiagnosisCode::kModeMismatch,
                     absl::StrCat("The peer asks for ", Name(theirs), ", and this tunnel has ", Name(ours), "."));
  d.field = Field(c, "ike.mode");
  d.expected = WordOf(ours);
  d.received = WordOf(theirs);
  d.likely_causes = {"the two sides were given different modes for Phase 1"};
  d.fixes = {theirs == IkeMode::kAggressive ? "Set the peer to main mode, which hides identities and keys better."
                                            : absl::StrCat("Set ", d.field, " to MAIN, which is the safer one."),
             absl::StrCat("Or set ", theirs == IkeMode::kAggressive ? d.field : "the peer", " to aggressive mode.")};
  return d;
}

Diagnosis AggressivePskRefused(const Circumstance& c) {
  Diagnosis d = Make(c, DiagnosisCode::kAggressivePskRefused,
                     "The peer asks for Aggressive Mode with a pre-shared key, which this tunnel does not allow: it "
                     "would show whoever asks a hash of the key to guess at.");
  d.field = Field(c, "ike.allow_weak_aggressive_psk");
  d.expected = "Main Mode, or certificates";
  d.received = "Aggressive Mode with a pre-shared key";
  d.likely_causes = {"the peer is set to aggressive mode"};
  d.fixes = {"Set the peer to main mode, or better to IKEv2.",
             absl::StrCat("If it can do nothing else, give it a long random key and set ", d.field, " to true.")};
  return d;
}

Diagnosis PeerSpeaksIkev2(const Circumstance& c) {
  Diagnosis d = Make(c, DiagnosisCode::kVersionMismatch, "The peer speaks IKEv2, and this tunnel IKEv1.");
  d.field = Field(c, "ike.version");
  d.expected = "IKEv1";
  d.received = "version 2";
  d.likely_causes = {"the peer is configured for IKEv2"};
  d.fixes = {absl::StrCat("Set ", d.field, " to IKEV2, which is the better one."), "Or set the peer to IKEv1."};
  return d;
}

Diagnosis DowngradeRefused(const Circumstance& c) {
  Diagnosis d = Make(c, DiagnosisCode::kDowngradeRefused,
                     "The peer has spoken IKEv2 before; IKEv1 with it is refused: somebody on the way may want the "
                     "weaker protocol.");
  d.field = Field(c, "ike.version");
  d.expected = "IKEv2, as before";
  d.received = c.side == Side::kInitiator ? "no answer to IKEv2" : "IKEv1";
  d.likely_causes = {"the peer cannot be reached by IKEv2 just now", "the peer was set back to IKEv1",
                     "somebody on the way drops IKEv2"};
  d.fixes = {"Find out why IKEv2 is not answered: the peer's log, the firewalls between.",
             absl::StrCat("If the peer was really set back, set ", d.field, " to IKEV1.")};
  return d;
}

Diagnosis NatTraversalMissing(const Circumstance& c, absl::string_view why) {
  Diagnosis d = Make(c, DiagnosisCode::kNatTraversalMissing,
                     absl::StrCat("ESP has to travel in UDP (", why, "), and the peer does not know NAT traversal."));
  d.field = Field(c, "encapsulation");
  d.expected = "a vendor id of RFC 3947 or of one of its drafts";
  d.received = "none";
  d.likely_causes = {"NAT traversal is switched off at the peer", "the peer is too old to know it"};
  d.fixes = {"Switch NAT traversal on at the peer.",
             absl::StrCat("Without a NAT on the way, set ", d.field, " to NEVER if the datapath can send raw ESP.")};
  return d;
}

Diagnosis XauthMismatch(const Circumstance& c, bool wanted_here) {
  Diagnosis d = Make(c, DiagnosisCode::kAuthMethodMismatch,
                     wanted_here ? "This tunnel has XAUTH, and the peer does not."
                                 : "The peer wants XAUTH, and this tunnel has none.");
  d.field = Field(c, "xauth.enabled");
  d.expected = wanted_here ? "XAUTH" : "no XAUTH";
  d.received = wanted_here ? "a transform without it" : "a transform with it";
  d.likely_causes = {"additional XAUTH authentication is switched on at one side alone"};
  d.fixes = {wanted_here ? absl::StrCat("Switch XAUTH on at the peer, or set ", d.field, " to false.")
                         : absl::StrCat("Set ", d.field, " to true with a password, or switch XAUTH off at the peer.")};
  return d;
}

Diagnosis XauthRolesCollide(const Circumstance& c, bool client_here) {
  const absl::string_view role = client_here ? "client" : "server";
  Diagnosis d = Make(
      c, DiagnosisCode::kAuthMethodMismatch,
      absl::StrCat("Both sides would be the ", role, " of XAUTH: nobody would ", client_here ? "ask." : "answer."));
  d.field = Field(c, "xauth.role");
  d.expected = absl::StrCat("a peer that is the ", client_here ? "server" : "client");
  d.received = absl::StrCat("one that is the ", role);
  d.likely_causes = {"xauth.role is set to the same at both sides"};
  d.fixes = {absl::StrCat("Set ", d.field, " to ", client_here ? "SERVER" : "CLIENT",
                          " here or at the peer, or to AUTO: whoever calls is then the client.")};
  return d;
}

Diagnosis XauthRefused(const Circumstance& c, absl::string_view user, absl::string_view why) {
  Diagnosis d = Make(c, DiagnosisCode::kXauthFailed, absl::StrCat("XAUTH of ", UserText(user), " failed: ", why, "."));
  d.field = Field(c, "xauth.users");
  d.expected = "name and password of one of our users";
  d.received = std::string(why);
  d.likely_causes = {"the name or the password is mistyped at the peer", "the user is not in our list"};
  d.fixes = {absl::StrCat("Compare ", d.field, " with what the user enters.")};
  return d;
}

Diagnosis XauthFailed(const Circumstance& c, absl::string_view user) {
  Diagnosis d = Make(c, DiagnosisCode::kXauthFailed,
                     absl::StrCat("The peer refused our name ", UserText(user), " or our password in XAUTH."));
  d.field = Field(c, "xauth.password");
  d.expected = "STATUS=1";
  d.received = "STATUS=0; the peer does not say which of the two it is";
  d.likely_causes = {"the name or the password is not the one that the peer knows"};
  d.fixes = {absl::StrCat("Compare ", Field(c, "xauth.username"), " (", UserText(user), ") and ", d.field,
                          " with the peer's.")};
  return d;
}

Diagnosis XauthTooManyFailures(const Circumstance& c, absl::string_view user) {
  Diagnosis d = XauthRefused(c, user, "too many failures within a minute");
  d.likely_causes = {"a wrong password is tried again and again", "somebody is guessing"};
  d.fixes = {"Wait a minute, then try the right password."};
  return d;
}

Diagnosis PairUnknown(const Circumstance& c, const ipsec::TrafficSelector& local, const ipsec::TrafficSelector& remote,
                      std::span<const SubnetPair> configured) {
  const ipsec::TrafficSelector ours[] = {local}, theirs[] = {remote};
  Diagnosis d = Make(c, DiagnosisCode::kTrafficSelectorsUnacceptable,
                     absl::StrCat("The peer asks for ", Pair(ours, theirs),
                                  " (seen from here), which is no pair of this tunnel: IKEv1 does not narrow."));
  const auto has = [&](const auto& side, const ipsec::TrafficSelector& asked) {
    for (const SubnetPair& pair : configured) {
      for (const ipsec::TrafficSelector& selector : pair.*side) {
        if (selector == asked) return true;
      }
    }
    return false;
  };
  const bool local_known = has(&SubnetPair::local, local), remote_known = has(&SubnetPair::remote, remote);
  d.field = Field(c, local_known ? "remote.subnets" : "local.subnets");
  d.expected = PairsText(configured);
  d.received = Pair(ours, theirs);
  if (!local_known) {
    d.likely_causes.push_back(
        absl::StrCat("the peer's remote subnet ", ipsec::ToString(ours), " is none of our local ones"));
  }
  if (!remote_known) {
    d.likely_causes.push_back(
        absl::StrCat("the peer's local subnet ", ipsec::ToString(theirs), " is none of our remote ones"));
  }
  if (local_known && remote_known) d.likely_causes = {"each subnet is known here, and not the two together"};
  d.fixes = {absl::StrCat("Make ", Field(c, "local.subnets"), " and ", Field(c, "remote.subnets"),
                          " those of the peer, to the last bit of the mask.")};
  return d;
}

Diagnosis PeerRefusedPair(const Circumstance& c, Selectors local, Selectors remote, absl::string_view notify) {
  Diagnosis d = Make(c, DiagnosisCode::kTrafficSelectorsUnacceptable,
                     notify.empty() ? absl::StrCat("Phase 1 stands, and the peer did not answer Quick Mode for ",
                                                   Pair(local, remote), ".")
                                    : absl::StrCat("The peer does not have the pair ", Pair(local, remote), " (",
                                                   notify, "): IKEv1 does not narrow."));
  d.field = Field(c, "remote.subnets");
  d.expected = Pair(local, remote);
  d.received = notify.empty() ? "nothing; many peers drop a Quick Mode that they refuse"
                              : absl::StrCat(notify, "; the peer does not say what it would accept");
  d.likely_causes = {
      absl::StrCat("the peer has no pair of subnets that is exactly ", Pair(remote, local), ", seen from there")};
  if (notify.empty()) {
    d.likely_causes.push_back("ESP proposals or the PFS group differ, and the peer keeps silent about it");
  }
  d.fixes = {absl::StrCat("Compare ", d.field, " with the peer's local subnet, and ", Field(c, "local.subnets"),
                          " with its remote one: addresses and masks must be the same.")};
  if (notify.empty()) {
    d.fixes.push_back(absl::StrCat("Compare ", Field(c, "esp.proposals"), " with the peer's, its PFS group too."));
  }
  return d;
}

}  // namespace culvert::iked
