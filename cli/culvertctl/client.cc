// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/client.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace culvert::ctl {

absl::StatusOr<Client> Client::Connect(const std::string& path, absl::Duration timeout) {
  // gRPC would say UNAVAILABLE for both, at length.
  if (access(path.c_str(), W_OK) != 0) {
    const int error = errno;
    const std::string message = absl::StrCat(path, ": ", std::strerror(error));
    return error == EACCES ? absl::PermissionDeniedError(message) : absl::UnavailableError(message);
  }
  return Client(daemon::UnixChannel(path), timeout);
}

}  // namespace culvert::ctl
