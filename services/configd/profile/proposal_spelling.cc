// SPDX-License-Identifier: Apache-2.0
#include "services/configd/profile/proposal_spelling.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/ipsec/algorithm.h"

namespace culvert::configd {
namespace {

bool IsAead(absl::string_view keyword) {
  const ipsec::Algorithm* cipher = ipsec::FindKeyword(keyword);
  return cipher != nullptr && cipher->aead;
}

void AppendWord(std::string* proposal, absl::string_view word) {
  if (!word.empty()) absl::StrAppend(proposal, "-", word);
}

}  // namespace

bool SpelledByFields(const config::v1::Ike& ike) {
  return ike.has_encryption() || ike.has_hash() || ike.has_dh_group();
}

bool SpelledByFields(const config::v1::Esp& esp) {
  return esp.has_encryption() || esp.has_hash() || esp.has_pfs_group();
}

std::string ProposalOf(const config::v1::Ike& ike, const ProfileDefaults& defaults) {
  std::string proposal(ike.has_encryption() ? ike.encryption() : defaults.encryption);
  std::string hash(ike.has_hash() ? ike.hash() : defaults.hash);
  if (IsAead(proposal)) {
    if (!ike.has_hash()) hash = std::string(defaults.ike_aead_hash);
    if (!absl::StartsWithIgnoreCase(hash, "prf")) hash = absl::StrCat("prf", hash);
  }
  AppendWord(&proposal, hash);
  AppendWord(&proposal, ike.has_dh_group() ? ike.dh_group() : defaults.dh_group);
  return proposal;
}

std::string ProposalOf(const config::v1::Esp& esp, const ProfileDefaults& defaults) {
  std::string proposal(esp.has_encryption() ? esp.encryption() : defaults.encryption);
  AppendWord(&proposal, esp.has_hash() ? absl::string_view(esp.hash()) : IsAead(proposal) ? "" : defaults.hash);
  const absl::string_view group = esp.has_pfs_group() ? absl::string_view(esp.pfs_group()) : defaults.dh_group;
  AppendWord(&proposal, absl::EqualsIgnoreCase(group, "none") ? "" : group);
  return proposal;
}

}  // namespace culvert::configd
