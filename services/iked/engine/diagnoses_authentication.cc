// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/diagnoses_authentication.h"

#include "absl/strings/escaping.h"
#include "services/iked/engine/diagnosis_parts.h"

namespace culvert::iked {

absl::string_view Name(AuthKind kind) {
  switch (kind) {
    case AuthKind::kPsk:
      return "pre-shared key";
    case AuthKind::kX509:
      return "certificate";
    case AuthKind::kEap:
      return "EAP";
  }
  return "";
}

Diagnosis AuthMethodMismatch(const Circumstance& c, AuthKind expected, absl::string_view received) {
  Diagnosis d = Make(c, DiagnosisCode::kAuthMethodMismatch,
                     absl::StrCat("The peer authenticates by ", received, "; we expect ", Name(expected), "."));
  d.field = Field(c, "authentication.remote");
  d.expected = std::string(Name(expected));
  d.received = std::string(received);
  d.likely_causes = {"the two sides were configured for different ways to authenticate"};
  d.fixes = {absl::StrCat("Configure ", Name(expected), " at the peer, or change ", d.field, ".")};
  return d;
}

Diagnosis PpkMissing(const Circumstance& c, absl::string_view ours) {
  Diagnosis d = Make(c, DiagnosisCode::kPpkMissing,
                     absl::StrCat("The post-quantum pre-shared key ", ours, " is required; the peer uses none."));
  d.field = Field(c, "authentication.ppk");
  d.expected = absl::StrCat("USE_PPK, then PPK_IDENTITY ", ours);
  d.received = "neither";
  d.likely_causes = {"the peer has no PPK configured for us", "the peer does not know RFC 8784"};
  d.fixes = {absl::StrCat("Configure the PPK ", ours, " at the peer."),
             absl::StrCat("Set ", d.field, ".required to false to go on without.")};
  return d;
}

Diagnosis PpkMismatch(const Circumstance& c, absl::string_view ours, base::ByteView theirs) {
  // The first octet is the identity's type (RFC 8784 5.1); what a peer wrote is shown escaped.
  const std::string named = theirs.empty() ? "none" : absl::CHexEscape(base::AsText(theirs.subspan(1)));
  const std::string known = ours.empty() ? "none" : std::string(ours);
  Diagnosis d = Make(c, DiagnosisCode::kPpkMismatch,
                     absl::StrCat("The two sides know no common post-quantum pre-shared key: ours is ", known,
                                  ", the peer's ", named, "."));
  d.field = Field(c, "authentication.ppk.id");
  d.expected = known;
  d.received = named;
  d.likely_causes = {"the PPK has another name at the peer", "only one side has a PPK, and it is required there"};
  d.fixes = {"Give the PPK the same name and the same key on both sides."};
  return d;
}

Diagnosis PpkDiffers(const Circumstance& c, absl::string_view ours) {
  Diagnosis d = Make(c, DiagnosisCode::kPpkMismatch,
                     absl::StrCat("The peer's post-quantum pre-shared key ", ours, " is another key than ours."));
  d.field = absl::StrCat("secrets[", ours, "].psk");
  d.expected = "AUTH made with the PPK";
  d.received = "AUTH that does not verify, and NO_PPK_AUTH that does";
  d.likely_causes = {"the keys differ: a typo, a trailing blank, hex or base64 read as text"};
  d.fixes = {absl::StrCat("Enter the same key on both sides (", d.field, ").")};
  return d;
}

Diagnosis EapFailed(const Circumstance& c, absl::string_view method, absl::string_view user, absl::string_view why) {
  const std::string name = user.empty() ? "the peer" : absl::CHexEscape(user);
  Diagnosis d = Make(c, DiagnosisCode::kEapFailed, absl::StrCat(method, " of ", name, " failed: ", why, "."));
  const bool server = c.side == Side::kResponder;
  d.field = Field(c, server ? "eap.users" : "eap.password");
  d.expected = absl::StrCat(method, " to succeed");
  d.received = std::string(why);
  d.likely_causes = {"the password or the name is not the one that the other side knows",
                     "with EAP-TLS: a certificate is not trusted"};
  d.fixes = {server ? absl::StrCat("Compare ", d.field, " with what the user enters.")
                    : absl::StrCat("Compare ", Field(c, "eap.identity"), " and ", d.field, " with the server's.")};
  return d;
}

Diagnosis EapMethodMismatch(const Circumstance& c, absl::string_view ours, absl::string_view why) {
  Diagnosis d = Make(c, DiagnosisCode::kEapMethodMismatch,
                     absl::StrCat("The two sides have no EAP method in common: ours is ", ours, ", ", why, "."));
  d.field = Field(c, "eap.method");
  d.expected = std::string(ours);
  d.received = std::string(why);
  d.likely_causes = {"the two sides were configured for different methods"};
  d.fixes = {absl::StrCat("Make ", d.field, " and the other side's method agree.")};
  return d;
}

Diagnosis TooManyFailures(const Circumstance& c, absl::string_view user) {
  Diagnosis d = EapFailed(c, "EAP", user, "too many failures within a minute");
  d.likely_causes = {"a wrong password is tried again and again", "somebody is guessing"};
  d.fixes = {"Wait a minute, then try the right password."};
  return d;
}

}  // namespace culvert::iked
