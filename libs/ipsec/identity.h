// SPDX-License-Identifier: Apache-2.0
// Identities of IKE peers (RFC 7296 3.5): how people write them, what goes on the wire, and when two are the same.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/bytes.h"
#include "libs/base/ip.h"

namespace culvert::ipsec {

enum class IdType : uint8_t {  // values on the wire; kAny is ours and never sent
  kAny = 0,
  kIpv4 = 1,
  kFqdn = 2,
  kEmail = 3,  // ID_RFC822_ADDR, "user FQDN"
  kIpv6 = 5,
  kDn = 9,  // ID_DER_ASN1_DN
  kGeneralName = 10,
  kKeyId = 11,
};

struct Identity {
  IdType type = IdType::kAny;
  base::Bytes bytes = {};  // as on the wire: 4 or 16 octets, text without terminator, DER, or anything (key id)

  // Never fails but for a DN that cannot be encoded, an explicit prefix with a wrong value, and more than 255 octets.
  // The rules are strongSwan's: "=" → DN, "@#" hex → key id, "@@" → e-mail, "@" → FQDN, other "@" → e-mail,
  // "", "%any", "*", "0.0.0.0", "::" → any, ":" → IPv6 or key id, IPv4, else FQDN;
  // "ipv4:", "ipv6:", "fqdn:", "email:", "dn:", "keyid:" say it outright ("keyid:" takes text, or 0x and hex).
  static absl::StatusOr<Identity> Parse(absl::string_view text);
  static Identity Of(const base::IpAddress& address);

  bool any() const { return type == IdType::kAny; }

  // For people and logs: octets that are not printable ASCII come out as \xNN, so a peer cannot write to a terminal.
  std::string ToString() const;

  // Equal as identities: FQDN and e-mail without regard to ASCII case, DNs by X.501 comparison, the rest by octets.
  bool Same(const Identity& other) const;
  // `this` as configured accepts `peer`: any accepts all; "*" in front of an FQDN or e-mail ("*.example", "*@example")
  // stands for one or more octets; a DN whose RDN values are "*" accepts any value there.
  bool Matches(const Identity& peer) const;

  bool operator==(const Identity&) const = default;  // octet for octet
};

absl::string_view ToString(IdType type);  // "ID_FQDN"

}  // namespace culvert::ipsec
