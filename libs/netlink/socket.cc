// SPDX-License-Identifier: Apache-2.0
#include "libs/netlink/socket.h"

#include <netlink/addr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "absl/strings/str_cat.h"

namespace culvert::netlink {

void Socket::Free::operator()(nl_sock* socket) const {
  nl_socket_free(socket);
}

absl::StatusOr<Socket> Socket::Open() {
  Socket socket(nl_socket_alloc());
  if (socket.get() == nullptr) return absl::ResourceExhaustedError("no memory for a netlink socket");
  if (int error = nl_connect(socket.get(), NETLINK_ROUTE); error < 0) return ToStatus(error, "open rtnetlink");
  return socket;
}

absl::Status Socket::Query(nl_msg* message, const std::function<void(nlmsghdr*)>& each) {
  std::unique_ptr<nl_msg, decltype(&nlmsg_free)> owned(message, nlmsg_free);
  const bool dump = (nlmsg_hdr(message)->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;

  struct State {
    const std::function<void(nlmsghdr*)>& each;
    int error = 0;
    bool done = false;
  } state{each};
  std::unique_ptr<nl_cb, decltype(&nl_cb_put)> callbacks(nl_cb_alloc(NL_CB_DEFAULT), nl_cb_put);
  nl_cb_set(
      callbacks.get(), NL_CB_VALID, NL_CB_CUSTOM,
      [](nl_msg* answer, void* context) -> int {
        static_cast<State*>(context)->each(nlmsg_hdr(answer));
        return NL_OK;
      },
      &state);
  auto finish = [](nl_msg*, void* context) -> int {
    static_cast<State*>(context)->done = true;
    return NL_STOP;
  };
  nl_cb_set(callbacks.get(), NL_CB_FINISH, NL_CB_CUSTOM, finish, &state);
  nl_cb_set(callbacks.get(), NL_CB_ACK, NL_CB_CUSTOM, finish, &state);
  nl_cb_err(
      callbacks.get(), NL_CB_CUSTOM,
      [](sockaddr_nl*, nlmsgerr* failure, void* context) -> int {
        auto* s = static_cast<State*>(context);
        s->error = -nl_syserr2nlerr(failure->error);
        s->done = true;
        return NL_STOP;
      },
      &state);

  if (!dump) nlmsg_hdr(message)->nlmsg_flags |= NLM_F_ACK;
  if (int error = nl_send_auto(socket_.get(), message); error < 0) return ToStatus(error, "send to rtnetlink");
  while (!state.done) {
    if (int error = nl_recvmsgs(socket_.get(), callbacks.get()); error < 0) return ToStatus(error, "ask rtnetlink");
  }
  return state.error < 0 ? ToStatus(state.error, "ask rtnetlink") : absl::OkStatus();
}

absl::Status ToStatus(int error, absl::string_view what) {
  if (error >= 0) return absl::OkStatus();
  const std::string message = absl::StrCat(what, ": ", nl_geterror(error));
  switch (-error) {
    case NLE_PERM:
    case NLE_NOACCESS:
      return absl::PermissionDeniedError(message);
    case NLE_OBJ_NOTFOUND:
    case NLE_NODEV:
      return absl::NotFoundError(message);
    case NLE_EXIST:
      return absl::AlreadyExistsError(message);
    case NLE_INVAL:
    case NLE_RANGE:
      return absl::InvalidArgumentError(message);
    default:
      return absl::UnavailableError(message);
  }
}

void FreeAddr::operator()(nl_addr* address) const {
  nl_addr_put(address);
}

AddrPtr ToAddr(const base::Prefix& prefix) {
  AddrPtr address(nl_addr_build(ToAf(prefix.family()), prefix.address.bytes().data(), prefix.address.size()));
  if (address) nl_addr_set_prefixlen(address.get(), prefix.length);
  return address;
}

base::Prefix ToPrefix(nl_addr* address) {
  if (address == nullptr) return {};
  const auto* bytes = static_cast<const uint8_t*>(nl_addr_get_binary_addr(address));
  const int length = static_cast<int>(nl_addr_get_prefixlen(address));
  // The kernel leaves the address out of a default route; libnl keeps the family alone.
  if (nl_addr_get_len(address) == 0) {
    const int af = nl_addr_get_family(address);
    return base::Prefix::AnyOf(af == AF_INET    ? base::Family::kIPv4
                               : af == AF_INET6 ? base::Family::kIPv6
                                                : base::Family::kNone);
  }
  return {base::IpAddress::FromBytes({bytes, nl_addr_get_len(address)}), length};
}

int ToAf(base::Family family) {
  switch (family) {
    case base::Family::kIPv4:
      return AF_INET;
    case base::Family::kIPv6:
      return AF_INET6;
    case base::Family::kNone:
      break;
  }
  return AF_UNSPEC;
}

}  // namespace culvert::netlink
