// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/identification.h"

#include "absl/strings/str_cat.h"

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
using base::ByteView;
using base::IpAddress;

constexpr uint8_t kUdp = 17;
constexpr uint16_t kIkePort = 500;
constexpr uint16_t kNatTPort = 4500;

// How each type spells addresses.
enum class Spelling : uint8_t { kAddress, kSubnet, kRange };
struct AddressType {
  IdType type;
  base::Family family;
  Spelling spelling;
};
constexpr AddressType kAddressTypes[] = {
    {IdType::kIpv4, base::Family::kIPv4, Spelling::kAddress},
    {IdType::kIpv4Subnet, base::Family::kIPv4, Spelling::kSubnet},
    {IdType::kIpv4Range, base::Family::kIPv4, Spelling::kRange},
    {IdType::kIpv6, base::Family::kIPv6, Spelling::kAddress},
    {IdType::kIpv6Subnet, base::Family::kIPv6, Spelling::kSubnet},
    {IdType::kIpv6Range, base::Family::kIPv6, Spelling::kRange},
};

bool LawfulInPhase1(const IdPayload& id) {
  if (id.protocol == 0) return id.port == 0;
  return id.protocol == kUdp && (id.port == 0 || id.port == kIkePort || id.port == kNatTPort);
}

Bytes Mask(int length, size_t size) {
  Bytes mask(size);
  for (int i = 0; i < length; ++i) mask[static_cast<size_t>(i) / 8] |= static_cast<uint8_t>(0x80 >> i % 8);
  return mask;
}

// nullopt: ones after zeros.
std::optional<int> LengthOf(ByteView mask) {
  int length = 0;
  for (const uint8_t octet : mask) {
    for (int bit = 7; bit >= 0 && (octet >> bit & 1) != 0; --bit) ++length;
  }
  if (base::ToBytes(mask) != Mask(length, mask.size())) return std::nullopt;
  return length;
}

Bytes Join(ByteView first, ByteView second) {
  Bytes joined = base::ToBytes(first);
  joined.insert(joined.end(), second.begin(), second.end());
  return joined;
}

}  // namespace

IdPayload ToIdPayload(const ipsec::Identity& identity) {
  return {static_cast<IdType>(identity.type), 0, 0, identity.bytes};
}

std::optional<ipsec::Identity> ToIdentity(const IdPayload& id) {
  if (!LawfulInPhase1(id)) return std::nullopt;
  switch (id.type) {
    case IdType::kIpv4:
    case IdType::kFqdn:
    case IdType::kUserFqdn:
    case IdType::kIpv6:
    case IdType::kDn:
    case IdType::kGeneralName:
    case IdType::kKeyId:
      return ipsec::Identity{static_cast<ipsec::IdType>(id.type), id.data};  // one numbering for both versions
    default:
      return std::nullopt;
  }
}

std::optional<IdPayload> ToIdPayload(const ipsec::TrafficSelector& selector) {
  const bool one_port = selector.start_port == selector.end_port;
  if (!one_port && !selector.any_port()) return std::nullopt;
  const std::optional<base::Prefix> prefix = selector.AsPrefix();
  const Spelling spelling = selector.first == selector.last ? Spelling::kAddress
                            : prefix                        ? Spelling::kSubnet
                                                            : Spelling::kRange;
  IdPayload id;
  id.protocol = selector.protocol;
  id.port = one_port ? selector.start_port : 0;
  for (const AddressType& row : kAddressTypes) {
    if (row.family == selector.family() && row.spelling == spelling) id.type = row.type;
  }
  const ByteView first = selector.first.bytes();
  id.data = spelling == Spelling::kAddress  ? base::ToBytes(first)
            : spelling == Spelling::kSubnet ? Join(first, Mask(prefix->length, first.size()))
                                            : Join(first, selector.last.bytes());
  return id;
}

std::optional<ipsec::TrafficSelector> ToSelector(const IdPayload& id) {
  if (id.protocol == 0 && id.port != 0) return std::nullopt;
  ipsec::TrafficSelector selector{.protocol = id.protocol};
  if (id.port != 0) selector.start_port = selector.end_port = id.port;
  for (const AddressType& row : kAddressTypes) {
    if (row.type != id.type) continue;
    const size_t size = IpAddress::AnyOf(row.family).size();
    const ByteView data = id.data;
    if (data.size() != (row.spelling == Spelling::kAddress ? size : 2 * size)) return std::nullopt;
    selector.first = selector.last = IpAddress::FromBytes(data.first(size));
    if (row.spelling == Spelling::kRange) selector.last = IpAddress::FromBytes(data.last(size));
    if (row.spelling == Spelling::kSubnet) {
      const std::optional<int> length = LengthOf(data.last(size));
      if (!length) return std::nullopt;
      const base::Prefix prefix{selector.first, *length};
      selector.first = prefix.First();
      selector.last = prefix.Last();
    }
    if (selector.last < selector.first) return std::nullopt;
    return selector;
  }
  return std::nullopt;
}

std::string Describe(const IdPayload& id) {
  if (const auto identity = ToIdentity(id)) return absl::StrCat(ToString(id.type), " ", identity->ToString());
  if (const auto selector = ToSelector(id)) return absl::StrCat(ToString(id.type), " ", selector->ToString());
  return absl::StrCat(ToString(id.type), " ", id.protocol, "/", id.port, " ", base::ToHex(id.data));
}

}  // namespace culvert::wire::ikev1
