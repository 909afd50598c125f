// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/route_probe.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "libs/base/host.h"

namespace culvert::iked {

RouteProbe::RouteProbe(base::UniqueFd v4, base::UniqueFd v6) : v4_(std::move(v4)), v6_(std::move(v6)) {
  if (!v4_.valid()) v4_ = base::UniqueFd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!v6_.valid()) v6_ = base::UniqueFd(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

absl::StatusOr<base::IpAddress> RouteProbe::LocalAddressFor(const base::IpAddress& remote) {
  const int fd = remote.is_v4() ? v4_.get() : v6_.get();
  // A connected socket keeps its source address; dissolving the association lets the kernel choose anew.
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  connect(fd, &nobody, sizeof nobody);

  sockaddr_storage storage;
  socklen_t length = base::Endpoint{remote, base::kIkePort}.ToSockaddr(&storage);
  if (connect(fd, reinterpret_cast<sockaddr*>(&storage), length) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("no route to ", remote.ToString(), ": ", strerror(errno)));
  }
  length = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) {
    return absl::ErrnoToStatus(errno, "getsockname");
  }
  return base::Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&storage)).address;
}

}  // namespace culvert::iked
