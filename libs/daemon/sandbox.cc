// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/sandbox.h"

#include <cap-ng.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace culvert::daemon {

absl::Status BecomeUser(const Identity& identity) {
  capng_clear(CAPNG_SELECT_BOTH);
  for (int capability : identity.capabilities) {
    capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                 static_cast<unsigned>(capability));
  }
  if (setgroups(identity.groups.size(), identity.groups.data()) < 0) return absl::ErrnoToStatus(errno, "setgroups");
  // Sets KEEPCAPS around setresgid and setresuid, then narrows to what was selected; the bounding set goes with it.
  const int result = capng_change_id(static_cast<int>(identity.uid), static_cast<int>(identity.gid),
                                     static_cast<capng_flags_t>(CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT));
  if (result != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot become uid ", identity.uid, ", gid ", identity.gid, " (libcap-ng ", result, ")"));
  }
  return absl::OkStatus();
}

bool HasCapability(int capability) {
  capng_get_caps_process();
  return capng_have_capability(CAPNG_EFFECTIVE, static_cast<unsigned>(capability)) == 1;
}

absl::Status Harden() {
  if (prctl(PR_SET_DUMPABLE, 0) < 0) return absl::ErrnoToStatus(errno, "PR_SET_DUMPABLE");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return absl::ErrnoToStatus(errno, "PR_SET_NO_NEW_PRIVS");
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) < 0) return absl::ErrnoToStatus(errno, "RLIMIT_CORE");
  return absl::OkStatus();
}

}  // namespace culvert::daemon
