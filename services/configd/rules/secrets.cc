// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/configd/rules/psk_text.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

constexpr double kWeakBits = 64;  // an IKEv1 aggressive hash or an active attacker's AUTH can be guessed at offline

void CheckValue(absl::string_view text, const std::string& field, Problems* problems) {
  const absl::StatusOr<base::Secret> psk = DecodePsk(text);
  if (!psk.ok()) {
    problems->Error(Code::SECRET_ENCODING, field, psk.status().message(),
                    "text as it is, 0x and hexadecimal, or 0s and base64");
    return;
  }
  if (psk->size() < kMinPskBytes || psk->size() > kMaxPskBytes) {
    problems->Error(Code::SECRET_LENGTH, field, absl::StrCat("a pre-shared key of ", psk->size(), " octets"),
                    absl::StrCat(kMinPskBytes, " to ", kMaxPskBytes, " octets"));
  } else if (EstimatePskBits(psk->view()) < kWeakBits) {
    problems->Warning(Code::WEAK_SECRET, field, "the pre-shared key can be guessed",
                      "use 32 random characters: openssl rand -base64 24");
  }
}

}  // namespace

void CheckSecrets(const ConfigurationView& view, Problems* problems) {
  for (int i = 0; i < view.configuration.secrets_size(); ++i) {
    const auto& secret = view.configuration.secrets(i);
    const std::string path = ElementPath("secrets", secret.name(), static_cast<size_t>(i));
    if (secret.has_psk()) {
      CheckValue(secret.psk(), FieldPath(path, "psk"), problems);
    } else if (view.host != nullptr) {
      problems->Error(Code::SECRET_VALUE_MISSING, FieldPath(path, "psk"),
                      "the secret has no value, and none is kept under this name", "give psk or psk_file");
    } else {
      problems->Info(Code::NOT_CHECKED, FieldPath(path, "psk"),
                     "no value here: the one that the appliance keeps is used",
                     "give psk where the appliance has none");
    }
    if (secret.has_psk_previous()) CheckValue(secret.psk_previous(), FieldPath(path, "psk_previous"), problems);
    for (int s = 0; s < secret.selectors_size(); ++s) {
      const absl::StatusOr<ipsec::Identity> identity = ipsec::Identity::Parse(secret.selectors(s));
      if (identity.ok()) continue;
      problems->Error(Code::BAD_IDENTIFIER, absl::StrCat(path, ".selectors[", s, "]"), identity.status().message(),
                      "an address, a host name, user@host, or %any");
    }
  }
}

}  // namespace culvert::configd
