// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/address_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace culvert::configd {
namespace {

using base::IpAddress;
using base::Prefix;

bool AllOf(absl::string_view text, absl::string_view allowed_punctuation, bool letters) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const auto u = static_cast<unsigned char>(c);
    return absl::ascii_isdigit(u) || (letters && absl::ascii_isalpha(u)) || absl::StrContains(allowed_punctuation, c);
  });
}

// Letters, digits, hyphens (RFC 1123 2.1); a closing dot is the root's.
bool IsHostName(absl::string_view text) {
  absl::ConsumeSuffix(&text, ".");
  if (text.empty() || text.size() > 253) return false;
  const std::vector<absl::string_view> labels = absl::StrSplit(text, '.');
  return std::all_of(labels.begin(), labels.end(), [](absl::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           AllOf(label, "-", true);
  });
}

// "192.0.2.1:500", "[2001:db8::1]:500", "gw.example:500"
bool HasPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon + 1 == text.size() || !AllOf(text.substr(colon + 1), "", false)) {
    return false;
  }
  return absl::StartsWith(text, "[") || std::count(text.begin(), text.end(), ':') == 1;
}

// Why a host cannot have this address; "" where it can.
absl::string_view Unusable(const IpAddress& address) {
  if (address.IsUnspecified()) return "is no address but \"unspecified\"";
  if (address.IsMulticast()) return "is a multicast address";
  if (address.is_v4() && address.v4() == 0xFFFFFFFF) return "is the broadcast address";
  if (address.is_v4() && address.v4() >> 24 == 0) return "is in 0.0.0.0/8, which no host has";
  if (address.IsV4Mapped()) return "is an IPv4 address in IPv6 clothes";
  if (address.is_v6() && address.IsLinkLocal()) return "is link-local and says nothing without its interface";
  return "";
}

bool CheckUsable(const IpAddress& address, absl::string_view text, absl::string_view field, Problems* problems) {
  const absl::string_view why = Unusable(address);
  if (why.empty()) return true;
  problems->Error(Code::BAD_ADDRESS, field, absl::StrCat(Quoted(text), " ", why),
                  address.IsV4Mapped() ? "write it as IPv4" : "");
  return false;
}

}  // namespace

std::optional<IpAddress> CheckHostAddress(absl::string_view text, absl::string_view field, Problems* problems) {
  const absl::StatusOr<IpAddress> address = IpAddress::Parse(text);
  if (!address.ok()) {
    problems->Error(Code::BAD_ADDRESS, field, absl::StrCat(Quoted(text), " is not an IP address"),
                    absl::StrContains(text, '/')   ? "leave the prefix length out"
                    : absl::StrContains(text, '%') ? "leave the zone out"
                    : HasPort(text)                ? "leave the port out"
                                                   : "");
    return std::nullopt;
  }
  if (!CheckUsable(*address, text, field, problems)) return std::nullopt;
  return *address;
}

bool CheckPeer(absl::string_view text, absl::string_view field, Problems* problems, std::optional<IpAddress>* address) {
  if (const absl::StatusOr<IpAddress> parsed = IpAddress::Parse(text); parsed.ok()) {
    if (parsed->IsUnspecified()) {
      problems->Error(Code::BAD_ADDRESS, field, absl::StrCat(Quoted(text), " is no peer"),
                      "write \"any\" to serve every peer");
      return false;
    }
    *address = *parsed;
    return CheckUsable(*parsed, text, field, problems);
  }
  if (HasPort(text)) {
    problems->Error(Code::BAD_ADDRESS, field, absl::StrCat(Quoted(text), " has a port"),
                    "leave it out: IKE uses 500 and 4500");
    return false;
  }
  if (AllOf(text, ".", false) || absl::StrContains(text, ':')) {
    problems->Error(Code::BAD_ADDRESS, field, absl::StrCat(Quoted(text), " is not an IP address"),
                    absl::StrContains(text, '%') ? "leave the zone out" : "");
    return false;
  }
  if (!IsHostName(text)) {
    const bool meant_any = absl::EqualsIgnoreCase(text, "%any") || text == "*";
    problems->Error(Code::BAD_HOST_NAME, field, absl::StrCat(Quoted(text), " is neither an address nor a host name"),
                    meant_any ? "write \"any\" to serve every peer" : "letters, digits, hyphens and dots");
    return false;
  }
  return true;
}

std::optional<Prefix> CheckSubnet(absl::string_view text, absl::string_view field, Problems* problems) {
  const absl::StatusOr<Prefix> prefix = Prefix::Parse(text);
  if (!prefix.ok()) {
    problems->Error(Code::BAD_SUBNET, field, absl::StrCat(Quoted(text), " is not a network"),
                    "write ADDRESS/LENGTH, such as 10.1.0.0/24");
    return std::nullopt;
  }
  const Prefix masked = prefix->Masked();
  if (masked.address.IsMulticast()) {
    problems->Error(Code::BAD_SUBNET, field, absl::StrCat(Quoted(text), " is multicast, which a tunnel cannot carry"));
    return std::nullopt;
  }
  if (prefix->HasHostBits()) {
    problems->Warning(Code::HOST_BITS_MASKED, field,
                      absl::StrCat(Quoted(text), " has host bits set; it is taken for ", masked.ToString()),
                      absl::StrCat("write ", masked.ToString()));
  }
  return masked;
}

}  // namespace culvert::configd
