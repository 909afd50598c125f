// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/candidate.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace culvert::wire::ikev1 {
namespace {

constexpr size_t kMostTransforms = 255;  // a transform's number has 8 bits

bool IsBundled(const SaPayload& sa, const Proposal& proposal) {
  return std::count_if(sa.proposals.begin(), sa.proposals.end(),
                       [&](const Proposal& other) { return other.number == proposal.number; }) > 1;
}

bool MeansTheSame(const Transform& a, const Transform& b) {
  const auto means = [](const Attribute& x, const Attribute& y) { return x.Means(y); };
  return a.id == b.id &&
         std::is_permutation(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(), means);
}

}  // namespace

void AddKnown(ipsec::Proposal& meaning, ipsec::TransformKind kind, bool esp, uint64_t value, uint64_t key_bits) {
  const ipsec::Algorithm* known = nullptr;
  if (value <= UINT16_MAX && key_bits <= UINT16_MAX) {
    known = ipsec::FindIkev1(kind, esp, static_cast<uint16_t>(value), static_cast<uint16_t>(key_bits));
  }
  if (known != nullptr) {
    meaning.of(kind).push_back(known);
  } else {
    meaning.unknown.push_back(
        {static_cast<uint8_t>(kind), static_cast<uint16_t>(value), static_cast<uint16_t>(key_bits)});
  }
}

void AddForeign(ipsec::Proposal& meaning, uint16_t attribute) {
  meaning.unknown.push_back({0, attribute, 0});  // 0 is no kind of transform
}

bool LifeReader::SetDuration(uint64_t value, Life& life) const {
  switch (static_cast<LifeType>(type_)) {
    case LifeType::kSeconds:
      life.seconds = value;
      break;
    case LifeType::kKilobytes:
      life.kilobytes = value;
      break;
    default:
      return false;
  }
  return value != 0;
}

void AppendLife(std::vector<Attribute>& attributes, uint16_t type_attribute, uint16_t duration_attribute,
                const Life& life) {
  const auto append = [&](LifeType type, uint64_t duration) {
    if (duration == 0) return;
    attributes.push_back(Attribute::Of(type_attribute, static_cast<uint16_t>(type)));
    attributes.push_back(Attribute::Of(duration_attribute, duration));
  };
  append(LifeType::kSeconds, life.seconds);
  append(LifeType::kKilobytes, life.kilobytes);
}

std::vector<Candidate> Candidates(const SaPayload& sa,
                                  const std::function<Candidate(const Proposal&, const Transform&)>& read) {
  std::vector<Candidate> candidates;
  for (const Proposal& proposal : sa.proposals) {
    if (IsBundled(sa, proposal)) continue;
    for (const Transform& transform : proposal.transforms) candidates.push_back(read(proposal, transform));
  }
  return candidates;
}

std::optional<Picked> Pick(std::span<const ipsec::Proposal> ours, std::span<const Candidate> candidates,
                           const std::function<bool(const Candidate&)>& acceptable) {
  std::vector<ipsec::Proposal> theirs;
  std::vector<const Candidate*> whose;
  for (const Candidate& c : candidates) {
    if (!acceptable(c)) continue;
    theirs.push_back(c.meaning);
    whose.push_back(&c);
  }
  const std::optional<ipsec::Choice> choice = ipsec::Choose(ours, theirs);
  if (!choice) return std::nullopt;
  return Picked{choice->suite, whose[choice->theirs]};
}

bool IsOfOurs(const SaPayload& sent, const SaPayload& answer) {
  if (answer.proposals.size() != 1 || answer.proposals[0].transforms.size() != 1) return false;
  const Proposal& chosen = answer.proposals[0];
  const auto offers = [&chosen](const Proposal& offered) {
    return offered.protocol == chosen.protocol &&
           std::any_of(offered.transforms.begin(), offered.transforms.end(),
                       [&chosen](const Transform& t) { return MeansTheSame(t, chosen.transforms[0]); });
  };
  return std::any_of(sent.proposals.begin(), sent.proposals.end(), offers);
}

SaPayload AnswerWith(const Candidate& candidate, base::ByteView spi) {
  const Proposal& proposal = *candidate.proposal;
  return {{{proposal.number, proposal.protocol, base::ToBytes(spi), {*candidate.transform}}}};
}

void AppendTransform(Proposal& proposal, uint8_t id, std::vector<Attribute> attributes) {
  const bool known = std::any_of(proposal.transforms.begin(), proposal.transforms.end(),
                                 [&](const Transform& t) { return t.id == id && t.attributes == attributes; });
  if (known || proposal.transforms.size() == kMostTransforms) return;
  const auto number = static_cast<uint8_t>(proposal.transforms.size() + 1);
  proposal.transforms.push_back({number, id, std::move(attributes)});
}

std::vector<std::string> Explain(std::span<const ipsec::Proposal> ours, std::span<const Candidate> candidates,
                                 absl::string_view what, const std::vector<std::string>& accepted,
                                 const std::function<std::string(const Candidate&)>& offered) {
  std::vector<ipsec::Proposal> theirs;
  std::vector<std::string> names;
  for (const Candidate& c : candidates) {
    theirs.push_back(c.meaning);
    const std::string name = offered(c);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::vector<std::string> lines = ipsec::Difference(ours, theirs);
  if (!lines.empty()) return lines;
  return {absl::StrCat(what, ": ours ", absl::StrJoin(accepted, ", "), "; theirs ", absl::StrJoin(names, ", "))};
}

}  // namespace culvert::wire::ikev1
