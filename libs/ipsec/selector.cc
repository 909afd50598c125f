// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/selector.h"

#include <algorithm>
#include <array>
#include <bit>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace culvert::ipsec {
namespace {

using base::IpAddress;
using base::Prefix;

constexpr uint8_t kIcmp = 1;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kIcmpv6 = 58;

struct ProtocolName {
  absl::string_view name;
  uint8_t number;
};
constexpr ProtocolName kProtocols[] = {{"icmp", kIcmp}, {"tcp", kTcp},         {"udp", kUdp}, {"gre", 47},
                                       {"esp", 50},     {"icmpv6", kIcmpv6},   {"ospf", 89},  {"sctp", 132},
                                       {"ipip", 4},     {"ipv6-icmp", kIcmpv6}};

bool IsIcmp(uint8_t protocol) {
  return protocol == kIcmp || protocol == kIcmpv6;
}

// Addresses as numbers, so that ranges can be walked; 128 bits hold either family.
using Number = unsigned __int128;

Number ToNumber(const IpAddress& address) {
  Number number = 0;
  for (const uint8_t octet : address.bytes()) number = (number << 8) | octet;
  return number;
}

IpAddress ToAddress(Number number, size_t size) {
  std::array<uint8_t, 16> bytes{};
  for (size_t i = size; i-- > 0; number >>= 8) bytes[i] = static_cast<uint8_t>(number);
  return IpAddress::FromBytes(base::ByteView(bytes).first(size));
}

absl::Status Wrong(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("traffic selector \"", text, "\": ", why));
}

bool ParseNumber(absl::string_view text, uint32_t limit, uint32_t* value) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit) && absl::SimpleAtoi(text, value) &&
         *value <= limit;
}

bool ParseProtocol(absl::string_view text, uint8_t* protocol) {
  for (const ProtocolName& p : kProtocols) {
    if (absl::EqualsIgnoreCase(text, p.name)) {
      *protocol = p.number;
      return true;
    }
  }
  uint32_t number = 0;
  if (!ParseNumber(text, 255, &number)) return false;
  *protocol = static_cast<uint8_t>(number);
  return true;
}

// "80", "1000-2000", "any", "opaque"; for ICMP "8" (any code) and "3:4".
bool ParsePorts(absl::string_view text, TrafficSelector* selector) {
  uint32_t from = 0;
  uint32_t to = 0;
  if (text == "any") return true;
  if (text == "opaque") {
    selector->start_port = 65535;
    selector->end_port = 0;
    return true;
  }
  if (IsIcmp(selector->protocol)) {
    const size_t colon = text.find(':');
    if (!ParseNumber(text.substr(0, colon), 255, &from)) return false;
    if (colon != absl::string_view::npos && !ParseNumber(text.substr(colon + 1), 255, &to)) return false;
    selector->start_port = static_cast<uint16_t>(from << 8 | to);
    selector->end_port = static_cast<uint16_t>(from << 8 | (colon == absl::string_view::npos ? 255 : to));
    return true;
  }
  const size_t dash = text.find('-');
  if (!ParseNumber(text.substr(0, dash), 65535, &from)) return false;
  to = from;
  if (dash != absl::string_view::npos && !ParseNumber(text.substr(dash + 1), 65535, &to)) return false;
  if (from > to) return false;
  selector->start_port = static_cast<uint16_t>(from);
  selector->end_port = static_cast<uint16_t>(to);
  return true;
}

std::string PortsToString(const TrafficSelector& s) {
  if (s.opaque_port()) return "opaque";
  if (IsIcmp(s.protocol) && s.start_port >> 8 == s.end_port >> 8) {
    const int type = s.start_port >> 8;
    if ((s.start_port & 255) == 0 && (s.end_port & 255) == 255) return absl::StrCat(type);
    if (s.start_port == s.end_port) return absl::StrCat(type, ":", s.start_port & 255);
  }
  return s.start_port == s.end_port ? absl::StrCat(s.start_port) : absl::StrCat(s.start_port, "-", s.end_port);
}

std::string ProtocolToString(uint8_t protocol) {
  for (const ProtocolName& p : kProtocols) {
    if (p.number == protocol) return std::string(p.name);
  }
  return absl::StrCat(protocol);
}

}  // namespace

TrafficSelector TrafficSelector::Of(const Prefix& prefix, uint8_t protocol, uint16_t start_port, uint16_t end_port) {
  return {protocol, start_port, end_port, prefix.First(), prefix.Last()};
}

TrafficSelector TrafficSelector::AnyOf(base::Family family) {
  return Of(Prefix::AnyOf(family));
}

TrafficSelector TrafficSelector::OfPacket(const IpAddress& address, uint8_t protocol, uint16_t port) {
  return {protocol, port, port, address, address};
}

absl::StatusOr<TrafficSelector> TrafficSelector::Parse(absl::string_view text) {
  const size_t bracket = text.find('[');
  const absl::string_view addresses = text.substr(0, bracket);
  TrafficSelector selector;
  if (const size_t dash = addresses.find('-'); dash != absl::string_view::npos) {
    const absl::StatusOr<IpAddress> from = IpAddress::Parse(addresses.substr(0, dash));
    const absl::StatusOr<IpAddress> to = IpAddress::Parse(addresses.substr(dash + 1));
    if (!from.ok() || !to.ok() || from->family() != to->family() || *to < *from) {
      return Wrong(text, "a range is two addresses of one family, the lower one first");
    }
    selector.first = *from;
    selector.last = *to;
  } else {
    const absl::StatusOr<Prefix> prefix = Prefix::Parse(addresses);
    if (!prefix.ok()) return Wrong(text, "not an address, a prefix or a range");
    selector = Of(*prefix);
  }
  if (bracket == absl::string_view::npos) return selector;

  absl::string_view inside = text.substr(bracket + 1);
  if (!absl::ConsumeSuffix(&inside, "]")) return Wrong(text, "no closing bracket");
  const size_t slash = inside.find('/');
  if (!ParseProtocol(inside.substr(0, slash), &selector.protocol)) return Wrong(text, "no such protocol");
  if (slash == absl::string_view::npos) return selector;
  if (selector.protocol == 0) return Wrong(text, "ports need a protocol");
  if (!ParsePorts(inside.substr(slash + 1), &selector)) return Wrong(text, "no such port, range or ICMP type");
  return selector;
}

bool TrafficSelector::Contains(const TrafficSelector& other) const {
  return Intersect(*this, other) == other;
}

std::optional<Prefix> TrafficSelector::AsPrefix() const {
  const std::vector<Prefix> prefixes = Prefixes();
  if (prefixes.size() != 1) return std::nullopt;
  return prefixes.front();
}

std::vector<Prefix> TrafficSelector::Prefixes() const {
  std::vector<Prefix> prefixes;
  const size_t size = first.size();
  const int bits = first.bits();
  Number from = ToNumber(first);
  const Number to = ToNumber(last);
  while (from <= to) {
    // The largest block that starts at `from` and stays inside.
    int host_bits = 0;
    while (host_bits < bits) {
      const Number mask = (Number{1} << host_bits << 1) - 1;  // at 127: shifted out to 0, minus 1 is all ones
      if ((from & mask) != 0 || (from | mask) > to) break;
      ++host_bits;
    }
    prefixes.push_back({ToAddress(from, size), bits - host_bits});
    const Number block_end = host_bits == 128 ? ~Number{0} : from + ((Number{1} << host_bits) - 1);
    if (block_end == to) break;  // also when the next address does not exist
    from = block_end + 1;
  }
  return prefixes;
}

std::string TrafficSelector::ToString() const {
  const std::optional<Prefix> prefix = AsPrefix();
  std::string text = prefix ? prefix->ToString() : absl::StrCat(first.ToString(), "-", last.ToString());
  if (protocol == 0 && any_port()) return text;
  absl::StrAppend(&text, "[", ProtocolToString(protocol));
  if (!any_port()) absl::StrAppend(&text, "/", PortsToString(*this));
  return absl::StrCat(text, "]");
}

std::optional<TrafficSelector> Intersect(const TrafficSelector& a, const TrafficSelector& b) {
  if (a.family() != b.family()) return std::nullopt;
  if (a.protocol != b.protocol && a.protocol != 0 && b.protocol != 0) return std::nullopt;
  TrafficSelector both;
  both.protocol = a.protocol != 0 ? a.protocol : b.protocol;
  both.first = std::max(a.first, b.first);
  both.last = std::min(a.last, b.last);
  if (both.last < both.first) return std::nullopt;
  // OPAQUE means "ports are not looked at", for fragments and the like: it meets itself and ANY (RFC 7296 3.13.1).
  if (a.opaque_port() || b.opaque_port()) {
    const TrafficSelector& other = a.opaque_port() ? b : a;
    if (!other.opaque_port() && !other.any_port()) return std::nullopt;
    both.start_port = 65535;
    both.end_port = 0;
    return both;
  }
  both.start_port = std::max(a.start_port, b.start_port);
  both.end_port = std::min(a.end_port, b.end_port);
  if (both.end_port < both.start_port) return std::nullopt;
  return both;
}

std::vector<TrafficSelector> Narrow(std::span<const TrafficSelector> ours, std::span<const TrafficSelector> theirs) {
  std::vector<TrafficSelector> narrowed;
  for (const TrafficSelector& o : ours) {
    for (const TrafficSelector& t : theirs) {
      const std::optional<TrafficSelector> both = Intersect(o, t);
      if (!both || Covers(narrowed, {&*both, 1})) continue;
      std::erase_if(narrowed, [&](const TrafficSelector& smaller) { return both->Contains(smaller); });
      narrowed.push_back(*both);
    }
  }
  return narrowed;
}

bool Covers(std::span<const TrafficSelector> outer, std::span<const TrafficSelector> inner) {
  return std::all_of(inner.begin(), inner.end(), [&](const TrafficSelector& i) {
    return std::any_of(outer.begin(), outer.end(), [&](const TrafficSelector& o) { return o.Contains(i); });
  });
}

std::string ToString(std::span<const TrafficSelector> selectors) {
  return absl::StrJoin(selectors, ", ",
                       [](std::string* out, const TrafficSelector& s) { absl::StrAppend(out, s.ToString()); });
}

}  // namespace culvert::ipsec
