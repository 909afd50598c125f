// SPDX-License-Identifier: Apache-2.0
// The multi-queue TUN device that carries clear packets between the host and espd. culvertd opens the queues (which
// needs CAP_NET_ADMIN), espd and culvertd keep duplicates, so the device outlives either.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/unique_fd.h"

namespace culvert::espd {

// What stands before each packet that a queue reads or writes: struct virtio_net_hdr, host byte order.
struct VnetHeader {
  static constexpr uint8_t kNeedsChecksum = 1;  // [checksum_start, end) is to be summed into checksum_offset
  static constexpr uint8_t kDataValid = 2;      // the writer has verified the checksum
  static constexpr uint8_t kGsoNone = 0;
  static constexpr uint8_t kGsoTcp4 = 1;
  static constexpr uint8_t kGsoTcp6 = 4;
  static constexpr uint8_t kGsoUdp = 5;     // USO: cut into datagrams (Linux 6.2)
  static constexpr uint8_t kGsoEcn = 0x80;  // with kGsoTcp*: the first segment carries CWR

  uint8_t flags = 0;
  uint8_t gso_type = kGsoNone;
  uint16_t header_size = 0;  // a hint that we never trust
  uint16_t gso_size = 0;     // payload octets of each segment
  uint16_t checksum_start = 0;
  uint16_t checksum_offset = 0;  // from checksum_start
};
static_assert(sizeof(VnetHeader) == 10);

// Opens `queues` queues of the TUN device `name`, creating it if need be. Each is non-blocking, close-on-exec, without
// packet information and with a VnetHeader before each packet. The device comes up without addresses and down; whoever
// owns links brings it up. Unavailable or PermissionDenied with the reason of the kernel.
absl::StatusOr<std::vector<base::UniqueFd>> OpenTunQueues(absl::string_view name, int queues);

// The most packets (of up to 64 KiB) that wait in one queue for espd: enough for a burst, too few for bufferbloat.
inline constexpr int kTunQueueLength = 256;

struct TunOffloads {
  bool udp_segmentation = false;  // USO both ways: Linux 6.2 or later
};

// Asks for checksum and segmentation offload on a queue, which holds for the whole device: super-packets of up to
// 64 KiB then cross in one read or write. Needs no privilege beyond the descriptor.
absl::StatusOr<TunOffloads> EnableTunOffloads(int queue);

}  // namespace culvert::espd
