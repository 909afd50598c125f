// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/parsed_tunnel.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/configd/profile/profile.h"
#include "services/configd/rules/address_text.h"

namespace culvert::configd {
namespace {

using config::v1::Tunnel;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

std::string Indexed(absl::string_view field, int index) {
  return absl::StrCat(field, "[", index, "]");
}

std::vector<base::Prefix> ParseSubnets(const Texts& texts, const std::string& field, Problems* problems) {
  std::vector<base::Prefix> subnets;
  for (int i = 0; i < texts.size(); ++i) {
    if (const auto subnet = CheckSubnet(texts[i], Indexed(field, i), problems)) subnets.push_back(*subnet);
  }
  return subnets;
}

ipsec::Identity ParseIdentity(absl::string_view text, const std::string& field, Problems* problems) {
  absl::StatusOr<ipsec::Identity> identity = ipsec::Identity::Parse(text);
  if (identity.ok()) return *std::move(identity);
  problems->Error(Code::BAD_IDENTIFIER, field, identity.status().message(),
                  "an address, a host name, user@host, a DN, or keyid: and text");
  return {};
}

// The first word of a proposal that no table knows; empty where all are known and the whole is wrong.
absl::string_view UnknownWord(absl::string_view proposal) {
  for (const absl::string_view word : absl::StrSplit(proposal, '-')) {
    if (ipsec::FindKeyword(word) == nullptr) return word;
  }
  return {};
}

std::vector<ipsec::Proposal> ParseProposals(ipsec::Protocol protocol, const Texts& texts, const std::string& field,
                                            Problems* problems) {
  std::vector<ipsec::Proposal> proposals;
  for (int i = 0; i < texts.size(); ++i) {
    absl::StatusOr<ipsec::Proposal> proposal = ipsec::ParseProposal(protocol, texts[i]);
    if (proposal.ok()) {
      proposals.push_back(*std::move(proposal));
      continue;
    }
    const absl::string_view unknown = UnknownWord(texts[i]);
    const absl::string_view nearest = ipsec::NearestKeyword(unknown);
    problems->Error(unknown.empty() ? Code::BAD_PROPOSAL : Code::UNKNOWN_ALGORITHM, Indexed(field, i),
                    proposal.status().message(), nearest.empty() ? "" : absl::StrCat("did you mean ", nearest, "?"));
  }
  return proposals;
}

// `esp.sha256_96` and the keyword sha256_96 are two spellings of one thing.
void TruncateSha256(std::vector<ipsec::Proposal>* proposals) {
  for (ipsec::Proposal& proposal : *proposals) {
    std::replace(proposal.integ.begin(), proposal.integ.end(), ipsec::FindKeyword("sha256"),
                 ipsec::FindKeyword("sha256_96"));
  }
}

std::vector<ParsedTunnel::Peer> ParsePeers(const Tunnel& tunnel, const std::string& field, Problems* problems) {
  std::vector<ParsedTunnel::Peer> peers;
  if (ServesAnyPeer(tunnel)) return peers;
  const auto add = [&](const std::string& text, const std::string& where) {
    ParsedTunnel::Peer peer{.text = text};
    if (CheckPeer(text, where, problems, &peer.address)) peers.push_back(std::move(peer));
  };
  const auto& remote = tunnel.remote();
  if (remote.has_endpoint()) add(remote.endpoint(), FieldPath(field, "endpoint"));
  for (int i = 0; i < remote.endpoints_size(); ++i) {
    add(remote.endpoints(i), Indexed(FieldPath(field, "endpoints"), i));
  }
  return peers;
}

}  // namespace

ParsedTunnel ParseTunnel(const Tunnel& effective, absl::string_view path, Problems* problems) {
  const std::string local = FieldPath(path, "local");
  const std::string remote = FieldPath(path, "remote");
  ParsedTunnel parsed;
  if (effective.local().has_address()) {
    parsed.local_address = CheckHostAddress(effective.local().address(), FieldPath(local, "address"), problems);
  }
  parsed.peers = ParsePeers(effective, remote, problems);
  parsed.local_identity = ParseIdentity(effective.local().identifier(), FieldPath(local, "identifier"), problems);
  parsed.remote_identity = ParseIdentity(effective.remote().identifier(), FieldPath(remote, "identifier"), problems);
  parsed.local_subnets = ParseSubnets(effective.local().subnets(), FieldPath(local, "subnets"), problems);
  parsed.remote_subnets = ParseSubnets(effective.remote().subnets(), FieldPath(remote, "subnets"), problems);
  parsed.ike_proposals =
      ParseProposals(ipsec::Protocol::kIke, effective.ike().proposals(), FieldPath(path, "ike.proposals"), problems);
  parsed.esp_proposals =
      ParseProposals(ipsec::Protocol::kEsp, effective.esp().proposals(), FieldPath(path, "esp.proposals"), problems);
  if (effective.esp().sha256_96()) TruncateSha256(&parsed.esp_proposals);
  return parsed;
}

}  // namespace culvert::configd
