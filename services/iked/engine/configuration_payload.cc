// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/configuration_payload.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/diagnoses_address.h"

namespace culvert::iked {

using base::Family;
using base::IpAddress;
using wire::ikev2::ConfigAttribute;
using wire::ikev2::ConfigAttributeType;
using wire::ikev2::ConfigPayload;
using wire::ikev2::ConfigType;
using wire::ikev2::Message;
using wire::ikev2::NotifyType;
using enum wire::ikev2::ConfigAttributeType;

namespace {

constexpr size_t kMaxAddresses = 8;  // of one peer's answer
constexpr uint8_t kHostLength = 128;

std::string Texts(const std::vector<IpAddress>& addresses) {
  return absl::StrJoin(addresses, ", ",
                       [](std::string* out, const IpAddress& address) { absl::StrAppend(out, address.ToString()); });
}

Family FamilyOf(ConfigAttributeType type) {
  switch (type) {
    case kInternalIp4Address:
      return Family::kIPv4;
    case kInternalIp6Address:
      return Family::kIPv6;
    default:
      return Family::kNone;
  }
}

// 3.15.1: 4 octets, or 16 and a prefix length, or none at all, in a request.
IpAddress AddressOf(const ConfigAttribute& attribute) {
  const base::ByteView value(attribute.value);
  if (attribute.type == kInternalIp4Address && value.size() == 4) return IpAddress::FromBytes(value);
  if (attribute.type == kInternalIp6Address && (value.size() == 16 || value.size() == 17)) {
    return IpAddress::FromBytes(value.first(16));
  }
  return {};
}

// 3.15.1: 4 octets, or 16. What uses them is the host's affair: they are told, and no more.
IpAddress NameServerOf(const ConfigAttribute& attribute) {
  const bool fits = (attribute.type == kInternalIp4Dns && attribute.value.size() == 4) ||
                    (attribute.type == kInternalIp6Dns && attribute.value.size() == 16);
  return fits ? IpAddress::FromBytes(attribute.value) : IpAddress();
}

ConfigAttribute AttributeOf(const IpAddress& address) {
  ConfigAttribute attribute{address.is_v4() ? kInternalIp4Address : kInternalIp6Address, {}};
  attribute.value = base::ToBytes(address.bytes());
  if (address.is_v6()) attribute.value.push_back(kHostLength);
  return attribute;
}

const ConfigPayload* Of(const Message& message, ConfigType type) {
  const ConfigPayload* payload = message.Get<ConfigPayload>();
  return payload != nullptr && payload->type == type ? payload : nullptr;
}

std::vector<Family> FamiliesAsked(const ConfigPayload& request) {
  std::vector<Family> families;
  for (const ConfigAttribute& attribute : request.attributes) {
    const Family family = FamilyOf(attribute.type);
    const bool asked = std::find(families.begin(), families.end(), family) != families.end();
    if (family != Family::kNone && !asked) families.push_back(family);
  }
  return families;
}

std::string KeyOf(const ipsec::Identity& identity) {
  return absl::StrCat(static_cast<int>(identity.type), ":", base::AsText(identity.bytes));
}

// Another IKE SA of the same peer is to be replaced by this one, so it may have the same addresses meanwhile.
bool SharesLeases(const TunnelConfig& config) {
  return config.unique == Unique::kReplace || config.unique == Unique::kKeep;
}

void TellSad(Core& core, const IkeSa& sa) {
  core.Emit(SetVirtualIps{core.NextSequence(), sa.tunnel->name(), sa.virtual_ips->local});
}

bool HasAddressesElsewhere(const Core& core, const IkeSa& sa) {
  return std::any_of(sa.tunnel->ike_sas.begin(), sa.tunnel->ike_sas.end(), [&](uint64_t spi) {
    const IkeSa* other = core.FindIkeSa(spi);
    return other != nullptr && other != &sa && other->virtual_ips != nullptr && !other->virtual_ips->local.empty();
  });
}

}  // namespace

std::optional<Refusal> AssignAddresses(Core& core, const Tunnel& tunnel, IkeSa& sa, const ipsec::Identity& peer,
                                       const Message& request) {
  ReleaseAddresses(core, sa);
  const TunnelConfig& config = *tunnel.config;
  if (config.virtual_ip_pools.empty()) return std::nullopt;
  Circumstance here = At(core, sa, Phase::kIkeAuth, Side::kResponder);
  here.tunnel = tunnel.name();
  const ConfigPayload* asked = Of(request, ConfigType::kRequest);
  const std::vector<Family> families = asked == nullptr ? std::vector<Family>() : FamiliesAsked(*asked);
  if (families.empty()) {
    if (!config.remote_subnets.empty()) return std::nullopt;
    return Refusal{NotifyType::kFailedCpRequired, {}, AddressNotAskedFor(here)};
  }
  auto assigned = std::make_unique<VirtualAddresses>();
  for (const Family family : families) {
    for (const std::string& name : config.virtual_ip_pools) {
      const auto pool = core.pools.find(name);
      if (pool == core.pools.end()) continue;
      const auto address = pool->second.Lease(KeyOf(peer), family, SharesLeases(config));
      if (!address) continue;
      assigned->remote.push_back(*address);
      assigned->pools.push_back(name);
      break;
    }
  }
  if (assigned->remote.empty()) {
    return Refusal{NotifyType::kInternalAddressFailure, {}, AddressPoolEmpty(here, config.virtual_ip_pools)};
  }
  sa.virtual_ips = std::move(assigned);
  return std::nullopt;
}

void AppendAssigned(const Core& core, const IkeSa& sa, Payloads& payloads) {
  if (sa.virtual_ips == nullptr || sa.virtual_ips->remote.empty()) return;
  ConfigPayload reply{ConfigType::kReply, {}};
  for (const IpAddress& address : sa.virtual_ips->remote) reply.attributes.push_back(AttributeOf(address));
  for (const PoolConfig& pool : core.config->pools) {
    const auto& used = sa.virtual_ips->pools;
    if (std::find(used.begin(), used.end(), pool.name) == used.end()) continue;
    for (const IpAddress& server : pool.dns) {
      reply.attributes.push_back({server.is_v4() ? kInternalIp4Dns : kInternalIp6Dns, base::ToBytes(server.bytes())});
    }
  }
  payloads.push_back(std::move(reply));
}

void AppendAddressRequest(const TunnelConfig& config, Payloads& payloads) {
  if (config.virtual_ips.empty()) return;
  ConfigPayload request{ConfigType::kRequest, {}};
  for (const IpAddress& wanted : config.virtual_ips) {
    ConfigAttribute attribute = AttributeOf(wanted);
    if (wanted.IsUnspecified()) attribute.value.clear();  // any will do
    request.attributes.push_back(std::move(attribute));
    request.attributes.push_back({wanted.is_v4() ? kInternalIp4Dns : kInternalIp6Dns, {}});
  }
  payloads.push_back(std::move(request));
}

bool AcceptAddresses(Core& core, IkeSa& sa, const Message& answer) {
  const ConfigPayload* reply = Of(answer, ConfigType::kReply);
  if (reply == nullptr) return false;
  auto given = std::make_unique<VirtualAddresses>();
  std::vector<IpAddress> servers;
  for (const ConfigAttribute& attribute : reply->attributes) {
    if (const IpAddress server = NameServerOf(attribute); !server.is_none() && servers.size() < kMaxAddresses) {
      servers.push_back(server);
    }
    const IpAddress address = AddressOf(attribute);
    const bool usable = !address.is_none() && !address.IsUnspecified() && !address.IsLoopback() &&
                        !address.IsMulticast() && !address.IsLinkLocal();
    if (usable && given->local.size() < kMaxAddresses) given->local.push_back(address);
  }
  if (given->local.empty()) return false;
  sa.virtual_ips = std::move(given);
  TellSad(core, sa);
  Announce(core, EventType::kVirtualIpAssigned, sa,
           absl::StrCat("The peer gave us ", Texts(sa.virtual_ips->local),
                        servers.empty() ? "" : absl::StrCat("; its name servers are ", Texts(servers)), "."));
  return true;
}

bool NarrowToAddresses(const Tunnel& tunnel, const IkeSa& sa, ChildNegotiation& granted) {
  if (sa.virtual_ips == nullptr || sa.virtual_ips->local.empty()) return true;
  const SubnetPair pair = PairsOf(tunnel, sa)[granted.pair];
  granted.local = ipsec::Narrow(pair.local, granted.local);
  granted.narrowed = !ipsec::Covers(granted.local, pair.local) || !ipsec::Covers(granted.remote, pair.remote);
  return !granted.local.empty();
}

void ReleaseAddresses(Core& core, IkeSa& sa) {
  if (sa.virtual_ips == nullptr) return;
  const std::unique_ptr<VirtualAddresses> had = std::move(sa.virtual_ips);
  for (size_t i = 0; i < had->remote.size(); ++i) {
    if (const auto pool = core.pools.find(had->pools[i]); pool != core.pools.end())
      pool->second.Release(had->remote[i]);
  }
  if (!had->remote.empty() && sa.tunnel != nullptr) {
    Announce(core, EventType::kVirtualIpReleased, sa, absl::StrCat("The peer gave ", Texts(had->remote), " back."));
  }
  if (!had->local.empty() && !HasAddressesElsewhere(core, sa)) {
    core.Emit(SetVirtualIps{core.NextSequence(), sa.tunnel->name(), {}});
  }
}

void RepeatAddresses(Core& core) {
  std::vector<const IkeSa*> given;
  for (const auto& [spi, sa] : core.ike_sas()) {
    if (sa->virtual_ips != nullptr && !sa->virtual_ips->local.empty()) given.push_back(sa.get());
  }
  std::sort(given.begin(), given.end(), [](const IkeSa* a, const IkeSa* b) { return a->id < b->id; });
  for (const IkeSa* sa : given) TellSad(core, *sa);
}

}  // namespace culvert::iked
