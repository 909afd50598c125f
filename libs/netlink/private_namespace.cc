// SPDX-License-Identifier: Apache-2.0
#include "libs/netlink/private_namespace.h"

#include <sched.h>

#include <cstdlib>

namespace culvert::netlink {

bool EnterPrivateNamespace() {
  return unshare(CLONE_NEWNET) == 0 && Shell("ip link set lo up");
}

bool Shell(const std::string& command) {
  return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe): a test's own words
}

}  // namespace culvert::netlink
