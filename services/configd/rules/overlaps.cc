// SPDX-License-Identifier: Apache-2.0
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

// A side's selectors as texts that are equal exactly where the selectors are. A side without subnets is a host.
std::vector<std::string> Keys(const std::vector<base::Prefix>& subnets, const std::string& host, uint32_t protocol,
                              uint32_t port) {
  std::vector<std::string> keys;
  for (const base::Prefix& subnet : subnets)
    keys.push_back(absl::StrCat(subnet.ToString(), "[", protocol, "/", port, "]"));
  if (keys.empty()) keys.push_back(absl::StrCat(host, "[", protocol, "/", port, "]"));
  return keys;
}

}  // namespace

// The same pair in two enabled tunnels: by hash, so that ten thousand tunnels cost no more than ten thousand look-ups.
void CheckOverlaps(const ConfigurationView& view, Problems* problems) {
  absl::flat_hash_map<std::string, const TunnelView*> owners;
  for (const TunnelView& tunnel : view.tunnels) {
    const bool peers_own_addresses = tunnel.parsed.peers.empty() && tunnel.parsed.remote_subnets.empty();
    if (!tunnel.effective.enabled() || peers_own_addresses) continue;
    const auto& local = tunnel.effective.local();
    const auto& remote = tunnel.effective.remote();
    const std::string peer = tunnel.parsed.peers.empty() ? "" : tunnel.parsed.peers[0].text;
    const auto local_keys = Keys(tunnel.parsed.local_subnets, local.address(), local.protocol(), local.port());
    const auto remote_keys = Keys(tunnel.parsed.remote_subnets, peer, remote.protocol(), remote.port());
    for (const std::string& left : local_keys) {
      for (const std::string& right : remote_keys) {
        const auto [owner, ours] = owners.try_emplace(absl::StrCat(left, " ", right), &tunnel);
        const TunnelView& other = *owner->second;
        if (ours || &other == &tunnel || other.effective.priority() != tunnel.effective.priority()) continue;
        problems->Error(Code::SELECTOR_OVERLAP, tunnel.Path("remote.subnets"),
                        absl::StrCat("the pair ", left, " – ", right, " belongs to tunnel ",
                                     Quoted(other.effective.name()), " already"),
                        "change the networks, or disable one of the tunnels");
      }
    }
  }
}

}  // namespace culvert::configd
