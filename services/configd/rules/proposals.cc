// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "services/configd/profile/defaults.h"
#include "services/configd/profile/proposal_spelling.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

using ipsec::Algorithm;
using ipsec::Proposal;
using ipsec::TransformKind;

constexpr TransformKind kKinds[] = {TransformKind::kEncr, TransformKind::kPrf, TransformKind::kInteg,
                                    TransformKind::kDh};

absl::string_view Better(TransformKind kind) {
  switch (kind) {
    case TransformKind::kEncr:
      return "aes256gcm16";
    case TransformKind::kDh:
      return "x25519 or ecp256";
    case TransformKind::kPrf:
      return "prfsha256";
    default:
      return "sha256";
  }
}

void CheckAlgorithms(const TunnelView& tunnel, const std::vector<Proposal>& proposals, bool esp, bool typed,
                     Problems* problems) {
  const std::string field = tunnel.Path(esp ? "esp.proposals" : "ike.proposals");
  const char* by_default = typed ? "" : " (the profile's default)";
  absl::flat_hash_map<const Algorithm*, bool> told;
  for (const Proposal& proposal : proposals) {
    for (const TransformKind kind : kKinds) {
      for (const Algorithm* algorithm : proposal.of(kind)) {
        if (!told.try_emplace(algorithm, true).second) continue;
        if (algorithm->strength == ipsec::Strength::kWeak && kind != TransformKind::kPrf) {
          problems->Warning(Code::WEAK_ALGORITHM, field, absl::StrCat(algorithm->keyword, by_default, " is weak"),
                            absl::StrCat("use ", Better(kind), typed ? "" : ", or profile: MODERN"));
        }
      }
    }
  }
}

void CheckSpelledOnce(const TunnelView& tunnel, absl::string_view phase, bool strings, bool fields,
                      Problems* problems) {
  if (!strings || !fields) return;
  problems->Error(Code::PROPOSAL_SPELLED_TWICE, tunnel.Path(absl::StrCat(phase, ".proposals")),
                  "proposals and the single fields (encryption, hash, group) are both given", "keep one spelling");
}

}  // namespace

void CheckProposals(const TunnelView& tunnel, Problems* problems) {
  const auto& ike = tunnel.typed.ike();
  const auto& esp = tunnel.typed.esp();
  CheckSpelledOnce(tunnel, "ike", !ike.proposals().empty(), SpelledByFields(ike), problems);
  CheckSpelledOnce(tunnel, "esp", !esp.proposals().empty(), SpelledByFields(esp), problems);
  const bool ike_typed = !ike.proposals().empty() || SpelledByFields(ike);
  const bool esp_typed = !esp.proposals().empty() || SpelledByFields(esp);
  CheckAlgorithms(tunnel, tunnel.parsed.ike_proposals, false, ike_typed, problems);
  CheckAlgorithms(tunnel, tunnel.parsed.esp_proposals, true, esp_typed, problems);

  const bool pfs = std::any_of(tunnel.parsed.esp_proposals.begin(), tunnel.parsed.esp_proposals.end(),
                               [](const Proposal& proposal) { return !proposal.dh.empty(); });
  // RFC 7296 1.2: IKE_AUTH carries no KE payload, so a mismatch shows at the first rekey only.
  if (tunnel.only_ikev2() && pfs && esp_typed && !tunnel.effective.ike().childless()) {
    problems->Info(Code::PFS_NOT_NEGOTIATED_AT_FIRST, tunnel.Path("esp.proposals"),
                   "IKEv2 first uses the group at the first rekey: a peer with another group is noticed then",
                   "make sure that the peer has the same group, or set ike.childless to true");
  }
}

}  // namespace culvert::configd
