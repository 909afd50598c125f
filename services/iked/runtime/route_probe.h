// SPDX-License-Identifier: Apache-2.0
// Which local address the host would use towards a peer: the kernel's own choice (RFC 6724), read by connecting an UDP
// socket, which sends nothing.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "libs/base/ip.h"
#include "libs/base/unique_fd.h"

namespace culvert::iked {

class RouteProbe {
 public:
  // Sockets that were handed over carry the mark that keeps them out of table 220, so that a tunnel to 0.0.0.0/0 does
  // not claim the way to its own peer; an invalid one is opened here, unmarked, if the host has that family.
  RouteProbe(base::UniqueFd v4, base::UniqueFd v6);

  // FailedPrecondition: no route to it, or no such family.
  absl::StatusOr<base::IpAddress> LocalAddressFor(const base::IpAddress& remote);

 private:
  base::UniqueFd v4_;
  base::UniqueFd v6_;
};

}  // namespace culvert::iked
