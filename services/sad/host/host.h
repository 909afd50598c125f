// SPDX-License-Identifier: Apache-2.0
// The host as sad keeps it: surveys it, and changes exactly what differs from a plan. What an earlier sad left is found
// by dump and taken over; an administrator's own routes and rules are never touched. Forwarding stays the
// administrator's choice, so no sysctl but those of culvert0 itself is written.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/netlink/monitor.h"
#include "libs/netlink/socket.h"
#include "services/sad/host/plan.h"

namespace culvert::sad {

// For one thread at a time; bound to the network namespace of the thread that opens it.
class Host {
 public:
  static absl::StatusOr<Host> Open();

  absl::StatusOr<HostState> Survey(const Generation& generation);
  // Everything that can be done is done; the first failure is the answer.
  absl::Status Apply(const HostPlan& plan);
  // A clean stop: our routes and rules go. The guard then blocks what they led into the tunnel.
  absl::Status Clear();

  // Addresses that are not of the loopback or the tunnel interface, or link-local: the gateway's own.
  absl::StatusOr<std::vector<base::IpAddress>> Addresses();

  // What the kernel learned about the path to a peer, from ICMP (RFC 1191): octets of the outer packet. 0: nothing, the
  // interface's MTU holds. It forgets after some minutes (net.ipv4.route.mtu_expires), so ask again now and then.
  uint32_t LearnedMtu(const base::IpAddress& remote);

  int monitor_fd() const { return monitor_.fd(); }
  bool Changed() { return monitor_.Drain().any(); }

 private:
  Host(netlink::Socket socket, netlink::Monitor monitor) : socket_(std::move(socket)), monitor_(std::move(monitor)) {}
  uint32_t OuterMtu(const Tunnel& tunnel, const std::vector<netlink::Link>& links,
                    const std::vector<netlink::InterfaceAddress>& addresses);
  absl::Status ConfigureTun(const HostPlan& plan);
  absl::Status ApplyAddresses(const HostPlan& plan);

  netlink::Socket socket_;
  netlink::Monitor monitor_;
};

}  // namespace culvert::sad
