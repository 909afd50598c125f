// SPDX-License-Identifier: Apache-2.0
// A connection to a Unix socket in somebody else's name. Needs root.
#pragma once

#include <grpcpp/channel.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace culvert::daemon {

// The kernel keeps credentials by thread and stamps them at connect(2); only glibc's wrappers spread a change to all
// threads. So a thread of its own becomes `uid` with `groups` (the first is primary) by raw system calls, connects, and
// is gone.
std::shared_ptr<grpc::Channel> ConnectAs(uid_t uid, std::vector<gid_t> groups, const std::string& path);

}  // namespace culvert::daemon
