// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/phase1_proposals.h"

#include <algorithm>

#include "libs/wire/ikev1/candidate.h"

namespace culvert::wire::ikev1 {
namespace {

using ipsec::Algorithm;
using ipsec::TransformKind;
using enum Phase1Attribute;

Candidate ReadTransform(const Proposal& proposal, const Transform& transform) {
  Candidate c{&proposal, &transform, {ipsec::Protocol::kIke}};
  if (proposal.protocol != ProtocolId::kIsakmp || transform.id != kTransformKeyIke) AddForeign(c.meaning, 0);
  LifeReader life;
  uint64_t encryption = 0;
  uint64_t key_bits = 0;
  for (const Attribute& a : transform.attributes) {
    const auto type = static_cast<Phase1Attribute>(a.type);
    const bool repeated = Find(transform.attributes, a.type) != &a && type != kLifeType && type != kLifeDuration;
    const std::optional<uint64_t> value = a.Number();
    if (!value || repeated) {
      AddForeign(c.meaning, a.type);
      continue;
    }
    switch (type) {
      case kEncryption:
        encryption = *value;
        break;
      case kKeyLength:
        key_bits = *value;
        break;
      case kHash:
        AddKnown(c.meaning, TransformKind::kInteg, /*esp=*/false, *value);
        break;
      case kGroup:
        AddKnown(c.meaning, TransformKind::kDh, /*esp=*/false, *value);
        break;
      case kAuthentication:
        c.method = static_cast<AuthMethod>(std::min<uint64_t>(*value, UINT16_MAX));
        break;
      case kLifeType:
        life.SetType(*value);
        break;
      case kLifeDuration:
        if (!life.SetDuration(*value, c.life)) AddForeign(c.meaning, a.type);
        break;
      default:  // a PRF of its own, a group spelled out
        AddForeign(c.meaning, a.type);
    }
  }
  AddKnown(c.meaning, TransformKind::kEncr, /*esp=*/false, encryption, key_bits);
  // The PRF is the hash's HMAC (RFC 2409 4).
  for (const Algorithm* hash : c.meaning.integ) c.meaning.prf.push_back(ipsec::PrfOfIntegrity(*hash));
  return c;
}

Phase1Choice ChoiceOf(const Picked& picked) {
  const uint64_t seconds = picked.candidate->life.seconds;
  return {picked.suite, picked.candidate->method, seconds == 0 ? std::nullopt : std::optional(seconds),
          AnswerWith(*picked.candidate, {})};
}

void AppendOffer(Proposal& wire, const Algorithm& encr, const Algorithm& hash, const Algorithm& group,
                 AuthMethod method, uint32_t life_seconds) {
  if (!encr.in_ikev1_ike() || !hash.in_ikev1_ike() || !group.in_ikev1_ike()) return;
  std::vector<Attribute> attributes = {Attribute::Of(kEncryption, encr.v1_ike)};
  if (encr.key_bits != 0) attributes.push_back(Attribute::Of(kKeyLength, encr.key_bits));
  attributes.push_back(Attribute::Of(kHash, hash.v1_ike));
  attributes.push_back(Attribute::Of(kGroup, group.v1_ike));
  attributes.push_back(Attribute::Of(kAuthentication, static_cast<uint16_t>(method)));
  AppendLife(attributes, static_cast<uint16_t>(kLifeType), static_cast<uint16_t>(kLifeDuration), {life_seconds});
  AppendTransform(wire, kTransformKeyIke, std::move(attributes));
}

}  // namespace

SaPayload Phase1Offer(std::span<const ipsec::Proposal> ours, AuthMethod method, uint32_t life_seconds) {
  Proposal wire;
  for (const ipsec::Proposal& proposal : ours) {
    for (const Algorithm* encr : proposal.encr) {
      for (const Algorithm* hash : proposal.integ) {
        for (const Algorithm* group : proposal.dh) AppendOffer(wire, *encr, *hash, *group, method, life_seconds);
      }
    }
  }
  return {{std::move(wire)}};
}

std::optional<Phase1Choice> ChoosePhase1(std::span<const ipsec::Proposal> ours, std::span<const AuthMethod> methods,
                                         const SaPayload& offer) {
  const std::vector<Candidate> candidates = Candidates(offer, ReadTransform);
  const auto picked = Pick(ours, candidates, [&](const Candidate& c) { return Has(methods, c.method); });
  if (!picked) return std::nullopt;
  return ChoiceOf(*picked);
}

std::optional<Phase1Choice> VerifyPhase1(std::span<const ipsec::Proposal> ours, const SaPayload& sent,
                                         const SaPayload& answer) {
  if (!IsOfOurs(sent, answer)) return std::nullopt;
  const std::vector<Candidate> candidates = Candidates(answer, ReadTransform);
  const auto picked = Pick(ours, candidates, [](const Candidate&) { return true; });
  if (!picked) return std::nullopt;
  return ChoiceOf(*picked);
}

std::vector<std::string> Phase1Difference(std::span<const ipsec::Proposal> ours, std::span<const AuthMethod> methods,
                                          const SaPayload& offer) {
  if (ChoosePhase1(ours, methods, offer)) return {};
  return Explain(ours, Candidates(offer, ReadTransform), "authentication method", Names(methods),
                 [](const Candidate& c) { return ToString(c.method); });
}

}  // namespace culvert::wire::ikev1
