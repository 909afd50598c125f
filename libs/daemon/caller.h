// SPDX-License-Identifier: Apache-2.0
// Who is calling: derived from the credentials of the connection, or from what apid vouches for.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace culvert::daemon {

// Orders as rights do: each role may do what the ones before it may. Words are those of culvert.service.v1.Role.
enum class CallerRole { kNone, kViewer, kOperator, kAdmin };
absl::string_view RoleName(CallerRole role);
CallerRole ParseRole(absl::string_view word);  // kNone for a word that is no role

struct Caller {
  std::string principal;  // for people and the audit: "uid:1000", "iked", or apid's word for a remote user
  CallerRole role = CallerRole::kNone;
  std::string process;  // "iked"; "*" counts as each of them; "" for people

  bool CountsAs(absl::string_view name) const { return process == "*" || (!process.empty() && process == name); }
  auto operator<=>(const Caller&) const = default;
};

// What the kernel says about the other end of a Unix connection.
struct PeerCredentials {
  uid_t uid;
  std::vector<gid_t> groups;  // primary and supplementary
};
std::optional<PeerCredentials> ReadPeerCredentials(int fd);  // SO_PEERCRED, SO_PEERGROUPS

// The rule book of DIR/run: root and, where nobody dropped rights, our own uid are ADMIN and count as every process;
// the uid of a process is that process and nothing else; group culvert-admin is ADMIN; group culvert is VIEWER; others
// are nobody.
class CallerRules {
 public:
  // `self` is geteuid(). Groups that do not exist on this host grant nothing.
  CallerRules(uint32_t uid_base, uid_t self, std::optional<gid_t> admins, std::optional<gid_t> viewers)
      : uid_base_(uid_base), self_(self), admins_(admins), viewers_(viewers) {}
  static CallerRules ForThisHost(uint32_t uid_base);

  Caller Classify(const PeerCredentials& peer) const;
  std::optional<gid_t> viewers() const { return viewers_; }

 private:
  uint32_t uid_base_;
  uid_t self_;
  std::optional<gid_t> admins_;
  std::optional<gid_t> viewers_;
};

}  // namespace culvert::daemon
