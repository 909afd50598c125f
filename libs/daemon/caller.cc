// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/caller.h"

#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "libs/daemon/process_names.h"

namespace culvert::daemon {
namespace {

constexpr std::array<absl::string_view, 4> kRoles = {"NONE", "VIEWER", "OPERATOR", "ADMIN"};

std::optional<gid_t> GroupNamed(const char* name) {
  const group* found = getgrnam(name);
  return found == nullptr ? std::nullopt : std::optional<gid_t>(found->gr_gid);
}

}  // namespace

absl::string_view RoleName(CallerRole role) {
  return kRoles[static_cast<size_t>(role)];
}

CallerRole ParseRole(absl::string_view word) {
  auto it = std::find(kRoles.begin(), kRoles.end(), word);
  return it == kRoles.end() ? CallerRole::kNone : static_cast<CallerRole>(it - kRoles.begin());
}

std::optional<PeerCredentials> ReadPeerCredentials(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return std::nullopt;
  PeerCredentials out{peer.uid, {}};
  // Groups as they were at connect(2), which no name service has to be asked for. ERANGE tells how many there are.
  std::vector<gid_t> groups(64);
  for (int attempt = 0; attempt < 2; ++attempt) {
    size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const int result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
    if (result < 0 && errno != ERANGE) return std::nullopt;
    groups.resize(size / sizeof(gid_t));
    if (result == 0) break;
  }
  out.groups = std::move(groups);
  out.groups.push_back(peer.gid);
  return out;
}

CallerRules CallerRules::ForThisHost(uint32_t uid_base) {
  return CallerRules(uid_base, geteuid(), GroupNamed("culvert-admin"), GroupNamed("culvert"));
}

Caller CallerRules::Classify(const PeerCredentials& peer) const {
  auto in_group = [&](std::optional<gid_t> group) {
    return group && std::find(peer.groups.begin(), peer.groups.end(), *group) != peer.groups.end();
  };
  const std::string principal = absl::StrCat("uid:", peer.uid);
  if (peer.uid == 0) return {principal, CallerRole::kAdmin, "*"};
  if (const Process* process = FindProcessByUid(peer.uid, uid_base_)) {
    return {std::string(process->name), CallerRole::kNone, std::string(process->name)};
  }
  if (peer.uid == self_) return {principal, CallerRole::kAdmin, "*"};
  if (in_group(admins_)) return {principal, CallerRole::kAdmin, ""};
  if (in_group(viewers_)) return {principal, CallerRole::kViewer, ""};
  return {principal, CallerRole::kNone, ""};
}

}  // namespace culvert::daemon
