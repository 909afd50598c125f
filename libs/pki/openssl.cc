// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/openssl.h"

#include <ctime>

#include "absl/strings/match.h"
#include "libs/ipsec/distinguished_name.h"

namespace culvert::pki {

std::optional<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm broken{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &broken) != 1) return std::nullopt;
  return absl::FromTM(broken, absl::UTCTimeZone());
}

std::string UtcText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

void AppendHttpUris(const GENERAL_NAMES* names, std::vector<std::string>* uris) {
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* text = name->d.uniformResourceIdentifier;
    const absl::string_view uri(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                static_cast<size_t>(ASN1_STRING_length(text)));
    if (absl::StartsWithIgnoreCase(uri, "http://") || absl::StartsWithIgnoreCase(uri, "https://")) {
      uris->emplace_back(uri);
    }
  }
}

std::string Printed(const X509_NAME* name) {
  const absl::StatusOr<std::string> text = ipsec::PrintDistinguishedName(DerOf(name, i2d_X509_NAME));
  return text.value_or("");
}

}  // namespace culvert::pki
