// SPDX-License-Identifier: Apache-2.0
#include "libs/netlink/route.h"

#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <netlink/socket.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::netlink {
namespace {

using RtnlRoute = std::unique_ptr<rtnl_route, decltype(&rtnl_route_put)>;

RtnlRoute Build(const Route& route) {
  RtnlRoute out(rtnl_route_alloc(), rtnl_route_put);
  rtnl_route_set_family(out.get(), static_cast<uint8_t>(ToAf(route.destination.family())));
  rtnl_route_set_dst(out.get(), ToAddr(route.destination).get());
  rtnl_route_set_table(out.get(), route.table);
  rtnl_route_set_type(out.get(), static_cast<uint8_t>(route.type));
  rtnl_route_set_protocol(out.get(), route.protocol);
  rtnl_route_set_priority(out.get(), route.metric);
  if (!route.source.is_none()) rtnl_route_set_pref_src(out.get(), ToAddr(base::Prefix::Host(route.source)).get());
  if (route.mtu != 0) rtnl_route_set_metric(out.get(), RTAX_MTU, route.mtu);
  if (route.type == RouteType::kUnicast) {
    rtnl_nexthop* hop = rtnl_route_nh_alloc();  // owned by the route once added
    rtnl_route_nh_set_ifindex(hop, static_cast<int>(route.interface_index));
    if (!route.gateway.is_none()) rtnl_route_nh_set_gateway(hop, ToAddr(base::Prefix::Host(route.gateway)).get());
    rtnl_route_add_nexthop(out.get(), hop);
  }
  rtnl_route_set_scope(out.get(), static_cast<uint8_t>(rtnl_route_guess_scope(out.get())));
  return out;
}

std::optional<Route> Read(nlmsghdr* header) {
  rtnl_route* raw = nullptr;
  if (header->nlmsg_type != RTM_NEWROUTE || rtnl_route_parse(header, &raw) < 0) return std::nullopt;
  RtnlRoute parsed(raw, rtnl_route_put);
  Route route{.destination = ToPrefix(rtnl_route_get_dst(raw)),
              .table = rtnl_route_get_table(raw),
              .type = static_cast<RouteType>(rtnl_route_get_type(raw)),
              .protocol = rtnl_route_get_protocol(raw),
              .metric = rtnl_route_get_priority(raw),
              .source = ToPrefix(rtnl_route_get_pref_src(raw)).address};
  if (route.destination.address.is_none()) {
    const auto af = rtnl_route_get_family(raw);
    route.destination = base::Prefix::AnyOf(af == AF_INET6 ? base::Family::kIPv6 : base::Family::kIPv4);
  }
  if (uint32_t mtu = 0; rtnl_route_get_metric(raw, RTAX_MTU, &mtu) == 0) route.mtu = mtu;
  if (rtnl_nexthop* hop = rtnl_route_get_nnexthops(raw) > 0 ? rtnl_route_nexthop_n(raw, 0) : nullptr; hop != nullptr) {
    // IPv6 hangs throw and unreachable routes on the loopback device; that is no part of what they say.
    if (route.type == RouteType::kUnicast)
      route.interface_index = static_cast<uint32_t>(rtnl_route_nh_get_ifindex(hop));
    route.gateway = ToPrefix(rtnl_route_nh_get_gateway(hop)).address;
  }
  return route;
}

nl_msg* Request(int flags, base::Family family, uint32_t table) {
  nl_msg* message = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_REQUEST | flags);
  rtmsg body{};
  body.rtm_family = static_cast<uint8_t>(ToAf(family));
  nlmsg_append(message, &body, sizeof(body), NLMSG_ALIGNTO);
  if (table != 0) nla_put_u32(message, RTA_TABLE, table);
  return message;
}

// While it lives, the kernel filters a dump by the table it asks for (Linux 4.20; older ones dump everything). Not for
// good: libnl's own dumps of other objects are too short for the strict check.
class StrictCheck {
 public:
  explicit StrictCheck(Socket& socket) : fd_(nl_socket_get_fd(socket.get())) { Set(1); }
  ~StrictCheck() { Set(0); }
  StrictCheck(const StrictCheck&) = delete;
  StrictCheck& operator=(const StrictCheck&) = delete;

 private:
  void Set(int on) const { setsockopt(fd_, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on)); }
  int fd_;
};

}  // namespace

std::string Route::ToString() const {
  return absl::StrCat(destination.ToString(), " table ", table, " type ", static_cast<int>(type), " dev ",
                      interface_index, " via ", gateway.ToString(), " src ", source.ToString(), " mtu ", mtu,
                      " metric ", metric);
}

absl::StatusOr<std::vector<Route>> ListRoutes(Socket& socket, uint32_t table) {
  const StrictCheck strict(socket);
  std::vector<Route> routes;
  for (base::Family family : {base::Family::kIPv4, base::Family::kIPv6}) {
    const absl::Status status = socket.Query(Request(NLM_F_DUMP, family, table), [&](nlmsghdr* header) {
      // Kernels before strict checking dump every table.
      if (auto route = Read(header); route && route->table == table) routes.push_back(*route);
    });
    // A table that never held a route does not exist yet (ENOENT), and a host may lack IPv6.
    if (!status.ok() && !absl::IsNotFound(status)) return status;
  }
  return routes;
}

absl::Status ReplaceRoute(Socket& socket, const Route& route) {
  return ToStatus(rtnl_route_add(socket.get(), Build(route).get(), NLM_F_REPLACE),
                  absl::StrCat("replace route ", route.ToString()));
}

absl::Status DeleteRoute(Socket& socket, const Route& route) {
  const int error = rtnl_route_delete(socket.get(), Build(route).get(), 0);
  if (error == -NLE_OBJ_NOTFOUND || error == -NLE_NODEV) return absl::OkStatus();
  return ToStatus(error, absl::StrCat("delete route ", route.ToString()));
}

absl::StatusOr<Route> LookUpRoute(Socket& socket, const base::IpAddress& destination, uint32_t mark) {
  nl_msg* message = Request(0, destination.family(), 0);
  auto* body = static_cast<rtmsg*>(nlmsg_data(nlmsg_hdr(message)));
  body->rtm_flags = RTM_F_LOOKUP_TABLE;  // answer with the table that decided
  body->rtm_dst_len = static_cast<uint8_t>(destination.bits());
  nla_put(message, RTA_DST, static_cast<int>(destination.size()), destination.bytes().data());
  if (mark != 0) nla_put_u32(message, RTA_MARK, mark);
  std::optional<Route> found;
  absl::Status status = socket.Query(message, [&](nlmsghdr* header) { found = Read(header); });
  if (!status.ok() || !found) {
    return absl::NotFoundError(absl::StrCat("no route to ", destination.ToString(), ": ", status.message()));
  }
  return *found;
}

}  // namespace culvert::netlink
