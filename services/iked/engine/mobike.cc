// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/mobike.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/wire/writer.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/nat.h"
#include "services/iked/engine/path.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"

namespace culvert::iked {

using base::IpAddress;
using wire::ikev2::ExchangeType;
using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;

namespace {

constexpr size_t kCookie2 = 16;  // RFC 4555 3.7: 8 to 64 octets
constexpr size_t kMaxPeerAddresses = 16;
constexpr int kSilentAfter = 3;  // transmissions, some seconds: more than a lost packet or two

bool Contains(const std::vector<IpAddress>& addresses, const IpAddress& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

// Behind the tunnel, not in front of it.
bool IsInner(const std::vector<base::Prefix>& subnets, const IpAddress& address) {
  return std::any_of(subnets.begin(), subnets.end(),
                     [&](const base::Prefix& subnet) { return subnet.length > 0 && subnet.Contains(address); });
}

// What the peer may call us by besides the address in use: not those of the networks that the tunnel protects.
std::vector<IpAddress> OtherAddresses(const Core& core, const IkeSa& sa) {
  std::vector<IpAddress> others;
  if (!sa.config->local_address.is_none()) return others;  // one address was chosen by the administrator
  for (const IpAddress& address : core.host_addresses) {
    const bool allowed = sa.config->family == base::Family::kNone || address.family() == sa.config->family;
    if (!IsInner(sa.config->local_subnets, address) && allowed && address != sa.local.address)
      others.push_back(address);
  }
  return others;
}

void AppendAddresses(const std::vector<IpAddress>& addresses, Payloads& payloads) {
  for (const IpAddress& address : addresses) {
    payloads.push_back(
        NotifyPayload{.type = address.is_v4() ? NotifyType::kAdditionalIp4Address : NotifyType::kAdditionalIp6Address,
                      .data = base::ToBytes(address.bytes())});
  }
  if (addresses.empty()) payloads.push_back(NotifyPayload{.type = NotifyType::kNoAdditionalAddresses});
}

// 3.6: a message that says anything about additional addresses says all.
std::optional<std::vector<IpAddress>> AddressesIn(const Message& message) {
  bool said = message.Has(NotifyType::kNoAdditionalAddresses);
  std::vector<IpAddress> addresses;
  for (const NotifyPayload* notify : message.All<NotifyPayload>()) {
    const bool v4 = notify->type == NotifyType::kAdditionalIp4Address;
    if (!v4 && notify->type != NotifyType::kAdditionalIp6Address) continue;
    said = true;
    if (notify->data.size() != (v4 ? 4u : 16u) || addresses.size() == kMaxPeerAddresses) continue;
    addresses.push_back(IpAddress::FromBytes(notify->data));
  }
  if (!said) return std::nullopt;
  return addresses;
}

// 3.9: the addresses and ports that the sender put into the packet; a NAT on the way gives itself away.
base::Bytes NoNatsAllowed(const base::Endpoint& source, const base::Endpoint& destination) {
  wire::Writer writer;
  writer.Append(source.address.bytes());
  writer.Append(destination.address.bytes());
  writer.U16(source.port);
  writer.U16(destination.port);
  return std::move(writer).Take();
}

// NAT detection, or the prohibition of NATs, for the path in use.
void AppendPathProof(Core& core, const IkeSa& sa, Payloads& payloads) {
  const Encapsulation encapsulation = core.EncapsulationOf(*sa.config);
  AppendNatDetection(payloads, sa.spi_i(), sa.spi_r(), sa.local, sa.remote, encapsulation, core.rng);
  if (encapsulation != Encapsulation::kNever) return;
  payloads.push_back(NotifyPayload{.type = NotifyType::kNoNatsAllowed, .data = NoNatsAllowed(sa.local, sa.remote)});
}

void JudgePath(Core& core, IkeSa& sa, const Message& message, const base::Endpoint& local,
               const base::Endpoint& remote) {
  const NatSituation nat = JudgeNat(message, sa.spi_i(), sa.spi_r(), local, remote, core.EncapsulationOf(*sa.config));
  if (nat.detection) sa.nat = nat;
}

// The CHILD_SAs follow to where the IKE SA is.
void Follow(Core& core, IkeSa& sa, const Path& before) {
  MovePath(core, sa, sa.local, sa.remote);
  Announce(core, EventType::kPathChanged, sa,
           absl::StrCat("The path changed from ", before.local.ToString(), " - ", before.remote.ToString(), " to ",
                        sa.local.ToString(), " - ", sa.remote.ToString(), "."));
  if (sa.nat.local) KeepNatAlive(core, sa);
}

// Ours to decide: the address that is left stays one of the peer's.
void Move(Core& core, IkeSa& sa, const Path& path) {
  const Path before{sa.local, sa.remote};
  std::vector<IpAddress>& others = sa.mobike->peer_addresses;
  if (path.remote.address != before.remote.address) {
    std::erase(others, path.remote.address);
    others.push_back(before.remote.address);
  }
  sa.local = path.local;
  sa.remote = path.remote;
  Follow(core, sa, before);
}

bool IsSilent(const IkeSa& sa) {
  return sa.own != nullptr && !sa.own->datagrams.empty() && sa.own->transmissions >= kSilentAfter;
}

void LookForPath(Core& core, IkeSa& sa) {
  Mobike& mobike = *sa.mobike;
  mobike.probe = core.NextSerial();
  ResolvePath search;
  search.tunnel = sa.tunnel->name();
  search.attempt = mobike.probe;
  search.endpoints = {sa.remote.address.ToString()};
  for (const IpAddress& address : mobike.peer_addresses) {
    if (!IsInner(sa.config->remote_subnets, address)) search.endpoints.push_back(address.ToString());
  }
  search.local_address = sa.config->local_address;
  search.family = sa.config->family;
  core.Emit(std::move(search));
}

IkeSa* FindByProbe(const Core& core, const PathResolved& resolved) {
  const auto tunnel = core.tunnels.find(resolved.tunnel);
  if (tunnel == core.tunnels.end()) return nullptr;
  for (const uint64_t spi : tunnel->second->ike_sas) {
    IkeSa* sa = core.FindIkeSa(spi);
    if (sa != nullptr && sa->mobike != nullptr && sa->mobike->probe == resolved.attempt) return sa;
  }
  return nullptr;
}

void TellAddresses(Core& core, IkeSa& sa) {
  if (OtherAddresses(core, sa) != sa.mobike->told) Enqueue(core, sa, {Story::kMobike});
}

}  // namespace

void AppendMobikeSupport(const Core& core, const IkeSa& sa, Payloads& payloads) {
  if (!sa.config->mobike) return;
  payloads.push_back(NotifyPayload{.type = NotifyType::kMobikeSupported});
  AppendAddresses(OtherAddresses(core, sa), payloads);
}

void LearnMobike(const Core& core, IkeSa& sa, const Message& message) {
  if (!sa.config->mobike || !message.Has(NotifyType::kMobikeSupported)) return;
  sa.mobike = std::make_unique<Mobike>();
  sa.mobike->decides = sa.initiator;
  sa.mobike->told = OtherAddresses(core, sa);
  sa.mobike->peer_addresses = AddressesIn(message).value_or(std::vector<IpAddress>());
}

void OnHostAddressesChanged(Core& core) {
  std::vector<IkeSa*> mobile;
  for (const auto& [spi, sa] : core.ike_sas()) {
    if (sa->live() && sa->mobike != nullptr) mobile.push_back(sa.get());
  }
  std::sort(mobile.begin(), mobile.end(), [](const IkeSa* a, const IkeSa* b) { return a->id < b->id; });
  for (IkeSa* sa : mobile) sa->mobike->decides ? LookForPath(core, *sa) : TellAddresses(core, *sa);
}

bool OnMobikePath(Core& core, const PathResolved& resolved) {
  IkeSa* sa = FindByProbe(core, resolved);
  if (sa == nullptr) return false;
  Mobike& mobike = *sa->mobike;
  mobike.probe = 0;
  if (!sa->live() || !resolved.candidates.ok()) return true;  // no way at the moment: the next change, or DPD's end
  std::vector<Path> paths;
  for (const PathCandidate& candidate : *resolved.candidates) {
    if (!Contains(core.host_addresses, candidate.local)) continue;
    paths.push_back({{candidate.local, sa->local.port}, {candidate.remote, sa->remote.port}});
  }
  if (paths.empty()) return true;
  if (paths.front().local == sa->local && paths.front().remote == sa->remote) {
    if (IsSilent(*sa)) {
      mobike.others.assign(paths.begin() + 1, paths.end());
    } else {
      TellAddresses(core, *sa);
    }
    return true;
  }
  Move(core, *sa, paths.front());
  mobike.update = true;
  Enqueue(core, *sa, {Story::kMobike});
  return true;
}

bool BeginMobike(Core& core, IkeSa& sa) {
  if (sa.mobike == nullptr) return false;
  Mobike& mobike = *sa.mobike;
  Payloads payloads;
  if (std::exchange(mobike.update, false)) {
    payloads.push_back(NotifyPayload{.type = NotifyType::kUpdateSaAddresses});
    AppendPathProof(core, sa, payloads);
  }
  mobike.told = OtherAddresses(core, sa);
  AppendAddresses(mobike.told, payloads);
  mobike.cookie2 = core.rng.Take(kCookie2);
  payloads.push_back(NotifyPayload{.type = NotifyType::kCookie2, .data = mobike.cookie2});
  SendRequest(core, sa, ExchangeType::kInformational, std::move(payloads));
  return true;
}

bool OnMobikeAnswered(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  const NotifyPayload* cookie = message.GetNotify(NotifyType::kCookie2);
  if (cookie == nullptr || cookie->data != sa.mobike->cookie2) {  // 3.7: whoever answers has not seen the request
    Abandon(core, sa, TunnelReason::kNegotiationFailed,
            InvalidMessage(At(core, sa, Phase::kInformational, Side::kInitiator),
                           "COOKIE2 does not come back as it was sent"));
    return false;
  }
  const bool encapsulated = sa.nat.encapsulate();
  JudgePath(core, sa, message, sa.local, sa.remote);
  const bool again = std::find(sa.queue.begin(), sa.queue.end(), Task{Story::kMobike}) != sa.queue.end();
  if (sa.mobike->proven && !again) {
    const Path before = *std::exchange(sa.mobike->proven, std::nullopt);
    Follow(core, sa, before);
  } else if (sa.nat.encapsulate() != encapsulated) {
    MovePath(core, sa, sa.local, sa.remote);
  }
  if (sa.mobike->update) sa.queue.push_back({Story::kMobike});  // addresses changed again meanwhile
  FinishOwn(core, sa);
  return true;
}

std::span<const Path> OtherPaths(Core& core, IkeSa& sa) {
  Mobike& mobike = *sa.mobike;
  if (!mobike.decides || !sa.live() || !IsSilent(sa)) {
    mobike.others.clear();
  } else if (mobike.others.empty() && mobike.probe == 0) {
    LookForPath(core, sa);
  }
  return mobike.others;
}

void TakeAnsweredPath(Core& core, IkeSa& sa, const Datagram& answer) {
  Mobike& mobike = *sa.mobike;
  const std::vector<Path> others = std::exchange(mobike.others, {});
  const auto path = std::find_if(others.begin(), others.end(), [&](const Path& other) {
    return other.local == answer.local && other.remote == answer.remote;
  });
  if (path == others.end()) return;
  Move(core, sa, *path);
  mobike.update = true;
  if (!IsPending(sa, {Story::kMobike})) sa.queue.insert(sa.queue.begin(), Task{Story::kMobike});
}

void AnswerMobike(Core& core, IkeSa& sa, const Message& message, const Datagram& datagram, Payloads& answer) {
  if (sa.mobike == nullptr || !sa.live()) return;
  if (auto addresses = AddressesIn(message)) sa.mobike->peer_addresses = *std::move(addresses);
  if (const NotifyPayload* cookie = message.GetNotify(NotifyType::kCookie2)) answer.push_back(*cookie);
  if (sa.mobike->decides || !message.Has(NotifyType::kUpdateSaAddresses)) return;
  const NotifyPayload* no_nats = message.GetNotify(NotifyType::kNoNatsAllowed);
  if (no_nats != nullptr && no_nats->data != NoNatsAllowed(datagram.remote, datagram.local)) {
    answer.push_back(NotifyPayload{.type = NotifyType::kUnexpectedNatDetected});
    return;
  }
  const bool moved = datagram.local != sa.local || datagram.remote != sa.remote;
  sa.nat_port = datagram.nat_port;
  JudgePath(core, sa, message, datagram.local, datagram.remote);
  if (moved) {
    if (!sa.mobike->proven) sa.mobike->proven = Path{sa.local, sa.remote};
    sa.local = datagram.local;
    sa.remote = datagram.remote;
  }
  AppendNatDetection(answer, sa.spi_i(), sa.spi_r(), sa.local, sa.remote, core.EncapsulationOf(*sa.config), core.rng);
  if (!moved) return;
  // 3.7: somebody could have made the peer say so. It shows that it is there by answering, and until then no ESP goes
  // there.
  sa.queue.push_back({Story::kMobike});
}

}  // namespace culvert::iked
