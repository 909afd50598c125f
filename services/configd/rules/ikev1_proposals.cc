// SPDX-License-Identifier: Apache-2.0
// What of a tunnel's proposals IKEv1 can say.
#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

using ipsec::Algorithm;
using ipsec::Proposal;
using ipsec::TransformKind;
using Groups = absl::flat_hash_set<const Algorithm*>;  // null: no key exchange

constexpr TransformKind kKinds[] = {TransformKind::kEncr, TransformKind::kInteg, TransformKind::kDh};

bool Has(const Algorithm& algorithm, bool esp) {
  return algorithm.id == 0 || (esp ? algorithm.in_ikev1_esp() : algorithm.in_ikev1_ike());
}

// The PRF of IKEv1 is HMAC of the negotiated hash (RFC 2409 4): one of its own cannot be asked for. One that the hash
// brings stands in the proposal because the parser derived it.
bool IsOfItsHash(const Algorithm* prf, const Proposal& proposal) {
  return std::any_of(proposal.integ.begin(), proposal.integ.end(),
                     [prf](const Algorithm* integ) { return ipsec::PrfOfIntegrity(*integ) == prf; });
}

// Whether anything of it is left when the words are taken out that IKEv1 does not have.
bool CanBeSaid(const Proposal& proposal, bool esp) {
  return std::all_of(std::begin(kKinds), std::end(kKinds), [&](TransformKind kind) {
    const auto& algorithms = proposal.of(kind);
    return algorithms.empty() || std::any_of(algorithms.begin(), algorithms.end(),
                                             [esp](const Algorithm* algorithm) { return Has(*algorithm, esp); });
  });
}

bool AnyCanBeSaid(const std::vector<Proposal>& proposals, bool esp) {
  return std::any_of(proposals.begin(), proposals.end(), [esp](const Proposal& p) { return CanBeSaid(p, esp); });
}

Groups GroupsOf(const std::vector<Proposal>& proposals, bool esp) {
  Groups groups;
  for (const Proposal& proposal : proposals) {
    if (!CanBeSaid(proposal, esp)) continue;
    if (proposal.dh.empty()) groups.insert(nullptr);
    for (const Algorithm* group : proposal.dh) {
      if (Has(*group, esp)) groups.insert(group);
    }
  }
  return groups;
}

void CheckWords(const std::vector<Proposal>& proposals, bool esp, const std::string& field, Problems* problems) {
  absl::flat_hash_set<const Algorithm*> told;
  const auto tell = [&](const Algorithm* algorithm) {
    if (!told.insert(algorithm).second) return;
    problems->Error(Code::NOT_IN_IKEV1, field, absl::StrCat(algorithm->keyword, " does not exist in IKEv1"),
                    "set ike.version to IKEV2");
  };
  for (const Proposal& proposal : proposals) {
    for (const TransformKind kind : kKinds) {
      for (const Algorithm* algorithm : proposal.of(kind)) {
        if (!Has(*algorithm, esp)) tell(algorithm);
      }
    }
    for (const Algorithm* prf : proposal.prf) {
      if (!IsOfItsHash(prf, proposal)) tell(prf);
    }
  }
}

// Version AUTO leaves out what IKEv1 cannot say; something has to remain.
void CheckSomethingRemains(const TunnelView& tunnel, const std::vector<Proposal>& proposals, bool esp,
                           const std::string& field, Problems* problems) {
  if (proposals.empty() || AnyCanBeSaid(proposals, esp)) return;
  const std::string message = absl::StrCat("ike.version is AUTO, and none of ", esp ? "esp" : "ike",
                                           ".proposals exists in IKEv1: only IKEv2 can be spoken");
  const std::string suggestion = absl::StrCat(
      "add one that does, such as ", esp ? "aes256-sha256" : "aes256-sha256-modp2048", ", or set ike.version to IKEV2");
  if (tunnel.effective.ike().allow_ikev1_fallback()) {
    problems->Error(Code::NOT_IN_IKEV1, field, message, suggestion);
  } else {
    problems->Warning(Code::NOT_IN_IKEV1, field, message, suggestion);
  }
}

}  // namespace

void CheckIkev1Proposals(const TunnelView& tunnel, Problems* problems) {
  if (!tunnel.ikev1()) return;
  const auto& ike = tunnel.parsed.ike_proposals;
  const auto& esp = tunnel.parsed.esp_proposals;
  const std::string ike_field = tunnel.Path("ike.proposals"), esp_field = tunnel.Path("esp.proposals");
  if (tunnel.ikev2()) {
    CheckSomethingRemains(tunnel, ike, false, ike_field, problems);
    CheckSomethingRemains(tunnel, esp, true, esp_field, problems);
  } else {
    CheckWords(ike, false, ike_field, problems);
    CheckWords(esp, true, esp_field, problems);
  }
  const bool aggressive = tunnel.effective.ike().mode() == config::v1::IkeMode::AGGRESSIVE;
  if (const size_t groups = GroupsOf(ike, false).size(); aggressive && groups > 1) {
    problems->Error(Code::AGGRESSIVE_NEEDS_ONE_GROUP, ike_field,
                    absl::StrCat("aggressive mode sends its key before it can ask for a group; here are ", groups),
                    "use one group in all proposals, or mode MAIN");
  }
  // RFC 2409 5.5: Quick Mode sends one key for all that it offers.
  if (GroupsOf(esp, true).size() > 1) {
    problems->Error(Code::NOT_IN_IKEV1, esp_field, "Quick Mode sends one key, and the proposals want different groups",
                    "use one group in all proposals, or in none");
  }
}

}  // namespace culvert::configd
