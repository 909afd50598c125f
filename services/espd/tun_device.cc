// SPDX-License-Identifier: Apache-2.0
#include "services/espd/tun_device.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::espd {
namespace {

// Debian 12's headers are older than these flags of <linux/if_tun.h>.
constexpr unsigned kTunUso4 = 0x20;
constexpr unsigned kTunUso6 = 0x40;
constexpr unsigned kTunSegmentation = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

absl::Status ErrnoStatus(absl::string_view what) {
  return absl::ErrnoToStatus(errno, what);
}

ifreq RequestFor(absl::string_view name) {
  ifreq request{};
  std::copy_n(name.begin(), std::min<size_t>(name.size(), IFNAMSIZ - 1), request.ifr_name);
  return request;
}

absl::StatusOr<base::UniqueFd> OpenQueue(absl::string_view name) {
  base::UniqueFd fd(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("/dev/net/tun");
  ifreq request = RequestFor(name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE;
  if (ioctl(fd.get(), TUNSETIFF, &request) < 0) return ErrnoStatus(absl::StrCat("TUNSETIFF ", name));
  int header_size = sizeof(VnetHeader);
  if (ioctl(fd.get(), TUNSETVNETHDRSZ, &header_size) < 0) return ErrnoStatus("TUNSETVNETHDRSZ");
  return fd;
}

absl::Status SetQueueLength(absl::string_view name) {
  base::UniqueFd control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!control.valid()) return ErrnoStatus("socket");
  ifreq request = RequestFor(name);
  request.ifr_qlen = kTunQueueLength;
  if (ioctl(control.get(), SIOCSIFTXQLEN, &request) < 0) return ErrnoStatus(absl::StrCat("SIOCSIFTXQLEN ", name));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<base::UniqueFd>> OpenTunQueues(absl::string_view name, int queues) {
  if (name.empty() || name.size() >= IFNAMSIZ) {
    return absl::InvalidArgumentError(absl::StrCat("device name \"", name, "\" is not 1..15 octets"));
  }
  std::vector<base::UniqueFd> fds;
  for (int i = 0; i < queues; ++i) {
    ASSIGN_OR_RETURN(base::UniqueFd fd, OpenQueue(name));
    fds.push_back(std::move(fd));
  }
  RETURN_IF_ERROR(SetQueueLength(name));
  return fds;
}

absl::StatusOr<TunOffloads> EnableTunOffloads(int queue) {
  if (ioctl(queue, TUNSETOFFLOAD, kTunSegmentation | kTunUso4 | kTunUso6) == 0) {
    return TunOffloads{.udp_segmentation = true};
  }
  if (ioctl(queue, TUNSETOFFLOAD, kTunSegmentation) == 0) return TunOffloads{};
  return ErrnoStatus("TUNSETOFFLOAD");
}

}  // namespace culvert::espd
