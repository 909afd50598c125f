// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/proposal.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace culvert::ipsec {
namespace {

using List = std::vector<const Algorithm*>;

constexpr TransformKind kKinds[] = {TransformKind::kEncr, TransformKind::kInteg, TransformKind::kPrf,
                                    TransformKind::kDh, TransformKind::kEsn};

// Which kinds a protocol must, may (by NONE) and must not have (RFC 7296 3.3.3).
enum class Presence { kRequired, kOptional, kForbidden };
Presence PresenceOf(Protocol protocol, TransformKind kind) {
  const bool ike = protocol == Protocol::kIke;
  switch (kind) {
    case TransformKind::kEncr:
      return Presence::kRequired;
    case TransformKind::kPrf:
      return ike ? Presence::kRequired : Presence::kForbidden;
    case TransformKind::kInteg:
      return Presence::kOptional;
    case TransformKind::kDh:
      return ike ? Presence::kRequired : Presence::kOptional;
    case TransformKind::kEsn:
      return ike ? Presence::kForbidden : Presence::kOptional;
  }
  return Presence::kForbidden;
}

// As a peer sees it: see Algorithm::SameTransform.
bool Has(const List& list, const Algorithm* algorithm) {
  return std::any_of(list.begin(), list.end(),
                     [algorithm](const Algorithm* a) { return a->SameTransform(*algorithm); });
}

bool HasUnknown(const Proposal& proposal, TransformKind kind) {
  return std::any_of(proposal.unknown.begin(), proposal.unknown.end(),
                     [kind](const UnknownTransform& u) { return u.type == static_cast<uint8_t>(kind); });
}

// A proposal that names a transform type we do not know must not be chosen (RFC 7296 3.3.6).
bool HasUnknownKind(const Proposal& proposal) {
  return std::any_of(proposal.unknown.begin(), proposal.unknown.end(),
                     [](const UnknownTransform& u) { return u.type < 1 || u.type > 5; });
}

// What a side accepts of a kind: absence means NONE, but not if it stands for transforms that we could not read.
List Accepted(const Proposal& proposal, TransformKind kind) {
  const List& listed = proposal.of(kind);
  if (!listed.empty() || HasUnknown(proposal, kind)) return listed;
  if (PresenceOf(proposal.protocol, kind) != Presence::kOptional) return {};
  return {FindTransform(kind, 0, 0)};
}

// The first of ours that is theirs as well and that `fits`; null when there is none.
template <typename Fits>
const Algorithm* FirstCommon(const List& ours, const List& theirs, Fits fits) {
  for (const Algorithm* a : ours) {
    if (Has(theirs, a) && fits(*a)) return a;
  }
  return nullptr;
}

// INTEG for a given cipher: NONE with an AEAD, which needs no offer of ours beyond the cipher; a real one otherwise.
const Algorithm* CommonIntegrity(const Proposal& ours, const Proposal& theirs, bool aead) {
  return FirstCommon(Accepted(ours, TransformKind::kInteg), Accepted(theirs, TransformKind::kInteg),
                     [aead](const Algorithm& a) { return (a.id == 0) == aead; });
}

const Algorithm* CommonOf(const Proposal& ours, const Proposal& theirs, TransformKind kind) {
  return FirstCommon(Accepted(ours, kind), Accepted(theirs, kind), [](const Algorithm&) { return true; });
}

// INTEG fits when it does for some cipher in common, or, when there is none, for some cipher of ours.
bool IntegrityAgrees(const Proposal& ours, const Proposal& theirs) {
  const bool common = CommonOf(ours, theirs, TransformKind::kEncr) != nullptr;
  return std::any_of(ours.encr.begin(), ours.encr.end(), [&](const Algorithm* encr) {
    return (!common || Has(theirs.encr, encr)) && CommonIntegrity(ours, theirs, encr->aead) != nullptr;
  });
}

bool Agrees(const Proposal& ours, const Proposal& theirs, TransformKind kind) {
  if (PresenceOf(ours.protocol, kind) == Presence::kForbidden)
    return theirs.of(kind).empty() && !HasUnknown(theirs, kind);
  if (kind == TransformKind::kInteg) return IntegrityAgrees(ours, theirs);
  return CommonOf(ours, theirs, kind) != nullptr;
}

// The kinds in which two proposals have nothing in common.
std::vector<TransformKind> Conflicts(const Proposal& ours, const Proposal& theirs) {
  std::vector<TransformKind> conflicts;
  for (const TransformKind kind : kKinds) {
    if (!Agrees(ours, theirs, kind)) conflicts.push_back(kind);
  }
  return conflicts;
}

std::optional<Suite> Match(const Proposal& ours, const Proposal& theirs) {
  if (ours.protocol != theirs.protocol || HasUnknownKind(theirs) || !Conflicts(ours, theirs).empty())
    return std::nullopt;
  for (const Algorithm* encr : ours.encr) {
    if (!Has(theirs.encr, encr)) continue;
    const Algorithm* integ = CommonIntegrity(ours, theirs, encr->aead);
    if (integ == nullptr) continue;
    const Algorithm* dh = CommonOf(ours, theirs, TransformKind::kDh);
    const Algorithm* esn = CommonOf(ours, theirs, TransformKind::kEsn);
    return Suite{.protocol = ours.protocol,
                 .encr = encr,
                 .prf = CommonOf(ours, theirs, TransformKind::kPrf),
                 .integ = integ->id == 0 ? nullptr : integ,
                 .dh = dh == nullptr || dh->id == 0 ? nullptr : dh,
                 .esn = esn != nullptr && esn->id == 1};
  }
  return std::nullopt;
}

std::string JoinKeywords(const List& list, absl::string_view separator) {
  return absl::StrJoin(list, separator, [](std::string* out, const Algorithm* a) { absl::StrAppend(out, a->keyword); });
}

std::string Describe(const Proposal& proposal, uint8_t type) {
  std::vector<std::string> words;
  if (type >= 1 && type <= 5) {
    const List& known = proposal.of(static_cast<TransformKind>(type));
    if (!known.empty()) words.push_back(JoinKeywords(known, ", "));
  }
  for (const UnknownTransform& u : proposal.unknown) {
    if (u.type != type) continue;
    words.push_back(u.key_bits == 0 ? absl::StrCat("transform ", u.id)
                                    : absl::StrCat("transform ", u.id, " (", u.key_bits, " bits)"));
  }
  return words.empty() ? "none" : absl::StrJoin(words, ", ");
}

// The PRFs that an IKE proposal has when it names none.
List DerivedPrfs(const Proposal& proposal) {
  List prfs;
  for (const Algorithm* integ : proposal.integ) {
    if (const Algorithm* prf = PrfOfIntegrity(*integ); prf != nullptr && !Has(prfs, prf)) prfs.push_back(prf);
  }
  return prfs;
}

absl::Status Wrong(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("proposal \"", text, "\": ", why));
}

// The demands on a proposal as a whole, once its words are known.
absl::Status CheckWhole(const Proposal& proposal, absl::string_view text) {
  const auto aead = [](const Algorithm* a) { return a->aead; };
  if (proposal.encr.empty()) return Wrong(text, "no encryption algorithm");
  const bool any_aead = std::any_of(proposal.encr.begin(), proposal.encr.end(), aead);
  const bool all_aead = std::all_of(proposal.encr.begin(), proposal.encr.end(), aead);
  if (any_aead && !all_aead) {
    return Wrong(text, "ciphers with and without built-in integrity belong in proposals of their own");
  }
  if (all_aead && !proposal.integ.empty()) {
    const std::string word(proposal.integ.front()->keyword);
    return Wrong(text, absl::StrCat("\"", proposal.encr.front()->keyword, "\" brings its own integrity; drop \"", word,
                                    "\"", proposal.protocol == Protocol::kIke ? " or write \"prf" + word + "\"" : ""));
  }
  if (!any_aead && proposal.integ.empty()) return Wrong(text, "no integrity algorithm (for example sha256)");
  if (proposal.protocol == Protocol::kEsp) return absl::OkStatus();
  if (proposal.prf.empty()) return Wrong(text, "no PRF (for example prfsha256)");
  if (proposal.dh.empty()) return Wrong(text, "no key exchange group (for example x25519)");
  return absl::OkStatus();
}

}  // namespace

std::vector<const Algorithm*>& Proposal::of(TransformKind kind) {
  return const_cast<List&>(static_cast<const Proposal*>(this)->of(kind));
}

const std::vector<const Algorithm*>& Proposal::of(TransformKind kind) const {
  switch (kind) {
    case TransformKind::kEncr:
      return encr;
    case TransformKind::kPrf:
      return prf;
    case TransformKind::kInteg:
      return integ;
    case TransformKind::kDh:
      return dh;
    case TransformKind::kEsn:
      break;
  }
  return esn;
}

Proposal Proposal::WithoutKeyExchange() const {
  Proposal without = *this;
  without.dh.clear();
  std::erase_if(without.unknown,
                [](const UnknownTransform& u) { return u.type == static_cast<uint8_t>(TransformKind::kDh); });
  return without;
}

std::string Proposal::ToString() const {
  std::vector<std::string> words;
  for (const TransformKind kind : kKinds) {
    if (kind == TransformKind::kPrf && prf == DerivedPrfs(*this)) continue;
    if (!of(kind).empty()) words.push_back(JoinKeywords(of(kind), "-"));
  }
  return absl::StrJoin(words, "-");
}

std::string Suite::ToString() const {
  std::vector<absl::string_view> words = {encr->keyword};
  if (integ != nullptr) words.push_back(integ->keyword);
  if (prf != nullptr && (integ == nullptr || prf != PrfOfIntegrity(*integ))) words.push_back(prf->keyword);
  if (dh != nullptr) words.push_back(dh->keyword);
  if (esn) words.push_back("esn");
  return absl::StrJoin(words, "-");
}

absl::StatusOr<Proposal> ParseProposal(Protocol protocol, absl::string_view text) {
  Proposal proposal;
  proposal.protocol = protocol;
  for (const absl::string_view word : absl::StrSplit(text, '-')) {
    const Algorithm* a = FindKeyword(word);
    if (a == nullptr) {
      const absl::string_view nearest = NearestKeyword(word);
      return Wrong(text, absl::StrCat("unknown algorithm \"", word, "\"",
                                      nearest.empty() ? "" : absl::StrCat("; did you mean \"", nearest, "\"?")));
    }
    if (!(protocol == Protocol::kIke ? a->ike : a->esp)) {
      return Wrong(text, absl::StrCat("\"", word, "\" has no place in ", protocol == Protocol::kIke ? "IKE" : "ESP",
                                      " proposals"));
    }
    if (Has(proposal.of(a->kind), a)) return Wrong(text, absl::StrCat("\"", word, "\" is there twice"));
    proposal.of(a->kind).push_back(a);
  }
  if (protocol == Protocol::kIke && proposal.prf.empty()) proposal.prf = DerivedPrfs(proposal);
  if (absl::Status whole = CheckWhole(proposal, text); !whole.ok()) return whole;
  return proposal;
}

std::optional<Choice> Choose(std::span<const Proposal> ours, std::span<const Proposal> theirs) {
  for (size_t i = 0; i < ours.size(); ++i) {
    for (size_t j = 0; j < theirs.size(); ++j) {
      if (std::optional<Suite> suite = Match(ours[i], theirs[j])) return Choice{*suite, i, j};
    }
  }
  return std::nullopt;
}

std::optional<Suite> Verify(std::span<const Proposal> ours, const Proposal& answer) {
  if (!answer.unknown.empty()) return std::nullopt;
  for (const TransformKind kind : kKinds) {
    if (answer.of(kind).size() > 1) return std::nullopt;
  }
  const std::optional<Choice> choice = Choose(ours, {&answer, 1});
  if (!choice) return std::nullopt;
  return choice->suite;
}

std::vector<std::string> Difference(std::span<const Proposal> ours, std::span<const Proposal> theirs) {
  if (ours.empty()) return {"we accept nothing"};
  if (theirs.empty()) return {"they offered nothing"};
  if (Choose(ours, theirs)) return {};
  std::optional<std::vector<std::string>> nearest;
  for (const Proposal& o : ours) {
    for (const Proposal& t : theirs) {
      std::vector<std::string> lines;
      if (o.protocol != t.protocol) lines.push_back("protocol: theirs is neither IKE nor ESP as ours is");
      for (const TransformKind kind : Conflicts(o, t)) {
        const auto type = static_cast<uint8_t>(kind);
        lines.push_back(
            absl::StrCat(ipsec::ToString(kind), ": ours ", Describe(o, type), "; theirs ", Describe(t, type)));
      }
      for (const UnknownTransform& u : t.unknown) {
        if (u.type < 1 || u.type > 5)
          lines.push_back(absl::StrCat("they require transform type ", u.type, ", unknown here"));
      }
      if (!nearest || lines.size() < nearest->size()) nearest = std::move(lines);
    }
  }
  return *nearest;
}

}  // namespace culvert::ipsec
