// SPDX-License-Identifier: Apache-2.0
#include "services/sad/guard/table_monitor.h"

#include <linux/netfilter/nfnetlink.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <array>
#include <cerrno>

#include "libs/netlink/socket.h"

namespace culvert::sad {

void TableMonitor::Free::operator()(nl_sock* socket) const {
  nl_socket_free(socket);
}

absl::StatusOr<TableMonitor> TableMonitor::Open() {
  TableMonitor monitor(nl_socket_alloc());
  nl_sock* socket = monitor.socket_.get();
  if (socket == nullptr) return absl::ResourceExhaustedError("no memory for a netlink socket");
  if (int error = nl_connect(socket, NETLINK_NETFILTER); error < 0) return netlink::ToStatus(error, "open nfnetlink");
  if (int error = nl_socket_add_membership(socket, NFNLGRP_NFTABLES); error < 0) {
    return netlink::ToStatus(error, "watch nftables");
  }
  nl_socket_set_nonblocking(socket);
  return monitor;
}

int TableMonitor::fd() const {
  return nl_socket_get_fd(socket_.get());
}

// What the messages say does not matter, so they are read and not parsed. ENOBUFS: there were more than the queue
// holds.
bool TableMonitor::Drain() {
  bool changed = false;
  std::array<char, 8192> message;
  while (recv(fd(), message.data(), message.size(), 0) > 0 || errno == ENOBUFS) changed = true;
  return changed;
}

}  // namespace culvert::sad
