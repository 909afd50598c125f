// SPDX-License-Identifier: Apache-2.0
// X.501 distinguished names between text and DER, through OpenSSL.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/bytes.h"

namespace culvert::ipsec {

// "C=CH, O=Example, CN=gw" or "/C=CH/O=Example/CN=gw", in the order of the DER; "\" takes the next character as it is.
// Types are OpenSSL's names, dotted OIDs, and strongSwan's short words (E, S, SN, G, T, …). InvalidArgument otherwise.
absl::StatusOr<base::Bytes> ParseDistinguishedName(absl::string_view text);

// The inverse, with everything but printable ASCII escaped as \xNN. InvalidArgument unless `der` is exactly one name.
absl::StatusOr<std::string> PrintDistinguishedName(base::ByteView der);

// X.501 comparison: string types, case and runs of blanks do not matter. What does not parse is compared octet for
// octet.
bool SameDistinguishedName(base::ByteView a, base::ByteView b);

// As above, but an attribute value "*" of `pattern` accepts any value of that attribute at that place.
bool MatchesDistinguishedName(base::ByteView pattern, base::ByteView name);

}  // namespace culvert::ipsec
