// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/identity.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/ipsec/distinguished_name.h"

namespace culvert::ipsec {
namespace {

using base::IpAddress;

constexpr size_t kMaxText = 255;

absl::Status Wrong(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("identity \"", absl::CHexEscape(text), "\": ", why));
}

Identity OfText(IdType type, absl::string_view text) {
  return {type, base::ToBytes(base::AsBytes(text))};
}

std::optional<Identity> OfIp(absl::string_view text, base::Family family) {
  const absl::StatusOr<IpAddress> address = IpAddress::Parse(text);
  if (!address.ok() || address->family() != family) return std::nullopt;
  return Identity::Of(*address);
}

std::optional<Identity> OfDn(absl::string_view text) {
  absl::StatusOr<base::Bytes> der = ParseDistinguishedName(text);
  if (!der.ok()) return std::nullopt;
  return Identity{IdType::kDn, *std::move(der)};
}

// The value after an explicit prefix; nullopt when it is none of that type.
std::optional<Identity> OfPrefixed(IdType type, absl::string_view value) {
  if (value.empty()) return std::nullopt;
  switch (type) {
    case IdType::kIpv4:
      return OfIp(value, base::Family::kIPv4);
    case IdType::kIpv6:
      return OfIp(value, base::Family::kIPv6);
    case IdType::kDn:
      return OfDn(value);
    case IdType::kKeyId:
      if (absl::ConsumePrefix(&value, "0x")) {
        base::Bytes bytes = base::FromHex(value);
        if (bytes.empty()) return std::nullopt;
        return Identity{IdType::kKeyId, std::move(bytes)};
      }
      return OfText(IdType::kKeyId, value);
    default:
      return OfText(type, value);
  }
}

constexpr std::pair<absl::string_view, IdType> kPrefixes[] = {
    {"ipv4:", IdType::kIpv4},   {"ipv6:", IdType::kIpv6}, {"fqdn:", IdType::kFqdn},
    {"email:", IdType::kEmail}, {"dn:", IdType::kDn},     {"keyid:", IdType::kKeyId},
};
constexpr absl::string_view kAnySpellings[] = {"", "%any", "%any6", "*", "0.0.0.0", "::"};

bool IsText(IdType type) {
  return type == IdType::kFqdn || type == IdType::kEmail;
}

bool IsPrintable(base::ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b > 0x20 && b < 0x7F; });
}

}  // namespace

absl::StatusOr<Identity> Identity::Parse(absl::string_view text) {
  if (text.size() > kMaxText) return Wrong(text.substr(0, 32), "longer than 255 octets");
  for (const auto& [prefix, type] : kPrefixes) {
    if (!absl::StartsWithIgnoreCase(text, prefix)) continue;
    std::optional<Identity> identity = OfPrefixed(type, text.substr(prefix.size()));
    if (!identity) return Wrong(text, absl::StrCat("not a value of type ", ipsec::ToString(type)));
    return *std::move(identity);
  }
  if (std::find(std::begin(kAnySpellings), std::end(kAnySpellings), text) != std::end(kAnySpellings)) return Identity{};
  if (absl::StrContains(text, '=')) return OfDn(text).value_or(OfText(IdType::kKeyId, text));
  if (absl::StartsWith(text, "@#")) {
    base::Bytes bytes = base::FromHex(text.substr(2));
    if (bytes.empty()) return Wrong(text, "\"@#\" is followed by hexadecimal digits");
    return Identity{IdType::kKeyId, std::move(bytes)};
  }
  if (absl::StartsWith(text, "@")) {
    const bool email = absl::StartsWith(text, "@@");
    if (text.size() == (email ? 2u : 1u)) return Wrong(text, "nothing behind the \"@\"");
    return email ? OfText(IdType::kEmail, text.substr(2)) : OfText(IdType::kFqdn, text.substr(1));
  }
  if (absl::StrContains(text, '@')) return OfText(IdType::kEmail, text);
  if (absl::StrContains(text, ':')) return OfIp(text, base::Family::kIPv6).value_or(OfText(IdType::kKeyId, text));
  return OfIp(text, base::Family::kIPv4).value_or(OfText(IdType::kFqdn, text));
}

Identity Identity::Of(const IpAddress& address) {
  if (address.is_none()) return {};
  return {address.is_v4() ? IdType::kIpv4 : IdType::kIpv6, base::ToBytes(address.bytes())};
}

std::string Identity::ToString() const {
  switch (type) {
    case IdType::kAny:
      return "%any";
    case IdType::kIpv4:
    case IdType::kIpv6:
      if (const IpAddress address = IpAddress::FromBytes(bytes); !address.is_none()) return address.ToString();
      break;
    case IdType::kFqdn:
    case IdType::kEmail:
      return absl::CHexEscape(base::AsText(bytes));
    case IdType::kDn:
      if (absl::StatusOr<std::string> name = PrintDistinguishedName(bytes); name.ok()) return *std::move(name);
      break;
    default:
      break;
  }
  if (type == IdType::kKeyId && IsPrintable(bytes)) return absl::CHexEscape(base::AsText(bytes));
  return absl::StrCat("@#", base::ToHex(bytes));
}

bool Identity::Same(const Identity& other) const {
  if (type != other.type) return false;
  if (IsText(type)) return absl::EqualsIgnoreCase(base::AsText(bytes), base::AsText(other.bytes));
  if (type == IdType::kDn) return SameDistinguishedName(bytes, other.bytes);
  return bytes == other.bytes;
}

bool Identity::Matches(const Identity& peer) const {
  if (any()) return true;
  if (type != peer.type) return false;
  if (type == IdType::kDn) return MatchesDistinguishedName(bytes, peer.bytes);
  if (absl::string_view pattern = base::AsText(bytes); IsText(type) && absl::ConsumePrefix(&pattern, "*")) {
    const absl::string_view name = base::AsText(peer.bytes);
    return name.size() > pattern.size() && absl::EndsWithIgnoreCase(name, pattern);
  }
  return Same(peer);
}

absl::string_view ToString(IdType type) {
  switch (type) {
    case IdType::kAny:
      return "ID_ANY";
    case IdType::kIpv4:
      return "ID_IPV4_ADDR";
    case IdType::kFqdn:
      return "ID_FQDN";
    case IdType::kEmail:
      return "ID_RFC822_ADDR";
    case IdType::kIpv6:
      return "ID_IPV6_ADDR";
    case IdType::kDn:
      return "ID_DER_ASN1_DN";
    case IdType::kGeneralName:
      return "ID_DER_ASN1_GN";
    case IdType::kKeyId:
      return "ID_KEY_ID";
  }
  return "ID_UNKNOWN";
}

}  // namespace culvert::ipsec
