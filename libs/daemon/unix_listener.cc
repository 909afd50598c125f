// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/unix_listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::daemon {
namespace {

absl::StatusOr<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is too long for a Unix socket: ", path.size(), " of ",
                                                   sizeof(address.sun_path) - 1, " octets"));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path));
}

}  // namespace

absl::StatusOr<base::UniqueFd> BindUnix(const SocketFile& file) {
  // A name of its own, so that a half-made socket is never at `path`; the pid keeps two makers apart.
  const std::string beside = absl::StrCat(file.path, ".", getpid());
  ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(beside));
  base::UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return Failed("socket for", file.path);
  unlink(beside.c_str());
  // The kernel makes the file with the mode of the socket's inode and the umask: no wider moment before chmod.
  fchmod(fd.get(), 0600);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0) return Failed("bind", beside);
  absl::Status made = absl::OkStatus();
  if (file.group && lchown(beside.c_str(), static_cast<uid_t>(-1), *file.group) < 0) made = Failed("chown", beside);
  if (made.ok() && chmod(beside.c_str(), file.mode) < 0) made = Failed("chmod", beside);
  if (made.ok() && rename(beside.c_str(), file.path.c_str()) < 0) made = Failed("rename to", file.path);
  if (!made.ok()) {
    unlink(beside.c_str());
    return made;
  }
  return fd;
}

absl::StatusOr<pid_t> ListenerOf(const std::string& path) {
  ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(path));
  base::UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return Failed("socket for", path);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0) {
    if (errno == ECONNREFUSED || errno == ENOENT) return absl::NotFoundError(absl::StrCat("nobody listens on ", path));
    return Failed("connect", path);
  }
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return Failed("credentials of", path);
  return peer.pid;
}

}  // namespace culvert::daemon
