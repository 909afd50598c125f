// SPDX-License-Identifier: Apache-2.0
// The ESP sockets of one worker: port 4500 with segmentation offload, and protocol 50 where there is a raw socket.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "libs/base/unique_fd.h"
#include "services/espd/ports.h"
#include "services/espd/shared_state.h"

namespace culvert::espd {

// Any may be missing (-1). The raw sockets are one per host; every worker sends by them, one receives.
struct EspSockets {
  int udp4 = -1;
  int udp6 = -1;
  int raw4 = -1;
  int raw6 = -1;
};

class SocketPort final : public EspPort {
 public:
  // Tells the control plane, as worker `worker`, of a path that turned out to be narrow.
  SocketPort(const EspSockets& sockets, SharedState& shared, int worker)
      : sockets_(sockets), shared_(shared), worker_(worker) {}

  // One sendmmsg for each run of batches that go through one socket. Blocks while a socket's buffer is full: then the
  // TUN queue fills and pushes back. What cannot be sent is counted, by pair and reason.
  void Send(std::span<const EspBatch> batches) override;

 private:
  static constexpr size_t kMessages = 64;
  struct Control {
    alignas(cmsghdr) std::array<uint8_t, 96> octets;
  };
  int SocketFor(const OuterPath& path) const;
  void Fill(size_t index, const EspBatch& batch, uint8_t* data, size_t size);
  void SendMessages(int fd, std::span<const EspBatch* const> owners);
  void SendEach(int fd, const EspBatch& batch);
  void CountUnsent(int error, const EspBatch& batch, uint32_t packets);

  const EspSockets sockets_;
  SharedState& shared_;
  const int worker_;
  int64_t narrow_told_ms_ = 0;  // CLOCK_MONOTONIC
  std::array<mmsghdr, kMessages> messages_;
  std::array<iovec, kMessages> iovecs_;
  std::array<Control, kMessages> controls_;
};

}  // namespace culvert::espd
