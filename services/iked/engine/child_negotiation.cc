// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/child_negotiation.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/wire/ikev2/proposal_mapping.h"
#include "libs/wire/writer.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/diagnoses_address.h"
#include "services/iked/engine/transport.h"

namespace culvert::iked {

using ipsec::TransformKind;
using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::PayloadType;
using wire::ikev2::SaPayload;
using wire::ikev2::TsPayload;

namespace {

base::Bytes SpiBytes(uint32_t spi) {
  wire::Writer writer;
  writer.U32(spi);
  return std::move(writer).Take();
}

uint32_t SpiOf(const base::Bytes& spi) {
  return spi.size() == 4 ? uint32_t{spi[0]} << 24 | uint32_t{spi[1]} << 16 | uint32_t{spi[2]} << 8 | spi[3] : 0;
}

Refusal Refuse(NotifyType notify, Diagnosis diagnosis) {
  return {notify, {}, std::move(diagnosis)};
}

const std::vector<ipsec::TrafficSelector>& SelectorsOf(const Message& message, PayloadType type) {
  static const auto* const none = new std::vector<ipsec::TrafficSelector>;
  const TsPayload* ts = message.Get<TsPayload>(type);
  return ts == nullptr ? *none : ts->selectors;
}

// TSi and TSr around what goes between SA and them.
void AppendSelectors(Payloads& payloads, const std::vector<ipsec::TrafficSelector>& initiator,
                     const std::vector<ipsec::TrafficSelector>& responder, Payloads between) {
  for (wire::ikev2::Payload& payload : between) payloads.push_back(std::move(payload));
  payloads.push_back({PayloadType::kTsI, TsPayload{initiator}});
  payloads.push_back({PayloadType::kTsR, TsPayload{responder}});
}

// The part of the peer's request that pair `index` of ours allows.
struct Fit {
  size_t index = 0;
  std::vector<ipsec::TrafficSelector> local;
  std::vector<ipsec::TrafficSelector> remote;
};
std::optional<Fit> FitPair(const std::vector<SubnetPair>& pairs, size_t index, const OfferedSelectors& offered) {
  Fit fit{index, ipsec::Narrow(pairs[index].local, offered.responder),
          ipsec::Narrow(pairs[index].remote, offered.initiator)};
  if (fit.local.empty() || fit.remote.empty()) return std::nullopt;
  return fit;
}

std::optional<Fit> FitAnyPair(const std::vector<SubnetPair>& pairs, std::optional<size_t> preferred,
                              const OfferedSelectors& offered) {
  if (preferred && *preferred < pairs.size()) {
    if (std::optional<Fit> fit = FitPair(pairs, *preferred, offered)) return fit;
  }
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (std::optional<Fit> fit = FitPair(pairs, i, offered)) return fit;
  }
  return std::nullopt;
}

}  // namespace

std::vector<ipsec::Proposal> EspProposals(const Core& core, const TunnelConfig& config, bool key_exchange) {
  static const ipsec::Algorithm* const kNoEsn = ipsec::FindTransform(TransformKind::kEsn, 0, 0);
  static const ipsec::Algorithm* const kEsn = ipsec::FindTransform(TransformKind::kEsn, 1, 0);
  const bool esn = config.esn && (!core.datapath || core.datapath->esn);
  std::vector<ipsec::Proposal> proposals;
  for (const ipsec::Proposal& configured : config.esp_proposals) {
    proposals.push_back(key_exchange ? configured : configured.WithoutKeyExchange());
    proposals.back().esn = esn ? std::vector{kEsn, kNoEsn} : std::vector{kNoEsn};
  }
  return proposals;
}

std::vector<SubnetPair> PairsOf(const Tunnel& tunnel, const IkeSa& sa) {
  const TunnelConfig& config = *tunnel.config;
  Networks networks{config.local_subnets, config.remote_subnets};
  if (sa.virtual_ips != nullptr) {
    for (const base::IpAddress& given : sa.virtual_ips->local) networks.local.push_back(base::Prefix::Host(given));
    for (const base::IpAddress& given : sa.virtual_ips->remote) networks.remote.push_back(base::Prefix::Host(given));
  }
  const bool waits_for_addresses = sa.virtual_ips == nullptr || sa.virtual_ips->local.empty();
  if (waits_for_addresses) {  // it may be any: the peer narrows to what it gives (RFC 7296 2.19)
    for (const base::IpAddress& wanted : config.virtual_ips)
      networks.local.push_back(base::Prefix::AnyOf(wanted.family()));
  }
  if (networks.local.empty()) networks.local.push_back(base::Prefix::Host(sa.local.address));
  if (networks.remote.empty()) networks.remote.push_back(base::Prefix::Host(sa.remote.address));
  return SubnetPairs(tunnel, networks, /*single=*/sa.ikev1 != nullptr);  // IDci and IDcr hold a network each
}

ChildNegotiation OfferChild(Core& core, const Tunnel& tunnel, const IkeSa& sa, size_t pair, bool key_exchange) {
  ChildNegotiation offer;
  std::vector<SubnetPair> pairs = PairsOf(tunnel, sa);
  offer.pair = std::min(pair, pairs.size() - 1);
  offer.local = std::move(pairs[offer.pair].local);
  offer.remote = std::move(pairs[offer.pair].remote);
  offer.offered = EspProposals(core, *tunnel.config, key_exchange);
  offer.transport = tunnel.config->mode == EspMode::kTransport;
  offer.spi_in = core.TakeSpi();
  return offer;
}

void AppendOffer(Payloads& payloads, const ChildNegotiation& offer, Payloads between) {
  if (offer.transport) payloads.push_back(NotifyPayload{.type = NotifyType::kUseTransportMode});
  payloads.push_back(wire::ikev2::ToSaPayload(offer.offered, SpiBytes(offer.spi_in)));
  AppendSelectors(payloads, offer.local, offer.remote, std::move(between));
}

void AppendChoice(Payloads& payloads, const ChildNegotiation& choice, Payloads between) {
  if (choice.transport) payloads.push_back(NotifyPayload{.type = NotifyType::kUseTransportMode});
  payloads.push_back(wire::ikev2::ToSaPayload(choice.suite, choice.proposal_number, SpiBytes(choice.spi_in)));
  AppendSelectors(payloads, WithAddress(choice.remote, choice.written_remote),
                  WithAddress(choice.local, choice.written_local), std::move(between));
}

ChildOutcome CheckAnswer(const Core& core, const IkeSa& sa, const Message& message, Phase phase,
                         ChildNegotiation offer) {
  const Circumstance here = At(core, sa, phase, Side::kInitiator);
  const SaPayload* answer = message.Get<SaPayload>();
  const auto invalid = [&](absl::string_view what) {
    return Refuse(NotifyType::kInvalidSyntax, InvalidMessage(here, what));
  };
  if (answer == nullptr || answer->proposals.size() != 1) return invalid("an answer that chooses not one proposal");
  const ipsec::Proposal chosen = wire::ikev2::FromWire(answer->proposals.front());
  const std::optional<ipsec::Suite> suite = ipsec::Verify(offer.offered, chosen);
  if (!suite) {
    return Refuse(NotifyType::kNoProposalChosen, EspProposalMismatch(here, offer.offered, {&chosen, 1}));
  }
  offer.spi_out = SpiOf(answer->proposals.front().spi);
  if (offer.spi_out == 0) return invalid("a CHILD_SA without an SPI");
  const auto& local = SelectorsOf(message, PayloadType::kTsI);
  const auto& remote = SelectorsOf(message, PayloadType::kTsR);
  if (local.empty() || remote.empty()) return invalid("a CHILD_SA without traffic selectors");
  // 2.9: an answer may narrow, never widen.
  if (!ipsec::Covers(offer.local, local) || !ipsec::Covers(offer.remote, remote)) {
    return Refuse(NotifyType::kTsUnacceptable, SelectorsUnacceptable(here, offer.local, offer.remote, remote, local));
  }
  const TunnelConfig& config = *sa.config;
  const bool transport = message.Has(NotifyType::kUseTransportMode);
  if (offer.transport && !transport && !config.allow_tunnel_fallback) {
    return Refuse(NotifyType::kNoProposalChosen, TransportRefused(here, /*transport_here=*/true));
  }
  offer.transport = offer.transport && transport;
  offer.tfc = message.Has(NotifyType::kEspTfcPaddingNotSupported) ? 0 : config.tfc;
  offer.narrowed = !ipsec::Covers(local, offer.local) || !ipsec::Covers(remote, offer.remote);
  offer.suite = *suite;
  offer.local = local;
  offer.remote = remote;
  return offer;
}

bool LearnPerPair(Tunnel& tunnel, const IkeSa& sa, ChildNegotiation& granted) {
  if (!granted.narrowed || tunnel.config->layout != ChildSaLayout::kAuto || tunnel.per_pair) return false;
  tunnel.per_pair = true;
  const std::vector<SubnetPair> pairs = PairsOf(tunnel, sa);
  for (size_t i = 0; pairs.size() > 1 && i < pairs.size(); ++i) {
    if (pairs[i].local != granted.local || pairs[i].remote != granted.remote) continue;
    granted.pair = i;
    return true;
  }
  tunnel.per_pair = false;
  return false;
}

Diagnosis WhyChildRefused(const Core& core, const IkeSa& sa, NotifyType notify, Phase phase,
                          const ChildNegotiation& offer) {
  const Circumstance here = At(core, sa, phase, Side::kInitiator);
  switch (notify) {
    case NotifyType::kNoProposalChosen:
      return PeerRefusedEspProposals(here, offer.offered);
    case NotifyType::kTsUnacceptable:
    case NotifyType::kSinglePairRequired:
      return PeerRefusedSelectors(here, offer.local, offer.remote);
    case NotifyType::kInternalAddressFailure:
      return PeerHasNoAddress(here);
    case NotifyType::kTemporaryFailure:
    case NotifyType::kNoAdditionalSas:
    case NotifyType::kChildSaNotFound:
      return PeerBusy(here, ToString(notify));
    default:
      return InvalidMessage(here, absl::StrCat("the peer answered ", ToString(notify)));
  }
}

ChildOutcome SelectChild(const Core& core, const Tunnel& tunnel, const IkeSa& sa, const Message& message, Phase phase,
                         std::optional<size_t> pair) {
  Circumstance here = At(core, sa, phase, Side::kResponder);
  here.tunnel = tunnel.name();
  const SaPayload& offer = *message.Get<SaPayload>();
  const bool key_exchange = phase == Phase::kCreateChildSa;
  const std::vector<ipsec::Proposal> ours = EspProposals(core, *tunnel.config, key_exchange);
  std::vector<ipsec::Proposal> theirs = wire::ikev2::FromWire(offer);
  if (!key_exchange) {
    for (ipsec::Proposal& proposal : theirs) proposal = proposal.WithoutKeyExchange();
  }
  for (size_t i = 0; i < theirs.size(); ++i) {
    if (SpiOf(offer.proposals[i].spi) == 0) theirs[i].unknown.push_back({});  // without an SPI it cannot be chosen
  }
  const std::optional<ipsec::Choice> choice = ipsec::Choose(ours, theirs);
  if (!choice) return Refuse(NotifyType::kNoProposalChosen, EspProposalMismatch(here, ours, theirs));

  const TunnelConfig& config = *tunnel.config;
  ChildNegotiation negotiation;
  OfferedSelectors offered{SelectorsOf(message, PayloadType::kTsI), SelectorsOf(message, PayloadType::kTsR)};
  const bool transport_asked = message.Has(NotifyType::kUseTransportMode);
  negotiation.transport = transport_asked && config.mode == EspMode::kTransport;
  if (config.mode == EspMode::kTransport && !transport_asked && !config.allow_tunnel_fallback) {
    return Refuse(NotifyType::kNoProposalChosen, TransportRefused(here, /*transport_here=*/true));
  }
  if (negotiation.transport) LookBehindNat(sa, offered, negotiation);
  const std::vector<SubnetPair> pairs = PairsOf(tunnel, sa);
  std::optional<Fit> fit = FitAnyPair(pairs, pair, offered);
  if (!fit) {
    return Refuse(NotifyType::kTsUnacceptable, SelectorsUnacceptable(here, pairs.front().local, pairs.front().remote,
                                                                     offered.initiator, offered.responder));
  }
  negotiation.pair = fit->index;
  negotiation.suite = choice->suite;
  negotiation.proposal_number = offer.proposals[choice->theirs].number;
  negotiation.spi_out = SpiOf(offer.proposals[choice->theirs].spi);
  // Of the networks behind a tunnel for any peer, each peer has its own: that is not less than was meant.
  negotiation.narrowed = !ipsec::Covers(fit->local, pairs[fit->index].local) ||
                         (!config.serves_any_peer() && !ipsec::Covers(fit->remote, pairs[fit->index].remote));
  negotiation.local = std::move(fit->local);
  negotiation.remote = std::move(fit->remote);
  negotiation.tfc = message.Has(NotifyType::kEspTfcPaddingNotSupported) ? 0 : config.tfc;
  if (const IkeSa* other = negotiation.transport ? FindLookalike(core, sa, negotiation) : nullptr) {
    return Refuse(NotifyType::kTsUnacceptable, TransportNatConflict(here, other->remote_id));
  }
  return negotiation;
}

}  // namespace culvert::iked
