// SPDX-License-Identifier: Apache-2.0
#include "libs/netlink/link.h"

#include <linux/if.h>
#include <netlink/cache.h>
#include <netlink/route/link.h>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::netlink {

absl::StatusOr<std::vector<Link>> ListLinks(Socket& socket) {
  nl_cache* raw = nullptr;
  if (int error = rtnl_link_alloc_cache(socket.get(), AF_UNSPEC, &raw); error < 0) return ToStatus(error, "list links");
  std::unique_ptr<nl_cache, decltype(&nl_cache_free)> cache(raw, nl_cache_free);
  std::vector<Link> links;
  for (nl_object* object = nl_cache_get_first(raw); object != nullptr; object = nl_cache_get_next(object)) {
    auto* link = reinterpret_cast<rtnl_link*>(object);
    const unsigned flags = rtnl_link_get_flags(link);
    links.push_back({.index = static_cast<uint32_t>(rtnl_link_get_ifindex(link)),
                     .name = rtnl_link_get_name(link),
                     .up = (flags & IFF_UP) != 0,
                     .loopback = (flags & IFF_LOOPBACK) != 0,
                     .mtu = rtnl_link_get_mtu(link)});
  }
  return links;
}

absl::StatusOr<Link> FindLink(Socket& socket, absl::string_view name) {
  ASSIGN_OR_RETURN(std::vector<Link> links, ListLinks(socket));
  for (Link& link : links) {
    if (link.name == name) return std::move(link);
  }
  return absl::NotFoundError(absl::StrCat("no interface ", name));
}

absl::Status ConfigureLink(Socket& socket, uint32_t index, bool up, uint32_t mtu) {
  std::unique_ptr<rtnl_link, decltype(&rtnl_link_put)> which(rtnl_link_alloc(), rtnl_link_put);
  std::unique_ptr<rtnl_link, decltype(&rtnl_link_put)> change(rtnl_link_alloc(), rtnl_link_put);
  rtnl_link_set_ifindex(which.get(), static_cast<int>(index));
  if (up) {
    rtnl_link_set_flags(change.get(), IFF_UP);
  } else {
    rtnl_link_unset_flags(change.get(), IFF_UP);
  }
  rtnl_link_set_mtu(change.get(), mtu);
  return ToStatus(rtnl_link_change(socket.get(), which.get(), change.get(), 0), absl::StrCat("configure link ", index));
}

}  // namespace culvert::netlink
