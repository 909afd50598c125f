// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/testing/connect_as.h"

#include <fcntl.h>
#include <grpcpp/create_channel_posix.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace culvert::daemon {
namespace {

void Must(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  std::abort();
}

}  // namespace

std::shared_ptr<grpc::Channel> ConnectAs(uid_t uid, std::vector<gid_t> groups, const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread([&] {
    Must(syscall(SYS_setgroups, groups.size(), groups.data()) == 0, "setgroups");
    Must(syscall(SYS_setresgid, groups[0], groups[0], groups[0]) == 0, "setresgid");
    Must(syscall(SYS_setresuid, uid, uid, uid) == 0, "setresuid");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    Must(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0, "connect");
  }).join();
  Must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
  return grpc::CreateInsecureChannelFromFd("localhost", fd);
}

}  // namespace culvert::daemon
