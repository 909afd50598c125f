// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/quick_offer.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "libs/wire/ikev1/identification.h"
#include "libs/wire/ikev1/phase2_proposals.h"
#include "libs/wire/reader.h"
#include "libs/wire/writer.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/diagnoses_address.h"
#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/transport.h"

namespace culvert::iked::ikev1 {

using ipsec::Algorithm;
using ipsec::TrafficSelector;
using wire::ikev1::Attribute;
using wire::ikev1::EncapsulationMode;
using wire::ikev1::IdPayload;
using wire::ikev1::KePayload;
using wire::ikev1::Life;
using wire::ikev1::Message;
using wire::ikev1::NatOaPayload;
using wire::ikev1::NoncePayload;
using wire::ikev1::NotifyPayload;
using wire::ikev1::NotifyType;
using wire::ikev1::PayloadType;
using wire::ikev1::Phase2Attribute;
using wire::ikev1::Phase2Choice;
using wire::ikev1::Phase2Terms;
using wire::ikev1::ProtocolId;
using wire::ikev1::SaPayload;

namespace {

constexpr absl::Duration kUnsaidLifetime = absl::Seconds(28800);  // RFC 2407 4.5
constexpr uint64_t kKilobyte = 1024;

QuickRefusal Refuse(NotifyType notify, Diagnosis diagnosis) {
  return {notify, std::move(diagnosis)};
}

// ---- how ESP travels

struct Modes {
  EncapsulationMode plain, udp, draft;
};
constexpr Modes kTunnelModes = {EncapsulationMode::kTunnel, EncapsulationMode::kUdpTunnel,
                                EncapsulationMode::kUdpTunnelDraft};
constexpr Modes kTransportModes = {EncapsulationMode::kTransport, EncapsulationMode::kUdpTransport,
                                   EncapsulationMode::kUdpTransportDraft};

const Modes& ModesOf(bool transport) {
  return transport ? kTransportModes : kTunnelModes;
}

EncapsulationMode ModeOf(const IkeSa& sa, bool transport) {
  const Modes& modes = ModesOf(transport);
  if (!sa.nat.encapsulate()) return modes.plain;
  return sa.ikev1->peer.nat == NatTraversal::kRfc3947 ? modes.udp : modes.draft;
}

// A peer of the drafts may write the RFC's numbers, and the reverse.
std::vector<EncapsulationMode> AcceptedModes(const IkeSa& sa, bool transport) {
  const Modes& modes = ModesOf(transport);
  if (!sa.nat.encapsulate()) return {modes.plain};
  return {modes.udp, modes.draft};
}

bool IsTransport(EncapsulationMode mode) {
  return mode == kTransportModes.plain || mode == kTransportModes.udp || mode == kTransportModes.draft;
}

// RFC 3947 5.2: where a NAT changes addresses that transport mode's checksums cover, each side says which it sees:
// NAT-OAi, then NAT-OAr.
void AppendOriginalAddresses(const IkeSa& sa, bool transport, bool initiator, Payloads& payloads) {
  if (!transport || !sa.nat.encapsulate()) return;
  const PayloadType type =
      sa.ikev1->peer.nat == NatTraversal::kRfc3947 ? PayloadType::kNatOa : PayloadType::kNatOaDraft;
  const base::IpAddress& own = sa.local.address;
  const base::IpAddress& peer = sa.remote.address;
  payloads.push_back({type, NatOaPayload{initiator ? own : peer}});
  payloads.push_back({type, NatOaPayload{initiator ? peer : own}});
}

// ---- how long the keys live

uint64_t Seconds(absl::Duration duration) {
  return static_cast<uint64_t>(absl::ToInt64Seconds(duration));
}

uint64_t HardBytes(const TunnelConfig& config) {
  return config.esp_rekey_bytes + config.esp_rekey_bytes / 4;  // as child_life.cc gives a rekey room
}

Phase2Terms TermsOf(const IkeSa& sa, bool transport) {
  const TunnelConfig& config = *sa.config;
  return {
      .mode = ModeOf(sa, transport),
      .life = {.seconds = Seconds(config.esp_lifetime), .kilobytes = (HardBytes(config) + kKilobyte - 1) / kKilobyte}};
}

void Limit(const Life& life, ChildNegotiation& child) {
  constexpr uint64_t kLongest = uint64_t{1} << 32;
  const absl::Duration lifetime =
      life.seconds == 0 ? kUnsaidLifetime : absl::Seconds(static_cast<int64_t>(std::min(life.seconds, kLongest)));
  child.lifetime = std::min(child.lifetime, lifetime);
  if (life.kilobytes == 0 || life.kilobytes > UINT64_MAX / kKilobyte) return;
  const uint64_t bytes = life.kilobytes * kKilobyte;
  child.life_bytes = child.life_bytes == 0 ? bytes : std::min(child.life_bytes, bytes);
}

// RESPONDER-LIFETIME (RFC 2407 4.6.3.1).
void ApplyResponderLifetime(const Message& message, ChildNegotiation& child) {
  const NotifyPayload* notify = message.GetNotify(NotifyType::kResponderLifetime);
  if (notify == nullptr) return;
  const auto attributes = wire::ikev1::DecodeAttributes(wire::Reader(notify->data));
  if (!attributes.ok()) return;
  Life life;
  wire::ikev1::LifeReader reader;
  for (const Attribute& attribute : *attributes) {
    const uint64_t number = attribute.Number().value_or(0);
    if (attribute.type == static_cast<uint16_t>(Phase2Attribute::kLifeType)) reader.SetType(number);
    if (attribute.type == static_cast<uint16_t>(Phase2Attribute::kLifeDuration)) reader.SetDuration(number, life);
  }
  if (life.seconds == 0) life.seconds = Seconds(child.lifetime);
  Limit(life, child);
}

NotifyPayload ResponderLifetime(const IkeSa& sa, const base::Bytes& spi) {
  std::vector<Attribute> attributes;
  wire::ikev1::AppendLife(attributes, static_cast<uint16_t>(Phase2Attribute::kLifeType),
                          static_cast<uint16_t>(Phase2Attribute::kLifeDuration),
                          {.seconds = Seconds(sa.config->esp_lifetime)});
  wire::Writer data;
  wire::ikev1::EncodeAttributes(attributes, data);
  return {
      .type = NotifyType::kResponderLifetime, .protocol = ProtocolId::kEsp, .spi = spi, .data = std::move(data).Take()};
}

// ---- whose traffic

// What the two IDs say; without them it is the two hosts' own (RFC 2409 5.5). nullopt: nothing that a selector can be.
std::optional<OfferedSelectors> SelectorsIn(const IkeSa& sa, const Message& message) {
  const auto ids = message.All<IdPayload>();
  if (ids.empty()) {
    return OfferedSelectors{{TrafficSelector::Of(base::Prefix::Host(sa.remote.address))},
                            {TrafficSelector::Of(base::Prefix::Host(sa.local.address))}};
  }
  const auto initiator = wire::ikev1::ToSelector(*ids[0]);
  const auto responder = wire::ikev1::ToSelector(*ids[1]);  // two or none: payload_rules.h
  if (!initiator || !responder) return std::nullopt;
  return OfferedSelectors{{*initiator}, {*responder}};
}

std::optional<size_t> FindPair(const std::vector<SubnetPair>& pairs, const OfferedSelectors& offered) {
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i].local == offered.responder && pairs[i].remote == offered.initiator) return i;
  }
  return std::nullopt;
}

void AppendIds(const ChildNegotiation& child, Payloads& payloads) {
  for (const auto* selectors : {&child.local, &child.remote}) {
    // One selector a side, of one port or of any: IKEv1 has no others (SubnetPairs, TunnelConfig).
    payloads.push_back(*wire::ikev1::ToIdPayload(selectors->front()));
  }
}

Circumstance Here(const Core& core, const IkeSa& sa, Side side) {
  return At(core, sa, Phase::kQuickMode, side);
}

// Where no transform of the peer's will do: is it the algorithms, or how ESP is to travel?
Diagnosis WhyNoChoice(const Circumstance& here, const IkeSa& sa, const std::vector<ipsec::Proposal>& ours,
                      const SaPayload& offer, bool transport) {
  const EncapsulationMode all[] = {kTunnelModes.plain,    kTunnelModes.udp,    kTunnelModes.draft,
                                   kTransportModes.plain, kTransportModes.udp, kTransportModes.draft};
  const std::optional<Phase2Choice> otherwise = wire::ikev1::ChoosePhase2(ours, all, offer, 0);
  if (!otherwise) return EspProposalMismatch(here, ours, wire::ikev1::Phase2Proposals(offer));
  if (IsTransport(otherwise->terms.mode) != transport) return TransportRefused(here, transport);
  return InvalidMessage(here, absl::StrCat("ESP to travel in mode ", ToString(otherwise->terms.mode), ", where ",
                                           ToString(ModeOf(sa, transport)), " is what NAT detection found"));
}

SaPayload SaOf(const IkeSa& sa, const OwnExchange& own) {
  const ChildNegotiation& offer = *own.child;
  return wire::ikev1::Phase2Offer(offer.offered, own.group, offer.spi_in, TermsOf(sa, offer.transport));
}

}  // namespace

std::vector<const Algorithm*> GroupsOf(const std::vector<ipsec::Proposal>& proposals) {
  std::vector<const Algorithm*> groups;
  const auto add = [&groups](const Algorithm* group) {
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  };
  for (const ipsec::Proposal& proposal : proposals) {
    if (proposal.dh.empty()) add(nullptr);
    for (const Algorithm* group : proposal.dh) {
      if (group->id == 0) add(nullptr);
      if (group->in_ikev1_esp()) add(group);
    }
  }
  return groups;
}

Payloads OfferPayloads(const IkeSa& sa, const OwnExchange& own) {
  const ChildNegotiation& offer = *own.child;
  Payloads payloads = {SaOf(sa, own), NoncePayload{offer.own_nonce}};
  if (own.group != nullptr) payloads.push_back(KePayload{base::ToBytes(own.ours->public_value())});
  AppendIds(offer, payloads);
  AppendOriginalAddresses(sa, offer.transport, /*initiator=*/true, payloads);
  return payloads;
}

OrRefusal<ChildNegotiation> CheckAnswer(const Core& core, const IkeSa& sa, const OwnExchange& own,
                                        const Message& message) {
  const Circumstance here = Here(core, sa, Side::kInitiator);
  ChildNegotiation offer = *own.child;
  const SaPayload& answer = *message.Get<SaPayload>();
  const std::optional<Phase2Choice> choice = wire::ikev1::VerifyPhase2(offer.offered, SaOf(sa, own), answer);
  if (!choice || choice->peer_spi == 0) {
    return Refuse(NotifyType::kNoProposalChosen,
                  EspProposalMismatch(here, offer.offered, wire::ikev1::Phase2Proposals(answer)));
  }
  if ((message.Get<KePayload>() != nullptr) != (own.group != nullptr)) {
    return Refuse(NotifyType::kInvalidKeyInformation, InvalidMessage(here, "a key exchange other than ours"));
  }
  // 5.5: the responder's IDs are ours again.
  const auto ids = message.All<IdPayload>();
  const bool same = ids.size() == 2 && wire::ikev1::ToSelector(*ids[0]) == offer.local.front() &&
                    wire::ikev1::ToSelector(*ids[1]) == offer.remote.front();
  if (!same) {
    std::string said = ids.empty() ? "none" : "";
    for (const IdPayload* id : ids) absl::StrAppend(&said, said.empty() ? "" : " and ", wire::ikev1::Describe(*id));
    return Refuse(NotifyType::kInvalidIdInformation, PeerRefusedPair(here, offer.local, offer.remote, said));
  }
  offer.suite = choice->suite;
  offer.spi_out = choice->peer_spi;
  offer.tfc = sa.config->tfc;
  offer.peer_nonce = message.Get<NoncePayload>()->data;
  Limit(choice->terms.life, offer);
  ApplyResponderLifetime(message, offer);
  return offer;
}

OrRefusal<QuickMode> Choose(const Core& core, const IkeSa& sa, const Message& message) {
  const Circumstance here = Here(core, sa, Side::kResponder);
  const TunnelConfig& config = *sa.config;
  const std::vector<ipsec::Proposal> ours = EspProposals(core, config, /*key_exchange=*/true);
  const SaPayload& offer = *message.Get<SaPayload>();
  const bool wanted = config.mode == EspMode::kTransport;
  std::vector<EncapsulationMode> modes = AcceptedModes(sa, wanted);
  if (wanted && config.allow_tunnel_fallback) {
    for (const EncapsulationMode mode : AcceptedModes(sa, false)) modes.push_back(mode);
  }
  const std::optional<Phase2Choice> choice = wire::ikev1::ChoosePhase2(ours, modes, offer, 0);
  if (!choice || choice->peer_spi == 0) {
    return Refuse(NotifyType::kNoProposalChosen, WhyNoChoice(here, sa, ours, offer, wanted));
  }
  if ((message.Get<KePayload>() != nullptr) != (choice->suite.dh != nullptr)) {
    return Refuse(NotifyType::kInvalidKeyInformation, InvalidMessage(here, "a key exchange that fits no transform"));
  }
  QuickMode quick;
  ChildNegotiation& child = quick.child;
  child.transport = IsTransport(choice->terms.mode);
  std::optional<OfferedSelectors> offered = SelectorsIn(sa, message);
  if (!offered) return Refuse(NotifyType::kInvalidIdInformation, InvalidMessage(here, "an ID that is no network"));
  if (child.transport) LookBehindNat(sa, *offered, child);
  const std::vector<SubnetPair> pairs = PairsOf(*sa.tunnel, sa);
  const std::optional<size_t> pair = FindPair(pairs, *offered);
  if (!pair) {
    return Refuse(NotifyType::kInvalidIdInformation,
                  PairUnknown(here, offered->responder.front(), offered->initiator.front(), pairs));
  }
  child.pair = *pair;
  child.local = pairs[*pair].local;
  child.remote = pairs[*pair].remote;
  child.suite = choice->suite;
  child.spi_out = choice->peer_spi;
  child.tfc = config.tfc;
  Limit(choice->terms.life, child);
  if (const IkeSa* other = child.transport ? FindLookalike(core, sa, child) : nullptr) {
    return Refuse(NotifyType::kInvalidIdInformation, TransportNatConflict(here, other->remote_id));
  }
  quick.chosen = choice->answer;
  for (const IdPayload* id : message.All<IdPayload>()) quick.ids.push_back(*id);
  return quick;
}

Payloads AnswerPayloads(const IkeSa& sa, const QuickMode& quick) {
  const ChildNegotiation& child = quick.child;
  wire::Writer spi;
  spi.U32(child.spi_in);
  SaPayload chosen = quick.chosen;
  chosen.proposals.front().spi = base::ToBytes(spi.view());
  Payloads payloads = {chosen, NoncePayload{child.own_nonce}};
  if (child.suite.dh != nullptr) payloads.push_back(KePayload{child.public_value});
  for (const IdPayload& id : quick.ids) payloads.push_back(id);
  AppendOriginalAddresses(sa, child.transport, /*initiator=*/false, payloads);
  // The transform goes back as it came: that ours is shorter, the peer is told beside it.
  if (sa.config->esp_lifetime < child.lifetime) {
    payloads.push_back(ResponderLifetime(sa, chosen.proposals.front().spi));
  }
  return payloads;
}

}  // namespace culvert::iked::ikev1
