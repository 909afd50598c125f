// SPDX-License-Identifier: Apache-2.0
#include "libs/netlink/monitor.h"

#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

namespace culvert::netlink {

void Monitor::Free::operator()(nl_sock* socket) const {
  nl_socket_free(socket);
}

absl::StatusOr<Monitor> Monitor::Open(uint8_t own_protocol) {
  Monitor monitor(nl_socket_alloc(), own_protocol);
  nl_sock* socket = monitor.socket_.get();
  if (socket == nullptr) return absl::ResourceExhaustedError("no memory for a netlink socket");
  nl_socket_disable_seq_check(socket);  // notifications are not answers
  if (int error = nl_connect(socket, NETLINK_ROUTE); error < 0) return ToStatus(error, "open rtnetlink");
  if (int error = nl_socket_add_memberships(socket, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                            RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, 0);
      error < 0) {
    return ToStatus(error, "watch rtnetlink");
  }
  nl_socket_set_nonblocking(socket);
  return monitor;
}

int Monitor::fd() const {
  return nl_socket_get_fd(socket_.get());
}

Changes Monitor::Drain() {
  struct State {
    uint8_t own_protocol;
    Changes changes;
  } state{own_protocol_, {}};
  nl_socket_modify_cb(
      socket_.get(), NL_CB_VALID, NL_CB_CUSTOM,
      [](nl_msg* message, void* context) -> int {
        auto& [own, changes] = *static_cast<State*>(context);
        nlmsghdr* header = nlmsg_hdr(message);
        switch (header->nlmsg_type) {
          case RTM_NEWLINK:
          case RTM_DELLINK:
            changes.links = true;
            break;
          case RTM_NEWADDR:
          case RTM_DELADDR:
            changes.addresses = true;
            break;
          case RTM_NEWROUTE:
          case RTM_DELROUTE:
            if (static_cast<rtmsg*>(nlmsg_data(header))->rtm_protocol != own) changes.routes = true;
            break;
        }
        return NL_OK;
      },
      &state);
  while (true) {
    const int error = nl_recvmsgs_default(socket_.get());
    if (error == -NLE_AGAIN) break;
    if (error < 0) {  // ENOBUFS: the kernel dropped some
      state.changes = {true, true, true};
      if (error != -NLE_NOMEM) break;
    }
  }
  return state.changes;
}

}  // namespace culvert::netlink
