// SPDX-License-Identifier: Apache-2.0
#include "libs/netlink/address.h"

#include <linux/if_addr.h>
#include <netlink/cache.h>
#include <netlink/route/addr.h>

#include "absl/strings/str_cat.h"

namespace culvert::netlink {
namespace {

using RtnlAddr = std::unique_ptr<rtnl_addr, decltype(&rtnl_addr_put)>;

RtnlAddr Build(const InterfaceAddress& address) {
  RtnlAddr out(rtnl_addr_alloc(), rtnl_addr_put);
  rtnl_addr_set_ifindex(out.get(), static_cast<int>(address.interface_index));
  rtnl_addr_set_local(out.get(), ToAddr(address.prefix).get());
  rtnl_addr_set_prefixlen(out.get(), address.prefix.length);
  if (address.prefix.family() == base::Family::kIPv6) rtnl_addr_set_flags(out.get(), IFA_F_NODAD);
  return out;
}

}  // namespace

absl::StatusOr<std::vector<InterfaceAddress>> ListAddresses(Socket& socket) {
  nl_cache* raw = nullptr;
  if (int error = rtnl_addr_alloc_cache(socket.get(), &raw); error < 0) return ToStatus(error, "list addresses");
  std::unique_ptr<nl_cache, decltype(&nl_cache_free)> cache(raw, nl_cache_free);
  std::vector<InterfaceAddress> addresses;
  for (nl_object* object = nl_cache_get_first(raw); object != nullptr; object = nl_cache_get_next(object)) {
    auto* address = reinterpret_cast<rtnl_addr*>(object);
    if ((rtnl_addr_get_flags(address) & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0) continue;
    base::Prefix prefix = ToPrefix(rtnl_addr_get_local(address));
    if (prefix.address.is_none()) continue;
    prefix.length = rtnl_addr_get_prefixlen(address);
    addresses.push_back({static_cast<uint32_t>(rtnl_addr_get_ifindex(address)), prefix});
  }
  return addresses;
}

absl::Status AddAddress(Socket& socket, const InterfaceAddress& address) {
  const absl::Status status = ToStatus(rtnl_addr_add(socket.get(), Build(address).get(), NLM_F_EXCL),
                                       absl::StrCat("add address ", address.prefix.ToString()));
  return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
}

absl::Status DeleteAddress(Socket& socket, const InterfaceAddress& address) {
  const int error = rtnl_addr_delete(socket.get(), Build(address).get(), 0);
  if (error == -NLE_NOADDR) return absl::OkStatus();
  const absl::Status status = ToStatus(error, absl::StrCat("delete address ", address.prefix.ToString()));
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

}  // namespace culvert::netlink
