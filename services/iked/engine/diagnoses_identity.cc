// SPDX-License-Identifier: Apache-2.0
// Who the peer is, and whether it has shown it.
#include "absl/strings/str_cat.h"
#include "services/iked/engine/diagnosis_parts.h"

namespace culvert::iked {
namespace {

// The command that shows which secret this pair of peers uses, and why the others are not.
std::string ExplainSecret(const ipsec::Identity& local, const ipsec::Identity& remote) {
  return absl::StrCat("See which secret is used, and why: culvertctl secret explain --local-id ", local.ToString(),
                      " --remote-id ", remote.ToString());
}

}  // namespace

Diagnosis PskMismatch(const Circumstance& c, absl::string_view secret, const ipsec::Identity& local,
                      const ipsec::Identity& remote) {
  Diagnosis d =
      Make(c, DiagnosisCode::kPskMismatch,
           absl::StrCat("The peer ", remote.ToString(), " authenticated with another pre-shared key than ours."));
  d.field = absl::StrCat("secrets[", secret, "].psk");
  d.expected = absl::StrCat("AUTH made with our secret ", secret, " (we are ", local.ToString(), ")");
  d.received = "AUTH that does not verify";
  d.likely_causes = {
      "the keys differ: a typo, a trailing blank, hex (0x) or base64 (0s) at one side read as text at the other",
      absl::StrCat("secret ", secret, " is the first in the list that matches this peer, and not the one meant")};
  d.fixes = {absl::StrCat("Enter the same key on both sides (", d.field, ")."), ExplainSecret(local, remote)};
  return d;
}

Diagnosis PeerRefusedAuthentication(const Circumstance& c, absl::string_view secret, const ipsec::Identity& local) {
  Diagnosis d = Make(c, DiagnosisCode::kPeerRefusedAuthentication,
                     absl::StrCat("The peer refused our authentication as ", local.ToString(), "."));
  d.field = secret.empty() ? Field(c, "authentication") : absl::StrCat("secrets[", secret, "].psk");
  d.expected = absl::StrCat("the peer to accept ", local.ToString(),
                            secret.empty() ? std::string() : absl::StrCat(" with secret ", secret));
  d.received = "AUTHENTICATION_FAILED; a peer must not say why (RFC 7296 2.21.2)";
  d.likely_causes = {"the pre-shared keys differ", "the peer expects another identity of us",
                     "the peer is not who we ask for: its own identity is another"};
  d.fixes = {absl::StrCat("Enter the same key on both sides (", d.field, ")."),
             absl::StrCat("Compare ", Field(c, "local.identifier"), " (", local.ToString(),
                          ") with the remote identifier at the peer, and ", Field(c, "remote.identifier"),
                          " with its local one."),
             "Read the peer's log: it knows which of them it is."};
  if (c.side == Side::kResponder) {  // it was answered with AUTH already: what the initiator dislikes is who we are
    d.field = Field(c, "local.identifier");
    d.fixes.erase(d.fixes.begin());
  }
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

Diagnosis NoSecretForPeer(const Circumstance& c, const ipsec::Identity& local, const ipsec::Identity& remote) {
  Diagnosis d = Make(c, DiagnosisCode::kNoSecretForPeer,
                     absl::StrCat("No pre-shared key is configured for ", remote.ToString(), "."));
  d.field = "secrets";
  d.expected = absl::StrCat("a secret with selector ", remote.ToString(), ", the peer's address, or none");
  d.received = "no match";
  d.likely_causes = {"the secret's selectors name another identity or address"};
  d.fixes = {absl::StrCat("Add ", remote.ToString(), " to secrets[].selectors of the right secret."),
             ExplainSecret(local, remote)};
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

}  // namespace culvert::iked
