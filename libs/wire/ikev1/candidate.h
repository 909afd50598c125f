// SPDX-License-Identifier: Apache-2.0
// What the proposals of phase 1 and of Quick Mode have in common: reading a peer's transforms, choosing among them,
// holding an answer against an offer. Callers want phase1_proposals.h and phase2_proposals.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "libs/ipsec/proposal.h"
#include "libs/wire/ikev1/payloads.h"

namespace culvert::wire::ikev1 {

// SA lifetimes (RFC 2407 4.5).
struct Life {
  uint64_t seconds = 0;    // 0: not said
  uint64_t kilobytes = 0;  // 0: not said
  bool operator==(const Life&) const = default;
};

// A transform of a peer, as we understand it.
struct Candidate {
  const Proposal* proposal;
  const Transform* transform;
  ipsec::Proposal meaning;  // at most one algorithm a kind; what we do not understand is in `unknown`
  AuthMethod method{};      // phase 1
  EncapsulationMode mode = EncapsulationMode::kTunnel;  // Quick Mode; a peer that says none leaves it to us
  Life life = {};
};

// Adds an algorithm by its attribute's value. One that the table lacks makes a transform that nothing matches.
void AddKnown(ipsec::Proposal& meaning, ipsec::TransformKind kind, bool esp, uint64_t value, uint64_t key_bits = 0);
// An attribute that we do not have, or whose value says nothing: no proposal of ours can match.
void AddForeign(ipsec::Proposal& meaning, uint16_t attribute);

// Life types and durations, which come in pairs (RFC 2407 4.5).
class LifeReader {
 public:
  void SetType(uint64_t value) { type_ = value; }
  // False: no type, an unknown one, or a duration of nothing.
  bool SetDuration(uint64_t value, Life& life) const;

 private:
  uint64_t type_ = 0;
};
void AppendLife(std::vector<Attribute>& attributes, uint16_t type_attribute, uint16_t duration_attribute,
                const Life& life);

// Every transform of an offer, as `read` reads it, but of proposals that belong together (RFC 2408 4.2): of these we
// could keep only a part.
std::vector<Candidate> Candidates(const SaPayload& sa,
                                  const std::function<Candidate(const Proposal&, const Transform&)>& read);

struct Picked {
  ipsec::Suite suite;
  const Candidate* candidate;
};
// The first suite in our order among the candidates that are acceptable otherwise.
std::optional<Picked> Pick(std::span<const ipsec::Proposal> ours, std::span<const Candidate> candidates,
                           const std::function<bool(const Candidate&)>& acceptable);

// Whether an answer is one transform of what was sent, changed in nothing but the order of its attributes and the form
// of their numbers (RFC 2409 5).
bool IsOfOurs(const SaPayload& sent, const SaPayload& answer);

// The answer that echoes a candidate.
SaPayload AnswerWith(const Candidate& candidate, base::ByteView spi);

// Appends a transform unless an equal one is there or no number is left.
void AppendTransform(Proposal& proposal, uint8_t id, std::vector<Attribute> attributes);

// Why nothing was picked: the lines on algorithms, or, where these agree, the one on `what` else there was to agree on.
std::vector<std::string> Explain(std::span<const ipsec::Proposal> ours, std::span<const Candidate> candidates,
                                 absl::string_view what, const std::vector<std::string>& accepted,
                                 const std::function<std::string(const Candidate&)>& offered);

template <typename T>
std::vector<std::string> Names(std::span<const T> values) {
  std::vector<std::string> names;
  for (const T value : values) names.push_back(ToString(value));
  return names;
}

template <typename T>
bool Has(std::span<const T> list, T value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace culvert::wire::ikev1
