// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/phase2_proposals.h"

#include <algorithm>

#include "libs/wire/reader.h"
#include "libs/wire/writer.h"

namespace culvert::wire::ikev1 {
namespace {

using ipsec::Algorithm;
using ipsec::TransformKind;
using List = std::vector<const Algorithm*>;
using enum Phase2Attribute;

constexpr uint64_t kExtended = 1;  // value of the Extended Sequence Number attribute (RFC 4304 2)

Candidate ReadTransform(const Proposal& proposal, const Transform& transform) {
  Candidate c{&proposal, &transform, {ipsec::Protocol::kEsp}};
  if (proposal.protocol != ProtocolId::kEsp) AddForeign(c.meaning, 0);
  LifeReader life;
  uint64_t key_bits = 0;
  bool esn = false;
  for (const Attribute& a : transform.attributes) {
    const auto type = static_cast<Phase2Attribute>(a.type);
    const bool repeated = Find(transform.attributes, a.type) != &a && type != kLifeType && type != kLifeDuration;
    const std::optional<uint64_t> value = a.Number();
    if (!value || repeated) {
      AddForeign(c.meaning, a.type);
      continue;
    }
    switch (type) {
      case kLifeType:
        life.SetType(*value);
        break;
      case kLifeDuration:
        if (!life.SetDuration(*value, c.life)) AddForeign(c.meaning, a.type);
        break;
      case kGroup:
        AddKnown(c.meaning, TransformKind::kDh, /*esp=*/true, *value);
        break;
      case kEncapsulationMode:
        c.mode = static_cast<EncapsulationMode>(std::min<uint64_t>(*value, UINT16_MAX));
        break;
      case kAuthentication:
        AddKnown(c.meaning, TransformKind::kInteg, /*esp=*/true, *value);
        break;
      case kKeyLength:
        key_bits = *value;
        break;
      case kExtendedSequenceNumber:
        esn = *value == kExtended;
        if (!esn) AddForeign(c.meaning, a.type);
        break;
      default:
        AddForeign(c.meaning, a.type);
    }
  }
  AddKnown(c.meaning, TransformKind::kEncr, /*esp=*/true, transform.id, key_bits);
  c.meaning.esn = {ipsec::FindTransform(TransformKind::kEsn, esn ? 1 : 0, 0)};
  return c;
}

base::Bytes SpiOctets(uint32_t spi) {
  Writer writer;
  writer.U32(spi);
  return std::move(writer).Take();
}

// The decoder lets in ESP proposals with SPIs of four octets alone.
uint32_t SpiOf(const Proposal& proposal) {
  return Reader(proposal.spi).U32().value_or(0);
}

Phase2Choice ChoiceOf(const Picked& picked, uint32_t spi) {
  const Candidate& c = *picked.candidate;
  return {picked.suite, {c.mode, c.life}, SpiOf(*c.proposal), AnswerWith(c, SpiOctets(spi))};
}

// Without a group, a proposal is good that lists none, or "none" among others.
bool Allows(const ipsec::Proposal& proposal, const Algorithm* group) {
  if (proposal.dh.empty()) return group == nullptr;
  return std::any_of(proposal.dh.begin(), proposal.dh.end(),
                     [group](const Algorithm* a) { return group == nullptr ? a->id == 0 : a->SameTransform(*group); });
}

void AppendOffer(Proposal& wire, const Algorithm& encr, const Algorithm* integ, const Algorithm* group, bool esn,
                 const Phase2Terms& terms) {
  std::vector<Attribute> attributes;
  if (group != nullptr) attributes.push_back(Attribute::Of(kGroup, group->v1_esp));
  attributes.push_back(Attribute::Of(kEncapsulationMode, static_cast<uint16_t>(terms.mode)));
  AppendLife(attributes, static_cast<uint16_t>(kLifeType), static_cast<uint16_t>(kLifeDuration), terms.life);
  if (integ != nullptr) attributes.push_back(Attribute::Of(kAuthentication, integ->v1_esp));
  if (encr.key_bits != 0) attributes.push_back(Attribute::Of(kKeyLength, encr.key_bits));
  if (esn) attributes.push_back(Attribute::Of(kExtendedSequenceNumber, kExtended));
  AppendTransform(wire, static_cast<uint8_t>(encr.v1_esp), std::move(attributes));
}

Proposal ToWire(const ipsec::Proposal& proposal, const Algorithm* group, const Phase2Terms& terms) {
  Proposal wire{.protocol = ProtocolId::kEsp};
  const List none = {nullptr};  // an AEAD brings its own integrity
  const List no_esn = {ipsec::FindTransform(TransformKind::kEsn, 0, 0)};
  for (const Algorithm* encr : proposal.encr) {
    if (!encr->in_ikev1_esp()) continue;
    for (const Algorithm* integ : encr->aead ? none : proposal.integ) {
      if (integ != nullptr && !integ->in_ikev1_esp()) continue;
      for (const Algorithm* esn : proposal.esn.empty() ? no_esn : proposal.esn) {
        AppendOffer(wire, *encr, integ, group, esn->id == 1, terms);
      }
    }
  }
  return wire;
}

}  // namespace

const ipsec::Algorithm* Phase2Group(std::span<const ipsec::Proposal> ours) {
  for (const ipsec::Proposal& proposal : ours) {
    if (proposal.dh.empty()) return nullptr;
    for (const Algorithm* group : proposal.dh) {
      if (group->id == 0) return nullptr;
      if (group->in_ikev1_esp()) return group;
    }
  }
  return nullptr;
}

SaPayload Phase2Offer(std::span<const ipsec::Proposal> ours, const ipsec::Algorithm* group, uint32_t spi,
                      const Phase2Terms& terms) {
  SaPayload sa;
  for (const ipsec::Proposal& proposal : ours) {
    if (!Allows(proposal, group)) continue;
    Proposal wire = ToWire(proposal, group, terms);
    if (wire.transforms.empty()) continue;
    wire.number = static_cast<uint8_t>(sa.proposals.size() + 1);
    wire.spi = SpiOctets(spi);
    sa.proposals.push_back(std::move(wire));
  }
  return sa;
}

std::optional<Phase2Choice> ChoosePhase2(std::span<const ipsec::Proposal> ours,
                                         std::span<const EncapsulationMode> modes, const SaPayload& offer,
                                         uint32_t spi) {
  const std::vector<Candidate> candidates = Candidates(offer, ReadTransform);
  const auto picked = Pick(ours, candidates, [&](const Candidate& c) { return Has(modes, c.mode); });
  if (!picked) return std::nullopt;
  return ChoiceOf(*picked, spi);
}

std::optional<Phase2Choice> VerifyPhase2(std::span<const ipsec::Proposal> ours, const SaPayload& sent,
                                         const SaPayload& answer) {
  if (!IsOfOurs(sent, answer)) return std::nullopt;
  const std::vector<Candidate> candidates = Candidates(answer, ReadTransform);
  const auto picked = Pick(ours, candidates, [](const Candidate&) { return true; });
  if (!picked) return std::nullopt;
  return ChoiceOf(*picked, SpiOf(answer.proposals[0]));
}

std::vector<ipsec::Proposal> Phase2Proposals(const SaPayload& offer) {
  std::vector<ipsec::Proposal> proposals;
  for (Candidate& candidate : Candidates(offer, ReadTransform)) proposals.push_back(std::move(candidate.meaning));
  return proposals;
}

std::vector<std::string> Phase2Difference(std::span<const ipsec::Proposal> ours,
                                          std::span<const EncapsulationMode> modes, const SaPayload& offer) {
  if (ChoosePhase2(ours, modes, offer, 1)) return {};
  return Explain(ours, Candidates(offer, ReadTransform), "encapsulation mode", Names(modes),
                 [](const Candidate& c) { return ToString(c.mode); });
}

}  // namespace culvert::wire::ikev1
