// SPDX-License-Identifier: Apache-2.0
// A routing netlink socket (rtnetlink(7)) of libnl, and what all of its users share.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/ip.h"

struct nl_addr;
struct nl_msg;
struct nl_object;
struct nl_sock;
struct nlmsghdr;

namespace culvert::netlink {

// Bound to the network namespace of the thread that opens it, for good. For one thread at a time.
class Socket {
 public:
  static absl::StatusOr<Socket> Open();

  nl_sock* get() const { return socket_.get(); }

  // Sends `message` (taken over) and hands each answer to `each` until the kernel says done.
  absl::Status Query(nl_msg* message, const std::function<void(nlmsghdr*)>& each);

 private:
  struct Free {
    void operator()(nl_sock* socket) const;
  };
  explicit Socket(nl_sock* socket) : socket_(socket) {}

  std::unique_ptr<nl_sock, Free> socket_;
};

// libnl's negative error code as a Status: PERMISSION_DENIED, NOT_FOUND (object, device), ALREADY_EXISTS,
// INVALID_ARGUMENT, else UNAVAILABLE. `what` says what was tried: "add route 10.2.0.0/24".
absl::Status ToStatus(int error, absl::string_view what);

// libnl's address objects. None: an address of neither family.
struct FreeAddr {
  void operator()(nl_addr* address) const;
};
using AddrPtr = std::unique_ptr<nl_addr, FreeAddr>;
AddrPtr ToAddr(const base::Prefix& prefix);
base::Prefix ToPrefix(nl_addr* address);  // of a null address: none

int ToAf(base::Family family);  // AF_INET, AF_INET6, AF_UNSPEC

}  // namespace culvert::netlink
